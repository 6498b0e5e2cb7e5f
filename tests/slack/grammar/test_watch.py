import re
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.job import Dataflow, JobRef, Status, StatusClass
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter
from bot.slack.grammar.parser import ME, Command, GrammarError, Name, OpenWatch, Watch, parse

DATAFLOW = "1948938e-3923-4602-aba8-f122e3d66faf"
JOB = JobRef(DATAFLOW, 42559)
TYPED = f"{DATAFLOW} 42559"

DEPLOYING, UP, WARNING, ERROR, UNDEPLOYED, STOPPED = DOCUMENTED = [
    Status.of(words)
    for words in ("Deploying", "Up and Running", "Running with Warning", "Running with Error", "Undeployed", "Stopped")
]


def status_filter(said: str) -> StatusFilter | None:
    """What `watch REF on …` wants to be told."""
    read = parse(f"watch {TYPED} on {said}")
    assert isinstance(read, Watch), read
    return read.status_filter


def refused(clauses: str) -> GrammarError:
    """Why `watch REF …` is no command. Its line to copy is one, about the same job."""
    read = parse(f"watch {TYPED} {clauses}")
    assert isinstance(read, GrammarError), read
    meant = parse(read.example)
    assert isinstance(meant, get_args(Command)), read.example
    assert getattr(meant, "ref", None) == JOB
    return read


@pytest.mark.parametrize(
    ("typed", "wants"),
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
def test_one_word_says_what_is_told(typed: str, status_filter: StatusFilter) -> None:
    """Each of the three words is read in the singular and the plural, alone or with “all” before it."""
    assert status_filter(typed) == status_filter


@pytest.mark.parametrize(
    ("typed", "wants"),
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
def test_a_list_of_statuses_is_what_is_told(typed: str, status_filter: list[Status]) -> None:
    """Statuses are read in any spelling and in short, with any of the usual separators between them."""
    assert status_filter(typed) == StatusFilter.of(status_filter)


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


@pytest.mark.parametrize(("clauses", "wants", "to"), _CLAUSES)
def test_the_clauses_stand_in_either_order(clauses: str, status_filter: StatusFilter | None, to: str | None) -> None:
    """Both, one or none of the clauses may follow the job, whichever comes first and however it is named."""
    for ref in (TYPED, f"{DATAFLOW}/42559", f"https://x.example/jobs/{DATAFLOW}/42559"):
        assert parse(f"watch {ref} {clauses}") == Watch(JOB, to, status_filter)
    for ref in (DATAFLOW, f"https://x.example/jobs/{DATAFLOW}?x=*"):
        assert parse(f"watch {ref} {clauses}") == Watch(Dataflow(DATAFLOW), to, status_filter)
    for ref in ("orders to lake", "“orders to lake”", "'orders to lake'"):
        assert parse(f"watch {ref} {clauses}") == Watch(Name("orders to lake"), to, status_filter)
    assert parse(f"watch {clauses}") == OpenWatch(to, status_filter)


def test_who_is_told_can_be_asked_of_a_watch() -> None:
    """Those who carry it out need not know how a person is written."""
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
        ("on errors to #general", "list that Slack offers", "to here"),
        ("to #general", "list that Slack offers", "to here"),
        ("to @ada", "“to me”", "to me"),
        ("to <@U0ADA|ada>", "“to me”", "to me"),
        ("to <!channel>", "“to me”", "to me"),
        ("on errors to", "“to me”", "to me"),
    ],
)
def test_what_cannot_be_told_is_refused_with_what_can(clauses: str, meant: str, copied: str) -> None:
    """A word that is no status gets the nearest one and a line to copy that keeps the job and what was right."""
    read = refused(clauses)
    assert meant in read.right
    assert read.example == f"watch {DATAFLOW}/42559 {copied}"


def test_a_wrong_status_gets_the_whole_list() -> None:
    """Whoever names a status that there is not is told all that can be named."""
    read = refused("on sleeping")
    assert "“sleeping”" in read.wrong
    assert all(words in read.right for words in (CHANGES, PROBLEMS, ERRORS, *(status.words for status in DOCUMENTED)))


@pytest.mark.parametrize("clauses", ["please", "to you", "to me to me", "to me to here", "me", "30m"])
def test_nothing_else_follows_a_watched_job(clauses: str) -> None:
    """What is neither clause is refused, with what could stand there."""
    assert "“on …” and “to me”" in refused(clauses).right


@pytest.mark.parametrize(
    ("typed", "copied"),
    [("watch on 5", "watch on problems"), ("watch to 7", "watch"), ("watch on stoped to me", "watch on Stopped to me")],
)
def test_a_clause_is_never_taken_for_the_job(typed: str, copied: str) -> None:
    """No job is named “on” or “to”: what is wrong with the clause is said."""
    read = parse(typed)
    assert isinstance(read, GrammarError)
    assert read.example == copied
    assert isinstance(parse(copied), OpenWatch)


@pytest.mark.parametrize(
    "clauses", ["on stoped", "on", "to", "to #lake", "to @ada", "on errors to lake", "to me on eror"]
)
def test_a_clause_that_is_wrong_is_never_a_part_of_a_name_in_silence(clauses: str) -> None:
    """Where it is not clear whether words belong to the name, both are said: the right clause, and the quotes."""
    read = parse(f"watch orders to lake {clauses}")
    assert isinstance(read, GrammarError)
    assert "in quotes" in read.right
    meant = parse(read.example)
    assert isinstance(meant, Watch)
    assert meant.ref == Name("orders to lake")
    quoted = parse(f"watch “orders to lake” {clauses}")
    assert isinstance(quoted, GrammarError)
    assert "in quotes" not in quoted.right


def test_every_documented_status_can_be_named() -> None:
    """The language has no documented status that nobody can ask for."""
    assert {status.status_class for status in DOCUMENTED} == set(StatusClass) - {StatusClass.UNKNOWN}
    assert status_filter(", ".join(status.words for status in DOCUMENTED)) == StatusFilter.of(DOCUMENTED)


_LISTS = st.lists(st.sampled_from(DOCUMENTED), min_size=1, unique=True)


@given(_LISTS, st.data())
def test_every_list_is_read_however_it_is_spelled(statuses: list[Status], data: st.DataObject) -> None:
    """Any statuses in any spelling, with any separators, are these statuses in their order."""
    said = ""
    for status in statuses:
        gap = data.draw(st.sampled_from([" ", "_", "-"]))
        case = data.draw(st.sampled_from([str.upper, str.lower, str.title]))
        separator = data.draw(st.sampled_from([", ", ",", " and ", " or ", ", and ", ";", " | ", "/", " OR "]))
        said += (separator if said else "") + case(gap.join(status.words.split()))
    assert status_filter(said) == StatusFilter.of(statuses)


@given(
    st.one_of(
        st.sampled_from([StatusFilter(CHANGES), StatusFilter(PROBLEMS), StatusFilter(ERRORS)]),
        _LISTS.map(StatusFilter.of),
    )
)
def test_what_the_bot_writes_of_a_watch_can_be_typed(status_filter: StatusFilter) -> None:
    """The words by which a subscription is kept and shown mean the same when they are typed after “on”."""
    assert status_filter(status_filter.text) == status_filter


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
def test_whatever_follows_a_watched_job_is_read_or_refused_about_that_job(clauses: str) -> None:
    """A clause that is refused never costs the job: the line to copy names the same one."""
    if not isinstance(parse(f"watch {TYPED} {clauses}"), Watch):
        read = refused(clauses)
        assert max(len(read.wrong), len(read.right), len(read.example)) <= 240
        assert not re.search(r"\s$", read.example)
