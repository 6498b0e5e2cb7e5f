import re
import string
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.job import Dataflow, JobRef
from bot.domain.subscription import Contact
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import (
    Acknowledge,
    Command,
    Help,
    History,
    Jobs,
    ListHere,
    Mute,
    MuteAll,
    OpenWatch,
    ShowStatus,
    Threads,
    Unmute,
    Unwatch,
    Watch,
)
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import COMMANDS, parse, parse_ref
from bot.slack.grammar.references import REF_EXAMPLE, Name, Ref

DATAFLOW = "1948938e-3923-4602-aba8-f122e3d66faf"
JOB = JobRef(DATAFLOW, 42559)
TYPED = f"{DATAFLOW} 42559"

HOUR = timedelta(hours=1)

# In the order of the table in README: what is typed, and what it means.
_FORMS: dict[str, Command] = {
    "": Help(),
    "   ": Help(),
    "help": Help(),
    f"status {TYPED}": ShowStatus(JOB),
    f"status {DATAFLOW}/42559": ShowStatus(JOB),
    f"status https://usw1.dm.example.com/jobs/{DATAFLOW}/42559": ShowStatus(JOB),
    f"status https://usw1.dm.example.com/#/jobs/{DATAFLOW}/42559?tab=2&x=/9": ShowStatus(JOB),
    f"status https://usw1.dm.example.com/jobs/{DATAFLOW}/42559/": ShowStatus(JOB),
    TYPED: ShowStatus(JOB),
    f"{DATAFLOW}/42559": ShowStatus(JOB),
    f"https://usw1.dm.example.com/jobs/{DATAFLOW}/42559": ShowStatus(JOB),
    f"watch {TYPED}": Watch(JOB),
    f"watch {TYPED} to me": Watch(JOB, ME),
    f"watch {DATAFLOW}/42559 to me": Watch(JOB, ME),
    f"unwatch {TYPED}": Unwatch(JOB),
    f"unwatch {TYPED} to me": Unwatch(JOB, ME),
    f"unwatch {DATAFLOW}/42559 to me": Unwatch(JOB, ME),
    f"history {TYPED}": History(JOB),
    f"history {DATAFLOW}/42559/": History(JOB),
    f"mute {TYPED}": Mute(JOB, HOUR, None),
    f"mute https://usw1.dm.example.com/jobs/{DATAFLOW}/42559 to me": Mute(JOB, HOUR, None, ME),
    f"unmute {TYPED}": Unmute(JOB),
    f"unmute {TYPED} to me": Unmute(JOB, ME),
    "list": ListHere(),
    "list page 3": ListHere(3),
    "jobs": Jobs(),
    "jobs page 2": Jobs(page=2),
    "jobs orders to lake": Jobs("orders to lake"),
    "jobs orders page 2": Jobs("orders", 2),
    'jobs "page 2"': Jobs("page 2"),
    "jobs page": Jobs("page"),
    "lits 7": ShowStatus(JobRef("lits", 7)),
    "status 0RwiUUb9bVwjL67dWOKjoI 7": ShowStatus(JobRef("0RwiUUb9bVwjL67dWOKjoI", 7)),
}

# What people and their phones make of a command; it still means the same.
_FORGIVEN = {
    "capitals": f"STATUS {TYPED.upper()}",
    "many spaces": f"   status \t  {DATAFLOW}    42559   ",
    "a non-breaking space": f"status\u00a0{DATAFLOW}\u00a042559",
    "a narrow and an ideographic space": f"status\u202f{DATAFLOW}\u300042559",
    "a line feed": f"status {DATAFLOW}\r\n42559",
    "a quote that has no other": f"status “{DATAFLOW} 42559",
    "a backtick that has no other": f"status {TYPED}`",
    "angle brackets": f"status <{DATAFLOW}> <42559>",
    "a link of Slack's": f"status <https://x.example/jobs/{DATAFLOW}/42559>",
    "a link with a label": f"status <https://x.example/jobs/{DATAFLOW}/42559|orders>",
    "a link as Slack escapes it": f"status &lt;https://x.example/j?a=1&amp;j={DATAFLOW}/42559&gt;",
    "an address without a scheme": f"status x.example/jobs/{DATAFLOW}/42559",
    "an address with another UUID": f"status https://x.example/{DATAFLOW[::-1].upper()}/{DATAFLOW}/42559",
    "zero-width characters": f"\u200bsta\u200dtus {DATAFLOW}\ufeff 42\u2060559",
    "marks of direction": f"status \u202e{DATAFLOW}\u202c \u206642559\u2069\u061c",
    "a soft hyphen": f"status {DATAFLOW} 42\u00ad559",
    "leading zeros": f"status {DATAFLOW} 00042559",
}

