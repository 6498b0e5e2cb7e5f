import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.status_filter import ERRORS, StatusFilter
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import WatchAll
from bot.slack.grammar.parser import parse
from bot.slack.handlers.buttons import line_for, pressed
from bot.slack.handlers.confirmations import read_confirmed, value_of
from bot.slack.messages.buttons import Action

globs = st.one_of(st.none(), st.text("ab-*?[]! \"'“”`", min_size=1, max_size=20))


@given(
    globs, st.sampled_from([None, ME, "C0LAKE"]), st.sampled_from([None, StatusFilter(ERRORS)]), st.integers(1, 999_999)
)
def test_a_yes_means_what_was_asked(
    glob: str | None, to: str | None, status_filter: StatusFilter | None, count: int
) -> None:
    """The button's value is read as the very command that was asked about, and its number, if the command can be typed
    at all; and it fits into a button."""
    command = WatchAll(glob, to, status_filter)
    value = value_of(command, count)
    assert len(value) <= 2_000
    typed = parse(value.partition(" ")[2])
    read = read_confirmed(value)
    assert (read is None) == (not isinstance(typed, WatchAll))
    if typed == command:
        assert read == WatchAll(glob, to, status_filter, confirmed=count)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "watch all",
        "confirmed: watch all",
        "confirmed:0 watch all",
        "confirmed:-1 watch all",
        "confirmed:1e9 watch all",
        "confirmed:٣ watch all",
        "confirmed:9999999 watch all",
        "confirmed:132",
        "confirmed:132 ",
        "confirmed:132 unwatch all",
        "confirmed:132 watch orders",
        "confirmed:132 watch all orders",
        "confirmed:132 help",
        "confirmed:132 confirmed:132 watch all",
        "x confirmed:132 watch all",
        "confirmed:132 watch all matching " + "x" * 1_500,
    ],
)
def test_a_value_that_the_bot_has_not_written_is_nothing(value: str) -> None:
    """Whoever forges a press confirms nothing."""
    assert read_confirmed(value) is None
    assert pressed(Action.WATCH_ALL, value, alone=True) is None


def test_a_press_is_repeated_by_the_line_that_asks_again() -> None:
    """What a person is to say again after a fault asks first, as before."""
    wish = pressed(Action.WATCH_ALL, "confirmed:132 watch all matching orders-* on errors", alone=True)
    assert wish == WatchAll("orders-*", None, StatusFilter(ERRORS), 132)
    assert line_for(wish, "/job") == "/job watch all matching orders-* on errors"
