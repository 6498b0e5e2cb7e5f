import re
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.job import Dataflow, JobRef, Status, StatusClass
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import Command, OpenWatch, Watch
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.grammar.references import Name

DATAFLOW = "1948938e-3923-4602-aba8-f122e3d66faf"
JOB = JobRef(DATAFLOW, 42559)
TYPED = f"{DATAFLOW} 42559"

DEPLOYING, UP, WARNING, ERROR, UNDEPLOYED, STOPPED = DOCUMENTED = [
    Status.of(words)
    for words in ("Deploying", "Up and Running", "Running with Warning", "Running with Error", "Undeployed", "Stopped")
]


def filter_of(typed: str) -> StatusFilter | None:
    """The filter of `watch REF on …`."""
    read = parse(f"watch {TYPED} on {typed}")
    assert isinstance(read, Watch), read
    return read.status_filter


def error_for(clauses: str) -> GrammarError:
    """The error for `watch REF …`. Its example is a valid command about the same job."""
    read = parse(f"watch {TYPED} {clauses}")
    assert isinstance(read, GrammarError), read
    meant = parse(read.example)
    assert isinstance(meant, get_args(Command)), read.example
    assert getattr(meant, "ref", None) == JOB
    return read


@pytest.mark.parametrize(
    ("typed", "status_filter"),
    [
        ("changes", StatusFilter(CHANGES)),
        ("change", StatusFilter(CHANGES)),
        ("all changes", StatusFilter(CHANGES)),
        ("every change", StatusFilter(CHANGES)),
        ("problems", StatusFilter(PROBLEMS)),
        ("problem", StatusFilter(PROBLEMS)),
        ("any problem", StatusFilter(PROBLEMS)),
        ("errors", StatusFilter(ERRORS)),
        ("error", StatusFilter(ERRORS)),
        ("ERRORS", StatusFilter(ERRORS)),
        ("“errors”", StatusFilter(ERRORS)),
        ("all errors", StatusFilter(ERRORS)),
        ("errors, errors", StatusFilter(ERRORS)),
        ("errors,", StatusFilter(ERRORS)),
    ],
)
def test_one_word_is_a_filter(typed: str, status_filter: StatusFilter) -> None:
    """Each of the three words is read in the singular and the plural, alone or after “all”."""
    assert filter_of(typed) == status_filter


@pytest.mark.parametrize(
    ("typed", "statuses"),
    [
        ("stopped", [STOPPED]),
        ('"running with error", stopped', [ERROR, STOPPED]),
        ("Running with Error and Stopped", [ERROR, STOPPED]),
        ("running_with_error or undeployed", [ERROR, UNDEPLOYED]),
        ("RUNNING-WITH-WARNING;DEPLOYING", [WARNING, DEPLOYING]),
        ("stopped|undeployed", [STOPPED, UNDEPLOYED]),
        ("stopped / undeployed", [STOPPED, UNDEPLOYED]),
        ("stopped &amp; undeployed", [STOPPED, UNDEPLOYED]),
        ("stopped, undeployed, and deploying", [STOPPED, UNDEPLOYED, DEPLOYING]),
        ("stopped, stopped", [STOPPED]),
        ("stopped on undeployed", [STOPPED, UNDEPLOYED]),
        ("up and running", [UP]),
        ("up_and_running", [UP]),
        ("up-and-running", [UP]),
        ("up", [UP]),
        ("running", [UP]),
        ("up and running and stopped", [UP, STOPPED]),
        ("stopped and up and running", [STOPPED, UP]),
        ("up and running with error", [UP, ERROR]),
        ("up, running with error", [UP, ERROR]),
        ("running and running with error", [UP, ERROR]),
        ("running with error", [ERROR]),
        ("running with errors", [ERROR]),
        ("warning", [WARNING]),
        ("warnings", [WARNING]),
        ("warnings and errors", [WARNING, ERROR]),
        ("error or stopped", [ERROR, STOPPED]),
    ],
)
def test_a_list_of_statuses_is_a_filter(typed: str, statuses: list[Status]) -> None:
    """Statuses are read in any spelling and in short, with any of the usual separators between them."""
    assert filter_of(typed) == StatusFilter.of(statuses)