# What means a dataflow rather than one run.
_DATAFLOW_ALONE = {
    "a UUID": DATAFLOW,
    "capitals": DATAFLOW.upper(),
    "a slash and no run": f"{DATAFLOW}/",
    "an address": f"https://x.example/jobs/{DATAFLOW}",
    "an address with a query": f"https://x.example/#/jobs?id={DATAFLOW}&tab=*",
    "a link": f"<https://x.example/jobs/{DATAFLOW}|orders>",
    "an address with run zero": f"https://x.example/jobs/{DATAFLOW}/0",
    "an address whose run goes on": f"https://x.example/jobs/{DATAFLOW}/42559x",
    "an address that says it twice": f"https://x.example/{DATAFLOW}?of={DATAFLOW}",
}

# Not a command.
_ERRORS = {
    "no reference": "status",
    "no reference to unwatch": "unwatch",
    "nobody but me": "unwatch to me",
    "8,000 characters": "status " + "x" * 8_000,
    "8,000 characters of spaces": " " * 8_000,
    "a query": f"status https://x.example/?x=1 {DATAFLOW}",
    "a negative run": f"status {DATAFLOW} -1",
    "run zero": f"status {DATAFLOW} 0",
    "run zero of many digits": f"status {DATAFLOW} 0000",
    "30 digits": f"status {DATAFLOW} {'9' * 30}",
    "19 digits": f"status {DATAFLOW} {'9' * 19}",
    "digits of another script": f"status {DATAFLOW} ٤٢٥٥٩",
    "full-width digits": f"status {DATAFLOW} ４２５５９",
    "a fraction": f"status {DATAFLOW} 42559.5",
    "an exponent": f"status {DATAFLOW} 4e4",
    "a hexadecimal number": f"status {DATAFLOW} 0x10",
    "an underscore in a number": f"status {DATAFLOW} 42_559",
    "a run that goes on": f"status {DATAFLOW}/42559abc",
    "a slash too many": f"status {DATAFLOW}/7/7",
    "words after the job": f"status {TYPED} please",
    "words after a dataflow": f"{DATAFLOW} please",
    "words after a quoted name": "status “orders to lake” please",
    "quotes around a part of a name": "status orders “to” lake",
    "words after to me": f"watch {TYPED} to me now",
    "to nobody": f"watch {TYPED} to",
    "a mention": "watch <!channel> <@U0DEMOADA1>",
    "a channel in place of a job": "watch <#C0LAKE|lake>",
    "a channel that Slack did not recognise": "watch orders to #lake",
    "somebody else": "watch orders to <@U0DEMOADA1|ada>",
    "an address without a job": "status https://x.example/jobs/",
    "an address whose ID goes on before": f"status https://x.example/jobs/ab{DATAFLOW}/42559",
    "an address with two jobs": f"status https://x.example/{DATAFLOW}/{DATAFLOW.replace('1', '2')}",
    "words after an unwatched job": f"unwatch {TYPED} on errors",
    "words after an unmuted job": f"unmute {TYPED} 30m",
    "words after a job's history": f"history {TYPED} to me",
    "no reference to mute": "mute",
    "no reference to unmute": "unmute to me",
    "no reference to a history": "history",
    "nothing between the quotes": "status “ ”",
    "all jobs at once": "status all",
    "a pattern": "history orders-*",
    "a pattern alone": "*",
    "page zero": "list page 0",
    "a page in words": "list page one",
    "a page beyond counting": f"list page {'9' * 30}",
    "a page of another script": "list page ٣",
    "page zero of the jobs": "jobs orders page 0",
    "a page of the jobs beyond counting": f"jobs page {'9' * 30}",
    "what list does not know": "list everything",
    "all of them": "list all of them",
    "control characters": "\x07status\x00",
}


