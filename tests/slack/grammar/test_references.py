from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.job import Dataflow, JobRef
from bot.domain.names import INVISIBLE
from bot.domain.status_filter import ERRORS, StatusFilter
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import Command, History, Mute, ShowStatus, Unmute, Unwatch, Watch
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import COMMANDS, parse, parse_ref
from bot.slack.grammar.references import Name, Ref, is_id
from bot.slack.grammar.tokens import Token

DATAFLOW = "1948938e-3923-4602-aba8-f122e3d66faf"
HOUR = timedelta(hours=1)


def about(ref: Ref, typed: str) -> list[tuple[str, Command]]:
    """Every command about one job, with every clause that it takes."""
    channel, errors = "<#C0LAKE|lake>", StatusFilter(ERRORS)
    return [
        (f"status {typed}", ShowStatus(ref)),
        (f"history {typed}", History(ref)),
        (f"watch {typed}", Watch(ref)),
        (f"watch {typed} on errors", Watch(ref, None, errors)),
        (f"watch {typed} to me on errors", Watch(ref, ME, errors)),
        (f"watch {typed} on errors to {channel}", Watch(ref, "C0LAKE", errors)),
        (f"unwatch {typed}", Unwatch(ref)),
        (f"unwatch {typed} to me", Unwatch(ref, ME)),
        (f"unwatch {typed} to {channel}", Unwatch(ref, "C0LAKE")),
        (f"mute {typed}", Mute(ref, HOUR, None)),
        (f"mute {typed} for 1 hour to {channel}", Mute(ref, HOUR, None, "C0LAKE")),
        (f"mute {typed} to me 1h", Mute(ref, HOUR, None, ME)),
        (f"unmute {typed}", Unmute(ref)),
        (f"unmute {typed} to {channel}", Unmute(ref, "C0LAKE")),
        (f"unmute {typed} to here", Unmute(ref)),
    ]


# Names that need no quotes, with any keyword and any clause.
_PLAIN = [
    "orders",
    "orders-to-lake",
    "Orders to Lake",
    "copy on call",
    "back to me and on top",
    "orders to #1 lake",
    "users' orders",
    "O'Hara's orders",
    "orders/lake",
    "../../etc/passwd",
    "données 1",
    "orders 42 nightly",
    "orders 0",
    "7",
    "ship all orders",
    "a<b",
    "R&D",
    "50%",
    "@home",
    "me",
    "here",
]


def test_a_name_needs_no_quotes() -> None:
    """A name that can't be mistaken for a clause needs no quotes, after any command."""
    for name in _PLAIN:
        for typed in (name, name.replace(" ", "   ")):
            for line, command in about(Name(name), typed):
                assert parse(line) == command, line


# Names that would be something else without quotes.
_QUOTED = [
    *COMMANDS,
    "orders 42",
    "42",
    "https://x.example/jobs",
    "orders-*",
    "is it up?",
    "all",
    "ａｌｌ",
    "all orders",
    "sync on errors",
    "on errors",
    "orders to me",
    "to lake",
    "lag 2h",
    "30m",
    "wait until 9",
    "orders to #lake",
    "status orders",
]


_QUOTES = ['""', "＂＂", "＇＇", "“”", "„“", "””", "''", "‘’", "‚‘", "``", "«»", "»«", "‹›", '“"']


def test_a_uuid_is_never_a_name() -> None:
    """Quotes around a dataflow's UUID, and around the run after it, don't make it a name."""
    for opening, closing in map(tuple, _QUOTES):
        for typed, ref in (
            (f"{opening}{DATAFLOW}{closing}", Dataflow(DATAFLOW)),
            (f"{opening}{DATAFLOW}/42559{closing}", JobRef(DATAFLOW, 42559)),
            (f"{opening}{DATAFLOW.upper()}{closing} {opening}42559{closing}", JobRef(DATAFLOW, 42559)),
            (f"{opening}{DATAFLOW}{closing} <42559>", JobRef(DATAFLOW, 42559)),
        ):
            assert parse(f"status {typed}") == ShowStatus(ref), typed


def test_quotes_make_a_name_of_anything() -> None:
    """A quoted name is a name even if it looks like a command, an ID, a pattern or a clause, in any kind of quotes."""
    for text in [*_PLAIN, *_QUOTED]:
        name = text.replace("' ", "'s ")  # an apostrophe at a word's end would close single quotes
        for opening, closing in map(tuple, _QUOTES):
            typed = f"{opening}{name}{closing}"
            assert parse(typed) == ShowStatus(Name(name)), typed
            for line, command in about(Name(name), typed):
                assert parse(line) == command, line


@pytest.mark.parametrize(
    ("typed", "ref"),
    [
        ("orders 42", JobRef("orders", 42)),
        ("orders/42", JobRef("orders", 42)),
        ("orders 042", JobRef("orders", 42)),
        ("7 7", JobRef("7", 7)),
        (f"{DATAFLOW} 42", JobRef(DATAFLOW, 42)),
        (DATAFLOW, Dataflow(DATAFLOW)),
        ("orders 42 nightly", Name("orders 42 nightly")),
        ("nightly orders 42", Name("nightly orders 42")),
        ("orders/42 nightly", Name("orders/42 nightly")),
        ("orders/lake/42", Name("orders/lake/42")),
        ("orders 0", Name("orders 0")),
        ("orders -42", Name("orders -42")),
        (f"orders {'9' * 19}", Name(f"orders {'9' * 19}")),
        (f"orders {DATAFLOW}", Name(f"orders {DATAFLOW}")),
        (f"x{DATAFLOW}", Name(f"x{DATAFLOW}")),
        ("orders.v2 42", Name("orders.v2 42")),
        ("“orders” ", Name("orders")),
        ('"5"-pipes to lake"', Name('5"-pipes to lake')),
        ("<orders>", Name("orders")),
        ("<http://orders.io|orders.io>", Name("orders.io")),
        ("“the <http://orders.io|orders.io> job”", Name("the orders.io job")),
        ("“orders <#C0LAKE|lake>”", Name("orders #lake")),
        ("“orders <@U0ADA|ada>”", Name("orders @ada")),
        ("“a &lt;b&gt; &amp;amp; c”", Name("a <b> &amp; c")),
        ("“ orders   to\u200b lake ”", Name("orders to lake")),
    ],
)
def test_what_is_an_id_and_what_is_a_name(typed: str, ref: Ref) -> None:
    """An ID-like word and a whole number, and nothing else, are a run; a UUID is a dataflow; all else is a name."""
    assert parse_ref(typed) == ref
    assert parse(f"status {typed}") == ShowStatus(ref)