# Every clause that may follow a watched job, and what it means.
_CLAUSES: list[tuple[str, StatusFilter | None, str | None]] = [
    ("", None, None),
    ("to me", None, ME),
    ("to here", None, None),
    ("to <#C0LAKE|lake>", None, "C0LAKE"),
    ("to <#G0LAKE>", None, "G0LAKE"),
    ("to &lt;#C0LAKE|lake&gt;", None, "C0LAKE"),
    ("on errors", StatusFilter(ERRORS), None),
    ("on errors to me", StatusFilter(ERRORS), ME),
    ("to me on errors", StatusFilter(ERRORS), ME),
    ("to <#C0LAKE|> on errors", StatusFilter(ERRORS), "C0LAKE"),
    ("on problems to <#C0LAKE|lake>", StatusFilter(PROBLEMS), "C0LAKE"),
    ("on changes to here", StatusFilter(CHANGES), None),
    ("TO ME ON Stopped", StatusFilter.of([STOPPED]), ME),
    ("on up and running or stopped to me", StatusFilter.of([UP, STOPPED]), ME),
    ('on "running with error", stopped', StatusFilter.of([ERROR, STOPPED]), None),
]


@pytest.mark.parametrize(("clauses", "status_filter", "to"), _CLAUSES)
def test_the_clauses_stand_in_either_order(clauses: str, status_filter: StatusFilter | None, to: str | None) -> None:
    """Both, one or none of the clauses may follow the job, whichever comes first and however it is named."""
    for ref in (TYPED, f"{DATAFLOW}/42559", f"https://x.example/jobs/{DATAFLOW}/42559"):
        assert parse(f"watch {ref} {clauses}") == Watch(JOB, to, status_filter)
    for ref in (DATAFLOW, f"https://x.example/jobs/{DATAFLOW}?x=*"):
        assert parse(f"watch {ref} {clauses}") == Watch(Dataflow(DATAFLOW), to, status_filter)
    for ref in ("orders to lake", "“orders to lake”", "'orders to lake'"):
        assert parse(f"watch {ref} {clauses}") == Watch(Name("orders to lake"), to, status_filter)
    assert parse(f"watch {clauses}") == OpenWatch(to, status_filter)


def test_a_watch_says_whether_it_is_for_the_person() -> None:
    """Handlers don't need to know how the grammar writes a person."""
    assert Watch(JOB, ME).to_me
    assert not Watch(JOB, "C0LAKE").to_me
    assert not Watch(JOB).to_me


@pytest.mark.parametrize(
    ("clauses", "meant", "copied"),
    [
        ("on stoped", "“Stopped”", "on Stopped"),
        ("on eror", "“Running with Error”", "on Running with Error"),
        ("on problms", "“problems”", "on problems"),
        ("on chnages to me", "“changes”", "on changes to me"),
        ("to me on undepolyed", "“Undeployed”", "on Undeployed to me"),
        ("on error, stoped", "“Stopped”", "on Running with Error, Stopped"),
        ("on stoped, runing with eror, xyzzy", "“Stopped”", "on Stopped, Running with Error"),
        ("on xyzzy", "Up and Running", "on problems"),
        ("on unknown", "Up and Running", "on problems"),
        ("on problems, stopped", "problems", "on problems"),
        ("on stopped or all changes", "changes", "on changes"),
        ("on", "changes, problems, errors", "on problems"),
        ("on ,", "changes, problems, errors", "on problems"),
        ("on to me", "changes, problems, errors", "on problems to me"),
        ("errors", "“on”", "on errors"),
        ("when stopped", "“on”", "on Stopped"),
        ("stopped, undeployed to me", "“on”", "on Stopped, Undeployed to me"),
        ("on errors to me now", "“to me”", "on errors"),
        ("on errors to #general", "list that Slack shows", "to here"),
        ("to #general", "list that Slack shows", "to here"),
        ("to @ada", "“to me”", "to me"),
        ("to <@U0ADA|ada>", "“to me”", "to me"),
        ("to <!channel>", "“to me”", "to me"),
        ("on errors to", "“to me”", "to me"),
    ],
)
def test_a_wrong_clause_gets_a_hint_and_a_corrected_line(clauses: str, meant: str, copied: str) -> None:
    """A word that is no status gets the nearest one and a line to copy that keeps the job and what was right."""
    read = error_for(clauses)
    assert meant in read.hint
    assert read.example == f"watch {DATAFLOW}/42559 {copied}"


