import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.status_filter import ERRORS, StatusFilter
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import Unwatch, UnwatchAll, Watch, WatchAll
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.grammar.references import Name

# What stands before the clauses, and the jobs that it means.
_SUBJECTS: list[tuple[str, str | None]] = [
    ("all", None),
    ("ALL", None),
    ("all *", None),
    ("*", None),
    ("all matching *", None),
    ("all matching “*”", None),
    ("all matching **", None),
    ("all orders-*", "orders-*"),
    ("all matching orders-*", "orders-*"),
    ("all matching orders", "orders"),
    ("all matching Orders-??", "Orders-??"),
    ("all matching “orders to *”", "orders to *"),
    ("all matching '*on errors*'", "*on errors*"),
    ("all matching [ab]-lake", "[ab]-lake"),
    ("orders-*", "orders-*"),
    ("orders-?", "orders-?"),
    ("*/lake", "*/lake"),
    ("[!a]*", "[!a]*"),
]


@pytest.mark.parametrize(("typed", "pattern"), _SUBJECTS)
def test_many_jobs_are_watched_at_once(typed: str, pattern: str | None) -> None:
    """All jobs, or those whose names match a pattern, may be watched and unwatched, with every clause in any order."""
    errors = StatusFilter(ERRORS)
    assert parse(f"watch {typed}") == WatchAll(pattern)
    assert parse(f"watch {typed} on errors") == WatchAll(pattern, None, errors)
    assert parse(f"watch {typed} to me on errors") == WatchAll(pattern, ME, errors)
    assert parse(f"watch {typed} on errors to <#C0LAKE|lake>") == WatchAll(pattern, "C0LAKE", errors)
    assert parse(f"unwatch {typed}") == UnwatchAll(pattern)
    assert parse(f"unwatch {typed} to me") == UnwatchAll(pattern, ME)
    assert parse(f"unwatch {typed} to here") == UnwatchAll(pattern)


@pytest.mark.parametrize(
    ("typed", "copied"),
    [
        ("watch all orders", "watch all matching *orders*"),
        ("watch all orders to lake", 'watch all matching "*orders to lake*"'),
        ("watch all “orders”", "watch all matching *orders*"),
        ("watch all matching", "watch all matching orders-*"),
        ("watch all matching to me", "watch all matching orders-*"),
        ("watch all matching orders to lake", 'watch all matching "orders to lake"'),
        ("watch orders to *", 'watch all matching "orders to *"'),
        ("watch is it up?", 'watch all matching "is it up?"'),
        ("watch all orders-* lake-*", 'watch all matching "*orders-* lake-**"'),
        ("watch all on xyzzy", "watch all on problems"),
        ("watch all to me on stoped", "watch all on Stopped to me"),
        ("watch orders-* on stoped", "watch all matching orders-* on Stopped"),
        ("watch all matching 'on' on stoped", 'watch all matching "on" on Stopped'),
        ("watch https://x.example/jobs?tab=1", "watch orders-to-lake"),
        ("watch all to #lake", "watch all to here"),
        ("watch all to", "watch all to me"),
        ("unwatch all on errors", "unwatch all"),
        ("unwatch all orders", "unwatch all matching *orders*"),
        ("unwatch orders-* to <@U0ADA>", "unwatch all matching orders-* to me"),
        (f"watch all {'x' * 300}", "watch all matching orders-*"),
        ("status orders-*", "jobs orders-"),
        ("ack orders-*", "jobs orders-"),
        ("history *", "jobs"),
        ("status all", "list"),
    ],
)
def test_an_unclear_choice_of_jobs_gets_a_clear_line(typed: str, copied: str) -> None:
    """Nobody watches more or less than they meant: what is unclear gets a line that is clear."""
    read = parse(typed)
    assert isinstance(read, GrammarError), read
    assert read.example == copied
    assert not isinstance(parse(copied), GrammarError)


def test_a_name_that_looks_like_a_pattern_can_be_quoted() -> None:
    """A job called “all”, or with a star in its name, can be watched."""
    for name in ("all", "orders-*", "all matching orders", "*"):
        assert parse(f'watch "{name}"') == Watch(Name(name))
        assert parse(f'unwatch "{name}" to me') == Unwatch(Name(name), ME)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
@example("on")
@example("to me")
@example("matching")
@example("a “b” c")
def test_a_pattern_is_taken_as_it_was_typed(text: str) -> None:
    """Whatever stands in quotes after “matching” is the pattern, if quotes and markup do not break it."""
    pattern = " ".join(text.split())
    read = parse(f"watch all matching {Name(pattern)}")
    if isinstance(read, WatchAll) and pattern.isprintable() and set(pattern) - {"*"}:
        assert read == WatchAll(pattern)
