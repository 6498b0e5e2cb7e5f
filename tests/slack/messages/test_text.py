import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import Status, StatusClass
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.text import (
    STATUS_ICONS,
    counted,
    duration,
    escape,
    percent,
    quantity,
    remaining,
    shorten,
    status_icon,
    status_words,
)

_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a symbol that show nothing
_ODD = st.text("\x00\n\r\t\x7f\x85\u2028\u2029<>& \ud800" + _BIDI)
_NASTY = st.lists(st.one_of(st.text(), _ODD)).map("".join)


@given(_NASTY, st.integers(1, 200))
def test_shortened_text_is_one_line_that_fits(text: str, limit: int) -> None:
    """However long and whatever it holds, shortened text fits, breaks no line and turns no direction of writing."""
    short = shorten(text, limit)
    assert len(short) <= limit
    assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp") or c in _BIDI for c in short)
    assert short == short.strip()


@given(st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters=_BLANK), max_size=100))
def test_text_that_fits_stays_as_it_is(text: str) -> None:
    """Ordinary short text is not changed."""
    assert shorten(text, 100) == text


def test_a_cut_is_shown() -> None:
    """Whoever reads a cut name sees that it was cut."""
    assert shorten("x" * 101) == "x" * 99 + "…"
    assert shorten("orders   " + "x" * 100, 10) == "orders…"


@given(_NASTY)
def test_escaped_text_can_neither_mention_nor_link(text: str) -> None:
    """Escaped text holds no bracket and no ampersand that Slack would read, and loses nothing."""
    escaped = escape(text)
    assert "<" not in escaped
    assert ">" not in escaped
    rest = escaped.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "")
    assert "&" not in rest
    assert escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (0.4, "0 s"),
        (0.6, "1 s"),
        (59, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (1543, "25 min 43 s"),
        (3600, "1 h"),
        (3601, "1 h"),
        (11_520, "3 h 12 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (86_460, "1 d"),
        (90_000, "1 d 1 h"),
        (400 * 86_400 + 7_300, "400 d 2 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, words: str) -> None:
    """A person reads at a glance how long it was: seconds don't count after an hour."""
    assert duration(timedelta(seconds=seconds)) == words.replace(" ", "\u00a0")


def test_what_remains_is_rounded_to_what_helps() -> None:
    """Nobody counts the seconds until a mute ends, nor the minutes until one of a day does."""
    cases = {
        5: "1 min",
        3_592: "1 h",
        3_500: "59 min",
        5_400: "1 h 30 min",
        28_750: "8 h",
        86_350: "1 d",
        180_000: "2 d 2 h",
    }
    for seconds, words in cases.items():
        assert remaining(timedelta(seconds=seconds)) == words.replace(" ", "\u00a0"), seconds


@given(st.timedeltas())
def test_any_duration_has_words(span: timedelta) -> None:
    """No duration, however long or negative, leaves a hole in a sentence."""
    assert duration(span)
    assert len(duration(span).split()) in (2, 4)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Deploying", "🔄 Deploying"),
        ("UP_AND_RUNNING", "✅ Up and Running"),
        ("Up and Running", "✅ Up and Running"),
        ("running with warning", "⚠️ Running with Warning"),
        ("Running-With-Error", "❌ Running with Error"),
        ("Undeployed", "⏏️ Undeployed"),
        ("STOPPED", "⏹️ Stopped"),
        ("Throttled", "❔ Throttled"),
        (" half\ndead\u202e ", "❔ half dead"),
        ("", "❔ (empty status)"),
        (" \n", "❔ (empty status)"),
        ("x" * 5_000, "❔ " + "x" * 99 + "…"),
    ],
)
def test_a_status_is_an_icon_and_its_words(raw: str, shown: str) -> None:
    """Every documented status is shown in its documented words, any other one as itself and never as healthy."""
    status = Status.of(raw)
    assert f"{status_icon(status)} {status_words(status)}" == shown


def test_every_class_has_its_own_icon() -> None:
    """No two classes of status look the same, even without colour."""
    assert set(STATUS_ICONS) == set(StatusClass)
    assert len(set(STATUS_ICONS.values())) == len(StatusClass)


def test_slacks_error_codes_are_put_in_words() -> None:
    """Nobody needs to know Slack's codes to learn why alerts aren't delivered."""
    for code in ("is_archived", "not_in_channel", "restricted_action_thread_locked", "user_disabled"):
        problem = delivery_problem(code)
        assert "_" not in problem.reason + problem.remedy, code


def test_an_unknown_error_code_is_shown_short() -> None:
    """A code without an explanation is shown as itself, and alerts aren't promised to resume by themselves."""
    assert delivery_problem("x" * 500).reason == f"Slack reports “{'x' * 29}…”"
    assert not delivery_problem("x").resumes_alerts


@pytest.mark.parametrize(("count", "words"), [(0, "0 jobs"), (1, "1 job"), (2, "2 jobs")])
def test_a_count_agrees_with_its_noun(count: int, words: str) -> None:
    """Numbers read well."""
    assert counted(count, "job") == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (0.25, "0.2"),
        (847, "847"),
        (999, "999"),
        (1_000, "1 k"),
        (14_000, "14 k"),
        (999_990, "1 M"),
        (1_200_000, "1.2 M"),
        (9_960_000, "10 M"),
        (3.4e12, "3.4 T"),
    ],
)
def test_quantities_are_read_at_a_glance(number: float, words: str) -> None:
    """A large number is shown by its two first digits and its magnitude."""
    assert quantity(number) == words.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0 %"), (1e-9, "under 0.1 %"), (2 / 3, "66.7 %"), (0.75, "75 %"), (1 - 1e-9, "99.9 %"), (1, "100 %")],
)
def test_a_share_is_nothing_or_all_only_if_it_is_exact(share: float, words: str) -> None:
    """It's rounded to a tenth of a per cent, in a digest as in a history."""
    assert percent(share) == words.replace(" %", "\N{NO-BREAK SPACE}%")