def test_every_form_is_understood() -> None:
    """Each form that README shows means what it says there."""
    for text, command in _FORMS.items():
        assert parse(text) == command, text


def test_what_phones_and_pasting_add_is_forgiven() -> None:
    """Case, spaces, stray quotes, brackets, links and invisible characters don't change the meaning."""
    for kind, text in _FORGIVEN.items():
        assert parse(text) == ShowStatus(JOB), kind


def test_a_dataflow_without_a_run_is_followed() -> None:
    """A UUID alone, or a URL that contains no other, is the dataflow, after every command and after none."""
    for kind, text in _DATAFLOW_ALONE.items():
        for typed, command in _about(Dataflow(DATAFLOW), text):
            assert parse(typed) == command, kind
        assert parse_ref(text) == Dataflow(DATAFLOW), kind


def _about(ref: Ref, typed: str) -> list[tuple[str, Command]]:
    """Every command about one job."""
    return [
        (f"status {typed}", ShowStatus(ref)),
        (f"history {typed}", History(ref)),
        (f"watch {typed}", Watch(ref)),
        (f"watch {typed} to me", Watch(ref, ME)),
        (f"unwatch {typed}", Unwatch(ref)),
        (f"unwatch {typed} to <#C0LAKE|lake>", Unwatch(ref, "C0LAKE")),
        (f"mute {typed}", Mute(ref, HOUR, None)),
        (f"mute {typed} 1h to <#C0LAKE>", Mute(ref, HOUR, None, "C0LAKE")),
        (f"unmute {typed}", Unmute(ref)),
        (f"unmute {typed} to here", Unmute(ref)),
    ]


def test_an_error_comes_with_help() -> None:
    """An error says the problem and a hint, both short, and its example is itself a command."""
    for kind, text in _ERRORS.items():
        error = parse(text)
        assert isinstance(error, GrammarError), kind
        assert error.problem, kind
        assert error.hint, kind
        assert len(error.problem) < 150, kind
        assert len(error.example) <= 200, kind
        assert isinstance(parse(error.example), get_args(Command)), error.example


def test_a_page_that_cannot_be_is_no_other_page() -> None:
    """It is said what is wrong, for each list with pages."""
    for line in ("list page 0", "list page -1", "jobs page 0", "jobs orders page 9999999"):
        error = parse(line)
        assert isinstance(error, GrammarError), line
        assert (error.problem, error.hint) == (f"“{line.split()[-1]}” isn't a page number.", "The first page is 1.")


def test_an_id_is_never_a_path() -> None:
    """What could be a path on the service's host is never read as an ID: it is a name at most."""
    for text in ("../../etc", "%2e%2e", "a/b/c", "a?b", "a#b", "..", ".", "a\\b", "a:b", "a@b", "-rf", "données"):
        for typed in (f"{text} 1", f"{text}/1"):
            assert not isinstance(parse_ref(typed), JobRef | Dataflow), typed


