"""`owner …` and `runbook …`, wherever they stand after the job."""

from typing import get_args

from bot.domain.status_filter import ERRORS, StatusFilter
from bot.domain.subscription import NONE, Contact
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import Command, OpenWatch, Watch, WatchAll
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.grammar.presses import action_of, read_press, value_of
from bot.slack.grammar.references import Name

WIKI = "https://wiki.example.com/orders?a=1&b=2"
ORDERS, ERRORS_ONLY = Name("orders"), StatusFilter(ERRORS)


def test_the_clauses_stand_anywhere() -> None:
    """An owner is mentioned as Slack writes it; the order of the clauses doesn't matter."""
    both = Contact("U0BEN", WIKI)
    url = f"<{WIKI.replace('&', '&amp;')}>"
    for line in (
        f"orders on errors owner <@U0BEN|ben> runbook {url} to me",
        f"orders owner <@U0BEN|ben m> to me runbook {url} on errors",
        f"orders RUNBOOK {url} Owner <@U0BEN> on errors to me",
    ):
        assert parse(f"watch {line}") == Watch(ORDERS, ME, ERRORS_ONLY, both), line
    assert parse(f"watch all owner <!subteam^S0TEAM|@team> runbook {WIKI}") == WatchAll(contact=Contact("S0TEAM", WIKI))
    assert parse("watch orders-* owner me") == WatchAll("orders-*", contact=Contact(ME))
    assert parse("watch owner <@U0BEN> on errors") == OpenWatch(None, ERRORS_ONLY, Contact("U0BEN"))
    assert parse("watch orders owner none runbook none") == Watch(ORDERS, contact=Contact(NONE, NONE))


def test_a_name_may_contain_the_words() -> None:
    """“owner” and “runbook” are parts of a name unless a value follows."""
    for name in ("product owner", "owner of orders", "runbook sync", "orders owner 7", "runbook"):
        assert parse(f"watch {name}") == Watch(Name(name)), name
    assert parse('watch "orders owner none"') == Watch(Name("orders owner none"))
    assert parse("status owner me") != parse("status owner")


def test_a_wrong_value_is_explained() -> None:
    """What can't be an owner or a runbook is an error, with a line that keeps the rest of the command."""
    for clause, problem in {
        "owner @ben": "“@ben” can't be an owner.",
        "owner <!here>": "“@here” can't be an owner.",
        "owner #lake": "“#lake” can't be an owner.",
        "owner <#C0LAKE|lake>": "“#lake” can't be an owner.",
        "owner me owner <@U0BEN>": "“owner” appears twice.",
        "runbook wiki.example.com/x": "I can't link to “wiki.example.com/x”.",
        "runbook <http://wiki.example.com/x|wiki.example.com/x>": "I can't link to “wiki.example.com/x”.",
        "runbook ftp://x/y": "I can't link to “ftp://x/y”.",
        "runbook https://ann:pw@x/y": "I can't link to “https://ann:pw@x/y”.",
        f"runbook https://x/{'a' * 600}": "I can't link to",
    }.items():
        for job in ("orders", "all", ""):
            error = parse(f"watch {job} on errors {clause}")
            assert isinstance(error, GrammarError), (clause, error)
            assert error.problem.startswith(problem), clause
            meant = parse(error.example)
            assert isinstance(meant, get_args(Command)), error.example
            assert getattr(meant, "status_filter", None) == ERRORS_ONLY


def test_an_error_elsewhere_keeps_the_clauses() -> None:
    """The line that corrects a filter still has the owner and the runbook."""
    error = parse(f"watch orders on erors owner <@U0BEN> runbook {WIKI}")
    assert isinstance(error, GrammarError)
    assert parse(error.example) == Watch(ORDERS, None, ERRORS_ONLY, Contact("U0BEN", WIKI))


def test_a_button_carries_them() -> None:
    """A button's value has the contact, and one that nobody could have typed is refused; older values have none."""
    for press in (Watch(ORDERS, contact=Contact("U0BEN", WIKI)), WatchAll("a*", contact=Contact(NONE, NONE))):
        assert read_press(action_of(press), value_of(press), is_ephemeral=False) == press
    for contact in (Contact("C0LAKE"), Contact("<!here>"), Contact(None, "javascript:alert(1)")):
        press = Watch(ORDERS, contact=contact)
        assert read_press(action_of(press), value_of(press), is_ephemeral=False) is None
    assert read_press("watch_job", '{"ref":{"text":"orders"}}', is_ephemeral=False) == Watch(ORDERS)
