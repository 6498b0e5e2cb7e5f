"""Whatever comes from outside: Slack accepts every message, and parses nothing in it that the bot didn't write."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC
from functools import lru_cache
from typing import get_args, get_origin

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.slack.block_kit.validation import checked
from bot.domain.destination import Destination
from bot.domain.history.lookback import Lookback
from bot.domain.history.recorded import History, Recorded
from bot.domain.history.timeline import Timeline
from bot.domain.incident import Acknowledgement, Circumstances, Incident
from bot.domain.job import Dataflow, Job, JobLink, JobRef, Status
from bot.domain.job_search import NamedJob
from bot.domain.notification.confirmations import Deed, JobConfirmation, JobThen, PatternConfirmation
from bot.domain.notification.digest import Digest, DigestItem, ListPart, Path
from bot.domain.notification.jobs import (
    JobAdded,
    JobAvailableAgain,
    JobNotification,
    JobRemoved,
    JobUnavailable,
    StillFailing,
)
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.notification.service import LastStatus, LoginRefused, Outage, OutageEnded, Paused, Resumed
from bot.domain.pattern import Kept, Pattern, TooManyPatterns
from bot.domain.reminding import Escalation, Failing, Reminders, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import LONGEST_RUNBOOK, Contact, Subscription
from bot.domain.throughput import Statistics, Throughput
from bot.domain.tracked_job import JobsPage, TrackedJob
from bot.slack.grammar.commands import Acknowledge, ShowStatus, Watch, WatchAll
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.grammar.presses import value_of
from bot.slack.grammar.references import Name
from bot.slack.messages import (
    confirmations,
    failures,
    help,
    look_up,
    muting,
    patterns,
    pickers,
    watch_list,
)
from bot.slack.messages.alerts import acknowledging, threads
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.messages.alerts.incident import incident_message
from bot.slack.messages.blocks import Line, Message
from bot.slack.messages.history import report
from bot.slack.messages.look_up import Surroundings
from bot.slack.messages.modals import all_jobs, job_choice, job_details
from bot.slack.messages.modals import look_up as look_up_modal
from bot.slack.messages.modals.all_jobs import Shown
from bot.slack.messages.modals.look_up import Chosen
from bot.slack.messages.reminding import refusals
from tests.cast import ANN, BEN, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, UP, WORKSPACE, change
from tests.slack.messages import digests as scheduled_digests
from tests.slack.messages import silences
from tests.slack.messages.reading import HOSTILE, assert_acceptable, assert_never_parsed, buttons, page_of, shown
from tests.slack.messages.views import ALL_VIEWS

MOST = 60  # items in a part of a list
LONGEST_RUN = 10**18 - 1
CONTACT = Contact("S0ONCALL", f"https://wiki.example.com/?a=1&b={'x' * 500}"[:LONGEST_RUNBOOK])

REMINDING = Reminding(Reminders(90 * MINUTE, Failing.PROBLEM), Escalation("S0ONCALL", 95 * MINUTE, Failing.PROBLEM))

# ── the domain, with one text in every place that text from outside can reach ───────────────────────────────────────


def run(number: int) -> JobRef:
    return JobRef(ORDERS.dataflow, number)


def path(*statuses: Status, text: str, number: int) -> Path:
    last = replace(change(statuses[-2], statuses[-1], ref=run(number)), title=text, version=text, started_by=text)
    redeployed = replace(last, old_run=LONGEST_RUN, old_version=f"{text}!")
    contact = replace(CONTACT, owner=f"S0{number}")
    return Path(statuses, replace(last, ends=True), redeployed, contact)


def status(text: str, number: int = 0) -> Status:
    return Status.of(f"{text}{number or ''}")


@lru_cache(len(HOSTILE))
def statuses(text: str) -> StatusFilter:
    return StatusFilter.of([Status.of(f"{number}{text}") for number in range(200)])


def tracked(text: str) -> TrackedJob:
    return TrackedJob(1, WORKSPACE, ORDERS, text, Status.of(text), NOON, NOON, failure=text)


def subscription(text: str) -> Subscription:
    return Subscription(
        1,
        Destination(WORKSPACE, OPS),
        replace(tracked(text), ref=JobRef("x" * 64, LONGEST_RUN)),
        ANN,
        statuses(text),
        UP,
        muted_until=NOON,
        muted_by=BEN,
        paused_because=text,
        paused_at=NOON,
        given_up_because=text,
        given_up_at=NOON,
        contact=CONTACT,
        reminding=REMINDING,
    )


def pattern(text: str, *, paused: bool = False) -> Pattern:
    here = Destination(WORKSPACE, OPS)
    return Pattern(
        1,
        here,
        text,
        ANN,
        statuses(text),
        12,
        paused_because=text if paused else None,
        failure=text,
        contact=CONTACT,
        reminding=REMINDING,
    )


def full_job(text: str) -> Job:
    agent_group = {"agentGroupId": text}
    return Job(
        ORDERS, Status.of(text), text, None, None, None, NOON, None, agent_group, None, text, text, text, text, text
    )


MOVED = Throughput(
    Statistics(42559, 10**15, 10**15, 10**18, 10**18, NOON - HOUR, None, NOON),
    Statistics(42559, 1, 1, 1, 1, NOON - HOUR, None, NOON - HOUR),
)


def surroundings(text: str) -> list[Surroundings]:
    link = JobLink("https://x.test/{dataflow}")
    return [Surroundings(is_direct, subscription(text), True, link) for is_direct in (True, False)]


def history(text: str) -> History:
    moved = replace(change(Status.of(text), Status.of(f"{text}!")), title=text, version=text, started_by=text)
    return History(tracked(text), Recorded([moved] * 40, 10**6, last=moved), NOON - 30 * 24 * HOUR)


def timeline_of(found: History) -> Timeline:
    line = found.timeline(NOON - Lookback.WEEK.length, NOON)
    assert line is not None
    return line


def named_jobs(text: str, count: int) -> list[NamedJob]:
    return [NamedJob(f"d{number}", text, Status.of(text) if number % 2 else None) for number in range(count)]


def grammar_error(text: str) -> GrammarError:
    error = parse(f"list {text[:900]} x y z")
    assert isinstance(error, GrammarError)
    return error


def job_confirmation(text: str, number: int) -> JobConfirmation:
    deed, failure = [*Deed][number % len(Deed)], text if number % 2 else None
    return JobConfirmation(
        deed, run(number), text, status(text), ANN, NOON, failure=failure, status_filter=statuses(text), until=NOON
    )


JOB_ITEMS: dict[str, Callable[[str, int], DigestItem]] = {
    "a change": lambda t, n: path(status(t, 1), status(t, 2), text=t, number=n),
    "changes to many statuses": lambda t, n: path(UP, status(t, n), text=t, number=n),
    "a path": lambda t, n: path(*[ERROR, UP] * 9, status(t), text=t, number=n),
    "unavailable": lambda t, n: JobUnavailable(run(n), t, status(t), t, NOON),
    "available again": lambda t, n: JobAvailableAgain(run(n), t, status(t), NOON - 25 * HOUR, NOON),
    "still failing": lambda t, n: StillFailing(run(n), t, status(t), NOON, NOON - 25 * HOUR, BEN, NOON),
    "a reminder": lambda t, n: Reminder(
        run(n), t, status(t), NOON, NOON - HOUR, NOON + 25 * HOUR, version=t, contact=replace(CONTACT, owner=f"S0{n}")
    ),
    "an escalation": lambda t, n: Escalated(
        run(n), t, status(t), NOON, NOON - HOUR, NOON + 25 * HOUR, f"S0{n}", version=t, contact=CONTACT
    ),
    "an escalation of a person's watch": lambda t, n: Escalated(
        run(n), t, status(t), NOON, NOON, NOON + 25 * HOUR, BEN, version=t, watched_by=ANN, contact=CONTACT
    ),
    "an escalation that reached nobody": lambda t, n: Escalated(
        run(n), t, status(t), NOON, NOON - HOUR, NOON + 25 * HOUR, BEN, version=t, contact=CONTACT, unreached=t
    ),
    "added": lambda t, n: JobAdded(run(n), t, status(t), NOON),
    "removed": lambda t, n: JobRemoved(run(n), t, status(t), NOON),
}
ITEMS = JOB_ITEMS | {
    "an outage": lambda t, n: Outage(t, NOON, n, (LastStatus(t, status(t)),) * 60),
    "its end": lambda t, n: OutageEnded(NOON - HOUR, NOON),
    "a refused log-in": lambda t, n: LoginRefused(t, t, NOON),
    "a pause": lambda t, n: Paused(f"C{n}", t, n, (t,) * 60),
    "the end of a pause": lambda t, n: Resumed(n, NOON),
    **silences.ITEMS,
    "a person's deed": lambda t, n: job_confirmation(t, n),
    "a person's deed about many jobs": lambda t, n: PatternConfirmation(
        [*Deed][n % 4], t, ANN, NOON, status_filter=statuses(t), jobs=12, worst=(JobThen(t, status(t), t),) * 60
    ),
}


@lru_cache(len(HOSTILE))
def digests(text: str) -> list[Message]:
    """Digests of one to sixty notifications of each kind, and lists of them."""
    made = []
    for item in ITEMS.values():
        for count in (1, 2, 5, MOST):
            items = tuple(item(text, LONGEST_RUN - number) for number in range(count))
            made.append(digest_message(Digest(items, (1,))))
    for item in JOB_ITEMS.values():
        made.append(listed([item(text, LONGEST_RUN - number) for number in range(MOST)]))
    return made


def listed(items: Sequence[DigestItem]) -> Message:
    """A part of a list."""
    jobs = tuple(item for item in items if isinstance(item, Path | JobNotification))
    return digest_message(Digest((ListPart(jobs, 1, len(jobs), "1.2"),), (1,)))


def incidents(text: str) -> list[list[Incident]]:
    """One incident, and several in one message, at each point of their lives."""
    opening = path(status(text, 1), status(text, 2), text=text, number=LONGEST_RUN).last
    begun = Incident(1, Destination(WORKSPACE, OPS), Dataflow(ORDERS.dataflow), opening, opening.new, NOON, NOON)
    found = Circumstances(NOON, 10.0**15, 0.0, 10.0**15, 0.1, ((text, text),) * 60)
    taken = replace(begun, acknowledged=Acknowledgement(BEN, NOON), circumstances=found)
    muted = replace(taken, muted_until=NOON + HOUR, muted_by=ANN)
    lives = [begun, taken, muted, replace(muted, muted_until_change=True), replace(taken, status=UP, closed_at=NOON)]
    told = replace(begun, reminding=REMINDING, is_reminded=True)
    lives += [told, replace(told, escalated_at=NOON)]
    unwatched = replace(taken, closed_at=NOON + HOUR)
    return [*([one] for one in (*lives, unwatched)), [*lives, unwatched], lives * 40]


VIEWS: dict[Callable[..., Message], Callable[[str], list[Message]]] = {
    digest_message: digests,
    **scheduled_digests.VIEWS,
    **silences.VIEWS,
    incident_message: lambda t: [incident_message(shown, NOON) for shown in incidents(t)],
    acknowledging.acknowledged: lambda t: [acknowledging.acknowledged(one, by=ANN) for (one, *_) in incidents(t)],
    acknowledging.already_acknowledged: lambda t: [
        acknowledging.already_acknowledged(one, Acknowledgement(BEN, NOON)) for (one, *_) in incidents(t)
    ],
    acknowledging.is_over: lambda t: [acknowledging.is_over(one) for (one, *_) in incidents(t)],
    acknowledging.nothing_to_acknowledge: lambda t: [
        acknowledging.nothing_to_acknowledge(ref, command="/job") for ref in (JobRef(t, 1), Name(t))
    ],
    acknowledging.with_note: lambda t: [
        acknowledging.with_note(
            alert.text, alert.blocks, Acknowledge(ORDERS, NOON), incidents(t)[0][0], by=BEN, at=NOON
        )
        for alert in digests(t)
        if len(alert.blocks) < 20
    ],
    threads.chosen: lambda _: [threads.chosen(on=True, by=ANN, to_person=to_person) for to_person in (True, False)],
    threads.present: lambda _: [threads.present(on=on, to_person=False, command="/job") for on in (True, False)],
    look_up.job_card: lambda t: [
        look_up.job_card(full_job(t), JobRef(t, 1), around, now=NOON, throughput=MOVED) for around in surroundings(t)
    ],
    look_up.shared_job_card: lambda t: [
        look_up.shared_job_card(full_job(t), ORDERS, around, ANN, now=NOON + HOUR) for around in surroundings(t)
    ],
    look_up.unfurled_job: lambda t: [look_up.unfurled_job(full_job(t), JobRef(t, 1), now=NOON)],
    look_up_modal.cannot_open: lambda t: [look_up_modal.cannot_open(t)],
    look_up.cannot_check: lambda t: [look_up.cannot_check(JobRef(t, 1), "the jobs service is busy", "Try again.")],
    all_jobs.cannot_open: lambda t: [all_jobs.cannot_open(t)],
    all_jobs.not_kept: lambda t: [all_jobs.not_kept()],
    job_details.cannot_open: lambda t: [job_details.cannot_open(t)],
    confirmations.now_watching: lambda t: [
        confirmations.now_watching(
            tracked(t), statuses(t), by=ANN, to_person=to_person, contact=CONTACT, reminding=REMINDING
        )
        for to_person in (True, False)
    ],
    confirmations.watching_by_message: lambda t: [confirmations.watching_by_message(tracked(t), statuses(t))],
    confirmations.watching_elsewhere: lambda t: [confirmations.watching_elsewhere(tracked(t), statuses(t), OPS)],
    confirmations.already_watching: lambda t: [
        confirmations.already_watching(tracked(t), statuses(t), to_person=False, contact=CONTACT)
    ],
    confirmations.watching_differently: lambda t: [
        confirmations.watching_differently(tracked(t), statuses(t), by=ANN, to_person=to_person, contact=CONTACT)
        for to_person in (True, False)
    ],
    confirmations.confirmed_later: lambda t: [confirmations.confirmed_later(t, t)],
    confirmations.no_longer_watching: lambda t: [
        confirmations.no_longer_watching(tracked(t), by=ANN, to_person=to_person) for to_person in (True, False)
    ],
    confirmations.stop_watching: lambda t: [confirmations.stop_watching(tracked(t), to_person=True)],
    confirmations.was_not_watching: lambda t: [
        confirmations.was_not_watching(JobRef(t, 1), to_person=True, command="/job")
    ],
    confirmations.use_command_there: lambda t: [confirmations.use_command_there(OPS)],
    confirmations.only_public_from_elsewhere: lambda t: [confirmations.only_public_from_elsewhere(OPS)],
    confirmations.only_for_your_channels: lambda t: [confirmations.only_for_your_channels(OPS)],
    confirmations.too_many_members: lambda t: [confirmations.too_many_members(OPS)],
    confirmations.groups_are_for_members: lambda t: [confirmations.groups_are_for_members()],
    confirmations.cannot_check_member: lambda t: [confirmations.cannot_check_member(t)],
    confirmations.cannot_check_channel: lambda t: [confirmations.cannot_check_channel(OPS, t)],
    refusals.not_myself: lambda t: [refusals.not_myself()],
    refusals.not_a_member: lambda t: [refusals.not_a_member(BEN)],
    refusals.not_an_app: lambda t: [refusals.not_an_app(BEN)],
    refusals.not_there: lambda t: [refusals.not_there(BEN, OPS)],
    refusals.not_by_guests: lambda t: [refusals.not_by_guests()],
    refusals.no_group_by_message: lambda t: [refusals.no_group_by_message()],
    refusals.cannot_check: lambda t: [refusals.cannot_check(BEN, t)],
    muting.muted: lambda t: [muting.muted(tracked(t), by=ANN, until=NOON, to_person=False)],
    muting.unmuted: lambda t: [muting.unmuted(tracked(t), by=ANN, to_person=True, changes_follow=False)],
    muting.was_not_muted: lambda t: [muting.was_not_muted(t, to_person=False)],
    muting.no_time_zone: lambda t: [muting.no_time_zone(t)],
    muting.cannot_resume: lambda t: [muting.cannot_resume(OPS, t)],
    muting.resumed_by_button: lambda t: [muting.resumed_by_button(OPS, 3)],
    muting.nothing_to_resume: lambda t: [muting.nothing_to_resume(OPS)],
    failures.grammar_error: lambda t: [failures.grammar_error(grammar_error(t), command="/job")],
    failures.mention_not_understood: lambda t: [failures.mention_not_understood(bot_name=t, command="/job")],
    failures.cannot_post: lambda t: [
        failures.cannot_post(t, bot_name=t, why=why, elsewhere=elsewhere)
        for why in ("not_in_channel", "is_archived", t)
        for elsewhere in (None, OPS)
    ],
    failures.cannot_message_you: lambda t: [failures.cannot_message_you(t)],
    failures.busy: lambda t: [failures.busy(t)],
    failures.busy_with_yours: lambda t: [failures.busy_with_yours(t)],
    failures.still_searching: lambda t: [failures.still_searching()],
    failures.not_for_strangers: lambda t: [failures.not_for_strangers()],
    failures.workspace_unknown: lambda t: [failures.workspace_unknown(t)],
    failures.interrupted: lambda t: [failures.interrupted(t)],
    failures.took_too_long: lambda t: [failures.took_too_long(t)],
    failures.database_problem: lambda t: [failures.database_problem()],
    failures.internal_error: lambda t: [failures.internal_error()],
    watch_list.watch_list: lambda t: [
        watch_list.watch_list(
            page_of([subscription(t)] * count, page, pending=10**6),
            [pattern(t, paused=True), *[pattern(t)] * 29],
            place=OPS,
            command="/job",
            now=NOON,
            above=silences.above(t),
        )
        for count, page in ((0, 1), (1, 1), (20, 1), (45, 2), (45, 9))
    ],
    help.help_text: lambda t: [
        help.help_text(page_of([subscription(t)] * 300), to_person=False, command="/job", now=NOON)
    ],
    report.job_history: lambda t: [
        report.job_history(history(t), line, now=NOON, has_picture=True) for line in (None, timeline_of(history(t)))
    ],
    report.shared_history: lambda t: [
        report.shared_history(history(t), timeline_of(history(t)), Lookback.WEEK, UTC, ANN)
    ],
    report.cannot_share: lambda t: [report.cannot_share(JobRef(t, 1), command="/job")],
    report.no_history: lambda t: [
        report.no_history(JobRef(t, 1), to_person=to_person, command="/job") for to_person in (True, False)
    ],
    pickers.which_job: lambda t: [pickers.which_job(t, named_jobs(t, 12), ShowStatus, command="/job", now=NOON)],
    pickers.no_such_job: lambda t: [
        pickers.no_such_job(t, unlisted, command="/job", example="status d 1", now=NOON, similar=named_jobs(t, 3))
        for unlisted in (None, "the jobs service is busy")
    ],
    pickers.jobs_page: lambda t: [
        pickers.jobs_page(
            named_jobs(t, count), t, unlisted, page=2, watched={Dataflow("d1")}, command="/job", now=NOON + HOUR
        )
        for count in (0, 1, 300)
        for unlisted in (None, "the jobs service is busy")
    ],
    patterns.question: lambda t: [patterns.question(WatchAll(t, confirmed=132), [t] * 132)],
    patterns.too_many: lambda t: [patterns.too_many(2_001)],
    patterns.too_many_patterns: lambda t: [
        patterns.too_many_patterns(TooManyPatterns(20, by_person=by_person), to_person=False, command="/job")
        for by_person in (True, False)
    ],
    patterns.no_list: lambda t: [patterns.no_list("it came incomplete", "Try again.", command="/job")],
    patterns.now_watching: lambda t: [patterns.now_watching(pattern(t), [tracked(t)] * 8, by=BEN, to_person=False)],
    patterns.watching_differently: lambda t: [
        patterns.watching_differently(pattern(t), [tracked(t)] * 8, by=BEN, to_person=True)
    ],
    patterns.already_watching: lambda t: [patterns.already_watching(pattern(t), to_person=False)],
    patterns.watching_elsewhere: lambda t: [patterns.watching_elsewhere(pattern(t), to_person=False)],
    patterns.no_longer_watching: lambda t: [patterns.no_longer_watching(pattern(t), by=BEN, to_person=False)],
    patterns.was_not_watching: lambda t: [
        patterns.was_not_watching(t, [pattern(t)] * 30, to_person=True, command="/job")
    ],
    patterns.belongs_to_pattern: lambda t: [
        patterns.belongs_to_pattern(Kept(tracked(t), pattern(t), was_named=True), to="me", command="/job")
    ],
}


def test_every_view_is_tried() -> None:
    """A view that is added is tried with hostile text too."""
    assert set(VIEWS) == ALL_VIEWS


def test_hostile_text_breaks_no_message() -> None:
    """Slack accepts every message, whatever a job, a status, an error or a pattern is called; nobody is mentioned."""
    for view, messages in VIEWS.items():
        for kind, text in HOSTILE.items():
            for message in messages(text[:1_000]):
                assert_acceptable(message, f"{view.__qualname__} with {kind}")


def test_hostile_text_breaks_no_modal() -> None:
    """Slack accepts the details of a job, whatever it is called and whatever its IDs are."""
    link = JobLink("https://x.test/{dataflow}")
    for kind, text in HOSTILE.items():
        target = JobRef(text[:1_000], LONGEST_RUN)
        for view in (
            all_jobs.all_jobs_view(Shown(OPS, "1.2", text[:100]), JobsPage([tracked(text)] * 50, 2, 3, 120), now=NOON),
            job_details.looking_up(),
            job_details.cannot_check(target, "the jobs service is busy", "Try again."),
            job_details.job_details(replace(full_job(text), ref=target), link),
            job_choice.job_choice_view("", [NamedJob(text[:64], text, UP, run=1)] * 20, NOON),
            look_up_modal.looking_up_view("", chosen := Chosen("orders", text)),
            look_up_modal.job_view("", chosen, look_up_modal.Part.STATUS, job_details.looking_up()["blocks"]),
        ):
            assert checked(view) == view, kind
            assert_never_parsed(Message("x", view["blocks"]), "<!channel>", kind)


def test_text_from_outside_is_never_parsed() -> None:
    """Text from outside stands in plain-text elements only, in which Slack reads no markup."""
    for view, messages in VIEWS.items():
        for message in messages("MARK <!channel> *x*"):
            assert_never_parsed(message, "MARK", view.__qualname__)


@settings(deadline=None)  # a page of a list takes a moment
@given(st.text(max_size=300), st.sampled_from([view for view in VIEWS if view is not digest_message]))
def test_any_text_makes_an_acceptable_message(text: str, view: Callable[..., Message]) -> None:
    """The same for whatever else a service may call a job."""
    for message in VIEWS[view](text):
        assert_acceptable(message, view.__qualname__)


# ── digests ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_TEXTS = st.one_of(
    st.text(max_size=200), st.sampled_from(sorted(text[:1_000] for text in HOSTILE.values())), st.just("orders")
)
_ITEMS = st.builds(
    lambda item, text, number: item(text, number), st.sampled_from([*ITEMS.values()]), _TEXTS, st.integers(1, 999)
)


@given(st.lists(_ITEMS, min_size=1, max_size=MOST))
def test_every_digest_makes_an_acceptable_message(items: list[DigestItem]) -> None:
    """Whatever waits together, in whatever order, becomes one message that Slack accepts, and so does its list."""
    message = digest_message(Digest(tuple(items), (1,)))
    assert_acceptable(message, repr(items))
    assert len(items) == 1 or len(message.text) < 3_900  # what stands alone is whole
    assert shown(message).split("\n")[0]
    assert_acceptable(listed(items), repr(items))


def test_a_full_list_shows_every_job() -> None:
    """Sixty jobs with the longest names all stand in one message. Its fallback text counts those that don't fit."""
    runs = [LONGEST_RUN - number for number in range(MOST)]
    for kind, item in JOB_ITEMS.items():
        for text in ("x" * 1_000, "<" * 1_000, "&" * 1_000):
            message = listed([without_extras(item(text, number)) for number in runs])
            assert all(f"(run {number})" in shown(message) for number in runs), (kind, text[0])
            named = sum(f"(run {number})" in message.text for number in runs)
            assert 0 < named < MOST, (kind, text[0])
            assert message.text.endswith(f"\n… and {MOST - named} more"), (kind, text[0])