@pytest.mark.parametrize(
    ("typed", "keyword", "corrected"),
    [
        (f"wacth {TYPED}", "watch", f"watch {TYPED}"),
        (f"wathc {TYPED} to me", "watch", f"watch {TYPED} to me"),
        (f"unwacth {TYPED}", "unwatch", f"unwatch {TYPED}"),
        (f"STAUTS {TYPED}", "status", f"status {TYPED}"),
        ("lits", "list", "list"),
        ("lits page 2", "list", "list page 2"),
        ("hlep", "help", "help"),
        # Whatever else is wrong is corrected too.
        ("wacth", "watch", "watch"),
        ("stats", "status", f"status {REF_EXAMPLE}"),
        ("job orders", "jobs", "jobs orders"),
        ("wacth orders to lake", "watch", "watch orders to lake"),
        ("wacth “orders on errors” to <#C0LAKE|lake>", "watch", 'watch "orders on errors" to <#C0LAKE>'),
        ("wacth orders-2", "watch", "watch orders-2"),
        ("wat-ch orders", "watch", "watch orders"),
        ("lits page zero", "list", "list page 2"),
        (f"statsu {TYPED} please", "status", f"status {DATAFLOW}/42559"),
        (f"mut {TYPED} 2h to me", "mute", f"mute {TYPED} 2h to me"),
        (f"unmtue {TYPED}", "unmute", f"unmute {TYPED}"),
        (f"wacth {TYPED} on problems", "watch", f"watch {TYPED} on problems"),
        (f"hist {TYPED}", "history", f"history {TYPED}"),
        (f"unm {TYPED}", "unmute", f"unmute {TYPED}"),
        (f"wacth https://x.example/{'x' * 300}/{DATAFLOW}/42559", "watch", f"watch {REF_EXAMPLE}"),
        (f"lits {'x' * 300}", "list", "list page 2"),
        (f"jbos {'x' * 300}", "jobs", "jobs"),
    ],
)
def test_a_mistyped_command_gets_a_line_to_copy(typed: str, keyword: str, corrected: str) -> None:
    """A mistyped command gets the nearest one, with the rest of the line as far as it makes sense."""
    error = parse(typed)
    assert isinstance(error, GrammarError)
    assert f"“{keyword}”" in error.hint
    assert "quotes" in error.hint
    assert error.example == corrected
    assert isinstance(parse(corrected), get_args(Command))


# One letter from both of a pair, whichever was meant.
_BETWEEN_TWO = {
    *("natch", "nwatch", "uatch", "uwatch"),  # watch, unwatch
    *("nmute", "nute", "umte", "umute", "uute"),  # mute, unmute
    "hist",  # the beginning of history, rather than list
    "ach",  # of watch and ack
}


def test_one_wrong_letter_never_suggests_another_command() -> None:
    """A command with a letter left out, doubled, changed, added or swapped is suggested itself: whoever mistypes “mute”
    isn't led to “unmute”."""
    for keyword in COMMANDS:
        typed = set()
        for at, letter in enumerate(keyword):
            before, after = keyword[:at], keyword[at + 1 :]
            typed |= {before + after, before + after[:1] + letter + after[1:]}
            typed |= {before + other + rest for other in string.ascii_lowercase for rest in (after, letter + after)}
        for wrong in typed - set(COMMANDS) - _BETWEEN_TWO:
            error = parse(wrong)
            assert isinstance(error, GrammarError), wrong
            assert error.hint.startswith(f"Did you mean “{keyword}”?"), wrong


def test_anything_else_is_a_name() -> None:
    """A name alone shows that job's status, if it is far from any command, looks like a name, or is quoted."""
    typed = [
        "frobnicate",
        "status-2",
        "watch_orders",
        "lits7",
        "orders to lake",
        "“status”",
        "“wacth”",
        "'list page 2'",
    ]
    for text in typed:
        assert parse(text) == ShowStatus(Name(text.strip("“”'"))), text


def test_a_command_without_its_job_says_how_to_name_one() -> None:
    """The error names every way to name a job, and its example has a name."""
    for keyword in set(COMMANDS) - {"help", "list", "jobs", "watch", "threads", "digest", "quiet", "settings"}:
        error = parse(keyword)
        assert isinstance(error, GrammarError), keyword
        assert all(way in error.hint for way in ("name", "its dataflow ID", "its run ID")), keyword
        assert error.example == f"{keyword} {REF_EXAMPLE}"


