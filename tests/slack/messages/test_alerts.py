"""What digests promise beyond their words, which `test_voice` shows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.destination import Destination
from bot.domain.incident import Acknowledgement, Incident
from bot.domain.job import Status
from bot.domain.notification.digest import Digest, DigestItem, ListPart, Path
from bot.domain.notification.jobs import JobAvailableAgain, JobUnavailable
from bot.domain.notification.service import LastStatus, Outage, OutageEnded, Paused, Resumed
from bot.slack.grammar.presses import ResumeAlerts, value_of
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.alerts.incident import incident_message
from bot.slack.messages.blocks import Message
from tests.cast import BEN, CLICKS, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, UP, WARNING, WORKSPACE, change
from tests.slack.messages.reading import buttons, parts, shown

ICONS = {UP: "✅", WARNING: "⚠️", ERROR: "❌"}


def alert(*items: DigestItem) -> Message:
    return digest_message(Digest(items, (1,)))


def path(*statuses: Status, title: str = "orders", number: int = 42559) -> Path:
    last = replace(change(statuses[-2], statuses[-1]), title=title, ref=replace(ORDERS, run=number))
    return Path(statuses, last)


def lines(message: Message) -> Sequence[str]:
    return shown(message).split("\n")


def listed(*items: Path) -> Message:
    return digest_message(Digest((ListPart(items, 1, len(items)),), (1,)))


def test_one_change_is_one_line() -> None:
    """Up to five jobs have a line each, and of more the worst five have; in the list each has one."""
    for count in (2, 3, 5, 6, 40):
        items = [path(UP, ERROR, title=f"job-{n:02}", number=n) for n in range(1, count + 1)]
        body = shown(alert(*items))
        assert [body.count(f"job-{n:02}") for n in range(1, count + 1)] == [1] * min(count, 5) + [0] * (count - 5)
        assert len(body.split("\n")) == (count if count <= 5 else 6)
        assert [shown(listed(*items)).count(f"job-{n:02}") for n in range(1, count + 1)] == [1] * count


def test_each_of_many_can_be_acknowledged() -> None:
    """Once those in the menu are taken care of, it offers the next ones."""
    opening = replace(change(UP, ERROR), title="free")
    free = Incident(1, Destination(WORKSPACE, OPS), ORDERS, opening, ERROR, NOON, NOON)
    taken = replace(free, acknowledged=Acknowledgement(BEN, NOON))
    blocks = incident_message([*[taken] * 10, *[free] * 12], NOON).blocks
    menus = str([each for each in parts(blocks) if "options" in each])
    assert menus.count("'acknowledge {") == 10


def test_the_same_cause_is_said_once() -> None:
    """Jobs that can't be checked for the same reason share a line, and so do jobs that can be checked again."""
    lost = [JobUnavailable(replace(ORDERS, run=n), f"job{n}", UP, "HTTP 500", NOON) for n in range(1, 13)]
    found = [JobAvailableAgain(replace(ORDERS, run=n), f"job{n}", UP, NOON, NOON) for n in range(1, 4)]
    for items in (lost[:4], lost, [*lost, *found]):
        assert shown(alert(*items)).count("HTTP 500") == 1, len(items)
        assert alert(*items).text.count("HTTP 500") == 1
    assert len(lines(alert(*lost[:2], *found))) == 2


def test_times_are_in_the_readers_zone() -> None:
    """The time of a change is written for Slack, which shows it in each reader's own zone."""
    (date,) = [part for part in parts(list(alert(path(UP, ERROR)).blocks)) if part.get("type") == "mrkdwn"]
    assert f"since <!date^{int(NOON.timestamp())}^" in str(date["text"])


def test_numbers_stay_with_their_units() -> None:
    """No line breaks between a number and its unit, nor within a duration."""
    assert "3\u00a0h\u00a012\u00a0min" in alert(path(UP, ERROR)).text


def test_a_headline_stays_one_line() -> None:
    """However many statuses the service invents, five are counted by name and the others together."""
    odd = [path(UP, Status.of(f"odd{n}"), number=n) for n in range(1, 9)]
    assert lines(alert(*odd))[0].endswith(" · ❔ 1 odd5 · 3 others")


def test_group_headers_are_bold() -> None:
    """A group in a list is found at a glance."""
    texts = [part for part in parts(list(listed(*[path(UP, ERROR)] * 4).blocks)) if part.get("type") == "text"]
    bold = [text["text"] for text in texts if text.get("style") == {"bold": True}]
    assert bold == ["❌\u00a0Running with Error (4)", *["orders"] * 4]


def test_a_line_is_short() -> None:
    """A line of a list has about 150 characters at most, with the longest name and the longest known status."""
    worst = [path(WARNING, ERROR, title="x" * 1_000), path(*[WARNING, ERROR] * 50, title="x" * 1_000)]
    assert max(map(len, lines(listed(*worst, *worst)))) <= 150


def test_the_end_of_an_outage_claims_no_more_than_is_known() -> None:
    """It says that nothing changed only if no change is known and nothing follows."""
    ended = OutageEnded(NOON - 12 * MINUTE, NOON)
    quiet = "no changes so far"
    assert quiet in shown(alert(ended))
    assert quiet in shown(alert(ended, JobAvailableAgain(CLICKS, "clicks", UP, NOON - HOUR, NOON)))
    assert quiet not in shown(alert(ended, path(UP, ERROR)))
    assert quiet not in shown(alert(Resumed(3, NOON - HOUR)))


def test_an_outage_names_the_worst_jobs_only() -> None:
    """Six jobs are named, the others counted."""
    jobs = (LastStatus("orders", ERROR), LastStatus("clicks", UP)) * 10
    line = lines(alert(Outage("it is busy", NOON, 31, jobs)))[1]
    assert (line.count("orders"), line.count("clicks")) == (3, 3)
    assert ", and 25 more. I'll post" in line


def test_several_notices_share_a_headline() -> None:
    """Each is in the headline, and each one's details follow its own line."""
    outage, paused = Outage("it is busy", NOON, 2, ()), Paused(OPS, "is_archived", 1, ("orders",))
    first, *rest = lines(alert(outage, paused))
    summaries = [lines(alert(outage))[0], lines(alert(paused))[0]]
    assert first == " · ".join(summaries)
    assert [line for line in rest if line in summaries] == summaries


def test_each_paused_channel_has_its_own_button() -> None:
    """The button below a channel's line resumes that channel."""
    message = alert(Paused("C1", "is_archived", 1, ("orders",)), Paused("C2", "not_in_channel", 2, ("a", "b")))
    assert [block["type"] for block in message.blocks] == ["rich_text", "actions"] * 2 + ["rich_text"]
    assert buttons(message) == [("Resume alerts", value_of(ResumeAlerts(id))) for id in ("C1", "C2")]


@given(st.lists(st.sampled_from([UP, WARNING, ERROR]), min_size=2, max_size=40), st.timedeltas())
def test_every_path_ends_with_the_present_status(statuses: list[Status], lasted: timedelta) -> None:
    """However long a path is and however odd its times, its headline and its last step agree."""
    last = change(statuses[-2], statuses[-1])
    last = replace(last, old_since=NOON - max(min(lasted, timedelta(days=99)), timedelta(days=-99)))
    message = alert(Path(tuple(statuses), last))
    headline, second = lines(message)[:2]
    assert headline.startswith(f"{ICONS[statuses[-1]]} orders is {statuses[-1].words}")
    assert len(statuses) == 2 or second.endswith(f"→ {ICONS[statuses[-1]]} {statuses[-1].words}")