def test_the_longest_digest_is_acceptable() -> None:
    """A thousand jobs, which a worker claims at most, are one message that Slack accepts."""
    for item in JOB_ITEMS.values():
        message = digest_message(Digest(tuple(item("x" * 1_000, number) for number in range(1, 1_001)), (1,)))
        assert_acceptable(message)
        assert "1,000 jobs" in message.text


def without_extras(item: DigestItem) -> DigestItem:
    """The same without a redeployment, which is rare and would lengthen the line; a run, so that it stands there."""
    if isinstance(item, Path):
        return replace(item, redeployed=None, last=replace(item.last, ends=False))
    return replace(item, followed=False) if isinstance(item, JobNotification) else item


def test_a_full_digest_of_pauses_shows_every_channel() -> None:
    """Sixty channels are all named, and as many have a button as fit into a message."""
    pauses = (Paused(f"C{n}", "restricted_action", 99, ("x" * 100,) * 9) for n in range(MOST))
    message = digest_message(Digest(tuple(pauses), (1,)))
    assert_acceptable(message, "pauses")
    assert all(f"#C{n}: " in shown(message) for n in range(MOST))
    assert len(buttons(message)) == 20


def test_ordinary_names_are_not_shortened() -> None:
    """Sixty jobs with names of ordinary length are shown with their whole names."""
    names = [f"ingest-orders-to-the-lake-{number:02}" for number in range(MOST)]
    items = (without_extras(path(UP, ERROR, text=name, number=n)) for n, name in enumerate(names, 1))
    message = listed(list(items))
    assert all(name in shown(message) for name in names)
    assert "…" not in shown(message)


def test_a_text_is_never_cut_within_an_escape() -> None:
    """The fallback text ends with a whole line: half an entity would be shown as garbage."""
    for length in range(1, 60):
        text = listed([path(UP, ERROR, text="&" * length, number=n) for n in range(1, MOST + 1)]).text
        assert text.replace("&amp;", "").count("&") == 0
        assert text.split("\n")[-1].startswith(("… and ", "&amp;")), length


def test_at_most_ten_jobs_to_pick_from() -> None:
    """A name that many jobs have gets ten buttons, each for its job."""
    message = pickers.which_job("orders", named_jobs("orders", 12), Watch, command="/job", now=NOON)
    (actions,) = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    assert [element["value"] for element in actions] == [
        value_of(Watch(Dataflow(f"d{number}"))) for number in range(10)
    ]
    assert len({element["action_id"] for element in actions}) == 10


def test_a_text_is_no_line() -> None:
    """A line is a list of pieces: the type checker refuses a text, which would be sent as a line of single letters."""
    assert {get_origin(kind) for kind in get_args(Line)} == {list, tuple}