def test_watch_alone_opens_the_form() -> None:
    """“watch” alone opens the form."""
    assert parse("watch") == parse("WATCH  ") == OpenWatch()


def test_an_id_keeps_its_case_unless_it_is_a_uuid() -> None:
    """Two spellings of one UUID are one job; a short ID is a matter of case."""
    assert parse_ref(f"{DATAFLOW.upper()} 1") == JobRef(DATAFLOW, 1)
    assert parse_ref("0RwiUUb9bVwjL67dWOKjoI 1") != parse_ref("0RWIUUB9BVWJL67DWOKJOI 1")


_PIECES = st.sampled_from(
    f"help status watch unwatch list jobs history mute unmute page all matching to me here wacth lits orders-* #lake "
    f"{DATAFLOW} {DATAFLOW}/42559 42559 -1 0 <#C0LAKE|lake> <@U0ADA> <!here> <http://orders.io|orders.io> orders lake "
    ".. %2e / https://x/ on , and or | / changes problem errors stopped up running with error undepolyed for until "
    "when 30m 2h 0m 99d 1h30 30 min 9:00 9 am 25:00 noon tomorrow 1w".split()
) | st.sampled_from(
    ["<", ">", "|", "&lt;", "&gt;", "&amp;", "&#34;", "“", "`", "'", '"', "«", "\u200b", "\u00a0", "\n"]
)
_TEXTS = st.one_of(st.text(), st.lists(st.one_of(_PIECES, st.text(max_size=8)), max_size=12).map(" ".join))


@given(_TEXTS)
@example(" " * 1_001)
@example("&amp;lt;" * 100)
@example("\ud800")
@example("watch to/5 please")
@example("mute 30m/5 99d")
@example(f"watch {'a' * 64}/{'9' * 18} on up, deploying, warning, error, undeployed, stopped to me please")
@example(f"wacth {'a' * 64}/{'9' * 18} on up, deploying, warnnig, error, undepolyed, stopped to me")
@example(f"mute {TYPED} {'9' * 900}")
@example(f"mute {TYPED} {'9' * 900}d")
@example(f"mute {TYPED} until {'1d ' * 250}")
@example(f"mute {'a' * 64}/{'9' * 18} until {'0' * 7}1 weeks and {'0' * 7}1 days and {'0' * 7}1 hours to me")
@example(f"mute {TYPED} {'0' * 900}30m")
@example(f"mute {TYPED} {'0' * 900}30")
@example("watch " + "on " * 330)
@example("watch " + "on x " * 198)
@example("watch all " + "on errros, " * 90)
@example("mute " + "1 h " * 240)
@example("status " + "' " * 490)
@example("status " + "'" * 990)
@example("status <" + "|" * 900 + ">")
@example("watch " + "x" * 950 + " on stoped to <#C0LAKELAKELA>")
@example(f"watch {'a' * 64}/{'9' * 18} on up, deploying, warning, error, undeployed, stoped to <#C0LAKELAKELA|l>")
@example(f"wacth {'é ' * 40} on up, deploying, warnnig, error, undepolyed, stopped to <#C0LAKELAKELA>")
@example("watch " + "a* " * 300)
@example("watch all " + "x" * 900)
@example("status " + "x" * 900 + "*")
def test_whatever_is_typed_is_read(text: str) -> None:
    """Any text is a command or a helpful error, which repeats the text only in short."""
    read = parse(text)
    if not isinstance(read, GrammarError):
        assert isinstance(read, get_args(Command))
        return
    assert read.problem
    assert read.hint
    assert isinstance(parse(read.example), get_args(Command)), read.example
    assert max(len(read.problem), len(read.hint)) <= 240
    assert len(read.example) <= 200


_UUIDS = st.uuids().map(str)
_IDS = st.one_of(_UUIDS, st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True))