_FOR_WATCH = [
    # typed after "watch", the name, to whom, on what
    ("copy on call on errors", "copy on call", None, "errors"),
    ("copy on errors to lake on errors", "copy on errors to lake", None, "errors"),
    ("orders to lake to me", "orders to lake", ME, None),
    ("to-do to me", "to-do", ME, None),
    ("orders to me", "orders", ME, None),
    ("orders to me and you", "orders to me and you", None, None),
    ("orders to lake to me on errors", "orders to lake", ME, "errors"),
    ("turned on errors on stopped", "turned", None, "Running with Error, Stopped"),
    ("until noon", "until noon", None, None),
    ("orders 30m", "orders 30m", None, None),
]


@pytest.mark.parametrize(("typed", "name", "to", "on"), _FOR_WATCH)
def test_a_name_ends_where_the_first_clause_begins(typed: str, name: str, to: str | None, on: str | None) -> None:
    """A name may contain “to” and “on” if no status, person or channel follows them."""
    assert parse(f"watch {typed}") == Watch(Name(name), to, None if on is None else StatusFilter.read(on))


@pytest.mark.parametrize("keyword", ["status", "history"])
def test_status_and_history_take_every_word(keyword: str) -> None:
    """What would be a clause elsewhere is part of the name where no clause can follow."""
    for typed in ("orders to me", "on errors", "lag 2h", "orders to"):
        read = parse(f"{keyword} {typed}")
        assert isinstance(read, ShowStatus | History)
        assert read.ref == Name(typed)


def test_quotes_around_part_of_a_name_are_an_error() -> None:
    """It can't be known whether the quotes belong to the name; the example shows how to quote all of it."""
    read = parse("status the “big” orders")
    assert isinstance(read, GrammarError)
    assert read.example == 'status "the big orders"'


_PIECES = [
    *(
        "orders",
        "to",
        "me",
        "on",
        "errors",
        "all",
        "*",
        "42",
        DATAFLOW,
        "30m",
        "until",
        "ａｌｌ",
        "３０m",
        "#lake",
        "'",
        '"',
        "“a”",
        "`b`",
    ),
    *("«", "c»", "'d'", '"e"', "<http://x.io|x.io>", "<#C0LAKE|lake>", "&lt;", "&#34;", "&amp;", "‹f›"),
]
VISIBLE = st.characters(exclude_categories=("C", "Z")).filter(lambda each: not INVISIBLE.fullmatch(each))
_NAMES = st.one_of(
    st.text(VISIBLE, min_size=1, max_size=40),
    st.lists(st.one_of(st.sampled_from(_PIECES), st.text(VISIBLE, min_size=1)), min_size=1, max_size=6).map(" ".join),
)


def is_no_uuid(text: str) -> bool:
    """Whether a text can be a name: a UUID is never one, however it is quoted."""
    return not is_id(Token(text.partition("/")[0]))


@given(_NAMES.filter(is_no_uuid))
@example("a \"b\" “c” 'd' ‘e’ `f` «g» ‹h›")
@example("<http://x.io|x.io>")
@example("a &#34; b")
def test_a_written_name_can_be_read(text: str) -> None:
    """What the bot writes for a name it reads as the same name, with every clause."""
    for line, command in about(Name(text), str(Name(text))):
        assert parse(line) == command, line
    assert parse_ref(str(Name(text))) == Name(text)


@given(st.text(max_size=60))
def test_any_read_job_can_be_written_and_read_again(text: str) -> None:
    """Whatever was typed for a job can be written on a button."""
    ref = parse_ref(text)
    if not isinstance(ref, GrammarError):
        assert parse_ref(str(ref)) == ref


def test_the_dashes_of_an_id_may_be_any() -> None:
    """A keyboard that makes dashes of hyphens spoils no ID: not a UUID, alone or in an address, nor a short one."""
    for dash in "‐‑–—−":
        uuid = DATAFLOW.replace("-", dash)
        for typed, ref in (
            (uuid, Dataflow(DATAFLOW)),
            (f"“{uuid}” 42", JobRef(DATAFLOW, 42)),
            (f"{uuid}/42", JobRef(DATAFLOW, 42)),
            (f"https://x.example/{uuid}/42", JobRef(DATAFLOW, 42)),
            (f"orders{dash}eu 42", JobRef("orders-eu", 42)),
        ):
            assert parse(f"status {typed}") == ShowStatus(ref), typed


def test_a_name_that_cannot_be_seen_is_a_name() -> None:
    """Between quotes, characters that can't be seen are a name, written as it is shown; elsewhere they don't matter."""
    assert parse("status “\u3164\u3164”") == ShowStatus(Name("▯"))
    assert parse("status ▯▯") == ShowStatus(Name("▯▯"))
    assert parse("status \u2060orders\U000e0041\u3164") == ShowStatus(Name("orders"))