def test_a_wrong_status_gets_the_whole_list() -> None:
    """An error about an unknown status names every status and every filter word."""
    read = error_for("on sleeping")
    assert "“sleeping”" in read.problem
    assert all(words in read.hint for words in (CHANGES, PROBLEMS, ERRORS, *(status.words for status in DOCUMENTED)))


@pytest.mark.parametrize("clauses", ["please", "to you", "to me to me", "to me to here", "me", "30m"])
def test_nothing_else_follows_a_watched_job(clauses: str) -> None:
    """What is neither clause is error, with what could stand there."""
    assert "“runbook …”, “remind …”, “tell …” and “to me”" in error_for(clauses).hint


@pytest.mark.parametrize(
    ("typed", "copied"),
    [("watch on 5", "watch on problems"), ("watch to 7", "watch"), ("watch on stoped to me", "watch on Stopped to me")],
)
def test_a_clause_is_never_taken_for_the_job(typed: str, copied: str) -> None:
    """No job is called “on” or “to”: the error is about the clause."""
    read = parse(typed)
    assert isinstance(read, GrammarError)
    assert read.example == copied
    assert isinstance(parse(copied), OpenWatch)


@pytest.mark.parametrize(
    "clauses", ["on stoped", "on", "to", "to #lake", "to @ada", "on errors to lake", "to me on eror"]
)
def test_a_wrong_clause_is_never_silently_part_of_a_name(clauses: str) -> None:
    """Where words could belong to the name, the error offers both: the corrected clause, and quotes."""
    read = parse(f"watch orders to lake {clauses}")
    assert isinstance(read, GrammarError)
    assert "in quotes" in read.hint
    meant = parse(read.example)
    assert isinstance(meant, Watch)
    assert meant.ref == Name("orders to lake")
    quoted = parse(f"watch “orders to lake” {clauses}")
    assert isinstance(quoted, GrammarError)
    assert "in quotes" not in quoted.hint


def test_every_documented_status_can_be_named() -> None:
    """Every documented status can be typed."""
    assert {status.status_class for status in DOCUMENTED} == set(StatusClass) - {StatusClass.UNKNOWN}
    assert filter_of(", ".join(status.words for status in DOCUMENTED)) == StatusFilter.of(DOCUMENTED)


_LISTS = st.lists(st.sampled_from(DOCUMENTED), min_size=1, unique=True)


@given(_LISTS, st.data())
def test_every_list_is_read_however_it_is_spelled(statuses: list[Status], data: st.DataObject) -> None:
    """Any statuses in any spelling, with any separators, are these statuses in their order."""
    typed = ""
    for status in statuses:
        gap = data.draw(st.sampled_from([" ", "_", "-"]))
        case = data.draw(st.sampled_from([str.upper, str.lower, str.title]))
        separator = data.draw(st.sampled_from([", ", ",", " and ", " or ", ", and ", ";", " | ", "/", " OR "]))
        typed += (separator if typed else "") + case(gap.join(status.words.split()))
    assert filter_of(typed) == StatusFilter.of(statuses)


@given(
    st.one_of(
        st.sampled_from([StatusFilter(CHANGES), StatusFilter(PROBLEMS), StatusFilter(ERRORS)]),
        _LISTS.map(StatusFilter.of),
    )
)
def test_a_stored_filter_can_be_typed(status_filter: StatusFilter) -> None:
    """The text under which a filter is stored and shown means the same after “on”."""
    assert filter_of(status_filter.text) == status_filter


_PIECES = "on to me , and or stopped stoped errors problems up running with error when"
_WORDS = st.lists(
    st.one_of(
        st.sampled_from(_PIECES.split()),
        st.text(st.characters(codec="utf-8"), max_size=12),
    ),
    max_size=9,
).map(" ".join)


@given(_WORDS)
@example("on")
@example("on problems problems")
@example("to me to me on errors")
def test_an_error_after_a_job_keeps_the_job(clauses: str) -> None:
    """Whatever is wrong with the clauses, the line to copy names the same job."""
    if not isinstance(parse(f"watch {TYPED} {clauses}"), Watch):
        read = error_for(clauses)
        assert max(len(read.problem), len(read.hint), len(read.example)) <= 240
        assert not re.search(r"\s$", read.example)