@given(st.builds(JobRef, _IDS, st.integers(1, 10**18 - 1)))
@example(JobRef(f"x-{DATAFLOW}", 5))
def test_a_written_job_can_be_read(ref: JobRef) -> None:
    """What the bot writes for a job (on a button, in a list) it reads as the same job."""
    is_uuid = re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", ref.dataflow)
    same = JobRef(ref.dataflow.lower(), ref.run) if is_uuid else ref
    assert parse_ref(str(ref)) == same
    assert parse_ref(f"{ref.dataflow} {ref.run}") == same
    for line, command in _about(same, str(ref)):
        assert parse(line) == command


@given(_UUIDS)
def test_a_written_dataflow_can_be_read(dataflow: str) -> None:
    """A UUID on a button or in a list is read as the same dataflow."""
    for line, command in _about(Dataflow(dataflow), str(Dataflow(dataflow))):
        assert parse(line) == command


@given(_UUIDS, st.integers(1, 10**18 - 1), st.text("abc/#-?=&.", max_size=20))
def test_a_url_with_both_names_the_job(dataflow: str, run: int, path: str) -> None:
    """Dataflow and run are found anywhere in a pasted URL, and so is a dataflow alone."""
    assert parse_ref(f"https://x.example/{path}/{dataflow}/{run}?a=b") == JobRef(dataflow, run)
    assert parse_ref(f"https://x.example/{path}/{dataflow}?a=b") == Dataflow(dataflow)


@given(_IDS, st.text("0123456789+-.eE_xX ٣", min_size=1, max_size=25))
def test_a_run_is_a_whole_number_above_zero(dataflow: str, run: str) -> None:
    """Only ASCII digits are a run, and a run fits into the database's 64 bits."""
    ref = parse_ref(f"{dataflow} {run}")
    if isinstance(ref, JobRef):
        assert 0 < ref.run < 2**63
        assert re.fullmatch("[0-9]+", run.strip())


# Lines that mean something, for the property that follows.
_LINES = [
    *_FORMS,
    f"watch {TYPED} on problems to me",
    f"watch {TYPED} to me on Stopped, up and running",
    f"mute {TYPED} for 1h 30 min",
    f"mute {TYPED} until 9:30 pm to me",
]
_SPACES = st.text(" \t\n\u00a0\u2002\u3000", min_size=1, max_size=4)
_KEEPS_CASE = re.compile('orders|"|jobs page$|lits')  # words that are shown or looked for as they were typed
_UNSEEN = st.sampled_from([("", ""), ("\u200b", "\ufeff"), ("\u2066", "\u2069"), ("\u00ad", "")])


@given(st.sampled_from([line for line in _LINES if not _KEEPS_CASE.search(line)]), st.data())
def test_case_spaces_and_invisible_characters_never_matter(line: str, data: st.DataObject) -> None:
    """However a line's words are capitalised and spaced, it means the same."""
    typed = ""
    for word in line.split():
        before, after = data.draw(_UNSEEN)
        is_short_id = word == "0RwiUUb9bVwjL67dWOKjoI"  # the one thing whose case matters
        cased = word if is_short_id else data.draw(st.sampled_from([word, word.upper(), word.title()]))
        typed += f"{data.draw(_SPACES)}{before}{cased}{after}"
    assert parse(typed + data.draw(_SPACES)) == parse(line)


_FULL_WIDTH = {code: code + 0xFEE0 for code in map(ord, string.ascii_letters + string.digits + ":-")} | {32: 0x3000}


def test_full_width_words_mean_the_same() -> None:
    """What a keyboard for Chinese or Japanese makes of a command's own words and numbers changes nothing."""
    for line in (
        *("help", "list page 2", "jobs page 2", "threads off", "settings", "digest weekly mon 9:00", "unmute all"),
        *("quiet 22:00-7:00 berlin except problems", "mute all 2h", "mute all until 9:00", "watch on errors to me"),
        *("watch on running-with-error", "watch remind every 30m while problem", "watch tell me if error for 15m"),
    ):
        read = parse(line)
        assert not isinstance(read, GrammarError), line
        assert parse(line.translate(_FULL_WIDTH)) == read, line
    assert parse("ｍｕｔｅ orders ３０ｍ") == parse("mute orders 30m")
    assert parse("ｈｉｓｔｏｒｙ orders ２４ｈ") == parse("history orders 24h")


