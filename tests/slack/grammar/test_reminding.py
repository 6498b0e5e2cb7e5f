"""`remind …` and `tell …`, wherever they stand after the job."""

from datetime import timedelta
from typing import get_args

from bot.domain.reminding import NO_ESCALATION, NO_REMINDERS, Escalation, Failing, Reminders, Reminding
from bot.domain.status_filter import ERRORS, StatusFilter
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import Command, OpenWatch, Watch, WatchAll
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.grammar.presses import action_of, read_press, value_of
from bot.slack.grammar.references import Name
from tests.cast import HOUR, MINUTE

ORDERS, ERRORS_ONLY = Name("orders"), StatusFilter(ERRORS)
HALF_HOURLY = Reminders(30 * MINUTE)
BEN = Escalation("U0BEN", 15 * MINUTE)


def test_how_often_to_remind() -> None:
    """A rhythm is read as people say it; without a condition it counts while there are errors."""
    for said, reminders in {
        "remind every 30m while error": HALF_HOURLY,
        "Remind every 30 min": HALF_HOURLY,
        "reminder every half an hour while it has errors": HALF_HOURLY,
        "remind me every 30 minutes if there's an error": HALF_HOURLY,
        "remind 30m": HALF_HOURLY,
        "remind every hour while problem": Reminders(HOUR, Failing.PROBLEM),
        "reminders each 1 hour and 30 min when problems": Reminders(90 * MINUTE, Failing.PROBLEM),
        "remind off": NO_REMINDERS,
        "remind none": NO_REMINDERS,
    }.items():
        assert parse(f"watch orders {said}") == Watch(ORDERS, reminding=Reminding(reminders)), said


def test_whom_to_tell() -> None:
    """A person, a group or "me", and after how long, in either order."""
    for said, escalation in {
        "tell <@U0BEN|ben> if error for 15m": BEN,
        "tell <@U0BEN> after 15 min": BEN,
        "tell <@U0BEN> for 15m if errors": BEN,
        "escalate to <@U0BEN> after 15m": BEN,
        "tell <!subteam^S0TEAM|@team> if problem for 2 hours": Escalation("S0TEAM", 2 * HOUR, Failing.PROBLEM),
        "tell me if failing for an hour": Escalation(ME, HOUR),
        "tell off": NO_ESCALATION,
        "tell nobody": NO_ESCALATION,
    }.items():
        assert parse(f"watch orders {said}") == Watch(ORDERS, reminding=Reminding(None, escalation)), said


def test_the_clauses_stand_anywhere() -> None:
    """The order of the clauses doesn't matter, with many jobs and in the form neither."""
    both = Reminding(HALF_HOURLY, BEN)
    remind, tell = "remind every 30m while error", "tell <@U0BEN> if error for 15m"
    for line in (
        f"on errors {remind} {tell} to me",
        f"{tell} to me {remind} on errors",
        f"{remind} on errors {tell} to me",
    ):
        assert parse(f"watch orders {line}") == Watch(ORDERS, ME, ERRORS_ONLY, reminding=both), line
    assert parse(f"watch all {remind} {tell}") == WatchAll(reminding=both)
    assert parse(f"watch {tell} on errors {remind}") == OpenWatch(None, ERRORS_ONLY, reminding=both)


def test_a_name_may_contain_the_words() -> None:
    """“remind” and “tell” are parts of a name unless a clause follows."""
    for name in (
        "remind every customer",
        "tell tale",
        "remind",
        "orders tell",
        "reminders of 30",
        "story to tell me-too",
    ):
        assert parse(f"watch {name}") == Watch(Name(name)), name
    assert parse('watch "remind off"') == Watch(Name("remind off"))


def test_a_wrong_clause_is_explained() -> None:
    """What can't be meant is an error, with a line that keeps the rest of the command."""
    for clause, problem in {
        "remind every": "“remind every” needs a length of time.",
        "remind every 30x": "“30x” isn't a length of time.",
        "remind every 4m": "“4m” is too short.",
        "remind every 2d": "“48h” is too long.",
        "remind every 30m while stopped": "“stopped” is neither “error” nor “problem”.",
        "remind every 30m while": "The condition is missing.",
        "remind every 30m remind every 1h": "“remind” appears twice.",
        "tell <@U0BEN> if error": "“tell” needs a length of time.",
        "tell <@U0BEN> for 15": "“15” isn't a length of time.",
        "tell <@U0BEN> if warning for 15m": "“warning” is neither",
        "tell <@U0BEN> if error for 2d": "“48h” is too long.",
        "tell @ben if error for 15m": "I can't escalate to “@ben”.",
        "tell <!here> if error for 15m": "I can't escalate to “@here”.",
        "tell #lake after 5m": "I can't escalate to “#lake”.",
        "tell me after 5m tell <@U0BEN> after 15m": "“tell” appears twice.",
    }.items():
        for job in ("orders", "all", ""):
            error = parse(f"watch {job} on errors {clause}")
            assert isinstance(error, GrammarError), (clause, error)
            assert error.problem.startswith(problem), (clause, error.problem)
            meant = parse(error.example)
            assert isinstance(meant, get_args(Command)), error.example
            assert getattr(meant, "status_filter", None) == ERRORS_ONLY


def test_an_error_elsewhere_keeps_the_clauses() -> None:
    """The line that corrects a filter or an owner still has them."""
    remind = "remind every 30m tell <@U0BEN> after 15m"
    for wrong, line in ((f"on erors {remind}", "on errors"), (f"on errors owner @ben {remind}", "on errors owner me")):
        error = parse(f"watch orders {wrong}")
        assert isinstance(error, GrammarError)
        assert parse(error.example) == parse(f"watch orders {line} {remind}")


def test_a_button_carries_them() -> None:
    """A button's value has them, and what nobody could have typed is refused; older values have none."""
    for press in (
        Watch(ORDERS, reminding=Reminding(HALF_HOURLY, BEN)),
        WatchAll("a*", reminding=Reminding(NO_REMINDERS, NO_ESCALATION)),
    ):
        assert read_press(action_of(press), value_of(press), is_ephemeral=False) == press
    for reminding in (
        Reminding(Reminders(timedelta(seconds=1))),
        Reminding(Reminders(timedelta(days=9))),
        Reminding(None, Escalation("C0LAKE", HOUR)),
        Reminding(None, Escalation("<!here>", HOUR)),
        Reminding(None, Escalation("U0BEN", timedelta(days=-1))),
    ):
        press = Watch(ORDERS, reminding=reminding)
        assert read_press(action_of(press), value_of(press), is_ephemeral=False) is None, reminding
    assert read_press("watch_job", '{"ref":{"text":"orders"}}', is_ephemeral=False) == Watch(ORDERS)