def test_other_words_for_a_command_are_understood() -> None:
    """What other tools call snooze, subscribe, unsubscribe and search is read as the command, in any case; in quotes it
    is a job's name."""
    for typed, meant in {
        "snooze orders 2h": "mute orders 2h",
        "unsnooze orders": "unmute orders",
        "Subscribe orders on errors to me": "watch orders on errors to me",
        "subscribe": "watch",
        "unsubscribe all": "unwatch all",
        "SEARCH orders lake": "jobs orders lake",
        "“search”": "status “search”",
    }.items():
        assert parse(typed) == parse(meant), typed
        assert not isinstance(parse(typed), GrammarError), typed


def test_a_mistyped_command_offers_what_it_may_have_meant() -> None:
    """Each choice is a command, the likeliest first; the last one is the job that is called so. A watch is never ended
    by a guess that isn't the likeliest."""
    for typed, lines in {
        "wacth orders": ["watch orders", 'status "wacth orders"'],
        "snoze orders 2h": ["mute orders 2h", 'status "snoze orders 2h"'],
        "unwacth orders": ["unwatch orders", "watch orders", 'status "unwacth orders"'],
        "histroy": ["status histroy"],
        f"wacth {'orders ' * 20}": [],
    }.items():
        read = parse(typed)
        assert isinstance(read, GrammarError), typed
        assert [line for _, line in read.choices] == lines, typed
        assert all(label == line for label, line in read.choices)


def test_an_incident_is_acknowledged_by_the_jobs_name() -> None:
    """`ack` and `acknowledge` take a job however it is named, and nothing else."""
    for typed in ("ack orders-to-lake", "Acknowledge  `orders-to-lake`", "ACK “orders-to-lake”"):
        assert parse(typed) == Acknowledge(Name("orders-to-lake")), typed
    error = parse("ack “orders-to-lake” now")
    assert isinstance(error, GrammarError)
    assert parse(error.example) == Acknowledge(Name("orders-to-lake"))


def test_threads_are_on_or_off() -> None:
    """`threads` shows what was chosen, `threads on` and `threads off` choose; anything else is explained."""
    for typed, on in (("threads", None), ("threads on", True), ("Threads  OFF", False)):
        assert parse(typed) == Threads(on), typed
    for typed in ("threads maybe", "threads on off"):
        error = parse(typed)
        assert isinstance(error, GrammarError), typed
        assert (error.hint, error.example) == ("Only “on” or “off” can follow it.", "threads off")


def test_people_and_channels_are_named_not_numbered() -> None:
    """What was typed is repeated as people see it: a person, a group or a channel by name, never by ID. Only lines that
    are carried out have the ID."""
    ada, team, general = "<@U0ADA|ada>", "<!subteam^S0TEAM|@team>", "<#C0GEN|general>"
    for typed, seen in (
        (f"watch orders to {ada}", "“@ada”"),
        ("watch <@U0ADA>", "“@somebody”"),
        (f"list {team}", "“@team”"),
        (f"threads {general}", "“#general”"),
        (f"digest daily 9:00 {ada}", "“@ada”"),
    ):
        read = parse(typed)
        assert isinstance(read, GrammarError), typed
        assert seen in read.problem, typed
    maintenance = parse(f"mute all 2h {ada} upgrades")
    assert isinstance(maintenance, MuteAll)
    assert maintenance.reason == "@ada upgrades"
    read = parse(f"wacth orders owner {ada} to {general}")
    assert isinstance(read, GrammarError)
    label, line = read.choices[0]
    assert label == "watch orders owner @ada to #general"
    assert parse(line) == Watch(Name("orders"), "C0GEN", None, Contact("U0ADA"))
