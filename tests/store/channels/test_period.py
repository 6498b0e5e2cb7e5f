"""What happened in a period, compared with a plain recomputation from all that is recorded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.history.period import Period
from bot.domain.history.timeline import Figures
from bot.domain.job import Dataflow, Status, StatusClass
from bot.domain.status_filter import is_problem
from bot.domain.tracked_job import Gap, TrackedJob
from bot.store.channels.period import what_happened
from bot.store.database import Database
from bot.store.lists import history
from bot.store.sql.tables import ChangeRow, GapRow, SubscriptionRow, TrackedJobRow
from tests.cast import ANN, DEV, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, UP, job
from tests.domain.history.test_timeline import STRETCHES, plain, polled
from tests.store.steps import becomes, subscribe

Job = tuple[TrackedJob, list[Change], list[Gap]]

_WATCHED = st.tuples(STRETCHES, st.booleans(), st.integers(0, 60))  # what happens, why polls fail, watched since


async def write(database: Database, workspace: str, jobs: Sequence[Job], watched: Sequence[int]) -> None:
    """Write what polls recorded, and that a channel watches each job since so many minutes after noon."""
    async with database.writing() as session:
        for number, ((tracked, changes, gaps), minute) in enumerate(zip(jobs, watched, strict=True)):
            row = TrackedJobRow(
                workspace=workspace,
                dataflow=f"d{number}",
                run=tracked.ref.run,
                followed=True,
                title=tracked.title,
                status=tracked.status.raw,
                status_since=tracked.status_since,
                since_is_exact=tracked.since_is_exact,
                polled_at=tracked.polled_at,
                failure=tracked.failure,
            )
            session.add(row)
            await session.flush()
            mine = {"workspace": workspace, "watched_job_id": row.id}
            session.add_all(
                ChangeRow(
                    **mine,
                    title=one.title,
                    old_status=one.old.raw,
                    new_status=one.new.raw,
                    old_since=one.old_since,
                    at=one.at,
                    old_seen_at=one.old_seen_at,
                    at_is_exact=one.at_is_exact,
                )
                for one in reversed(changes)
            )
            session.add_all(GapRow(**mine, since=gap.since, until=gap.until) for gap in gaps)
            begins = NOON + minute * MINUTE
            subscribed = {"created_by": ANN, "created_at": begins, "status_filter": "changes"}
            session.add(SubscriptionRow(**mine, destination=OPS, notified_status=tracked.status.raw, **subscribed))


async def period(database: Database, workspace: str, since: int, until: int, pattern: str | None = None) -> Period:
    """What happened between two minutes after noon."""
    async with database.reading() as session:
        times = NOON + since * MINUTE, NOON + until * MINUTE
        return await what_happened(session, Destination(workspace, OPS), *times, pattern=pattern)


async def figures(database: Database, place: Destination, dataflow: str, since: int, until: int) -> Figures:
    """Those of a job's history between two minutes after noon."""
    begin, end = NOON + since * MINUTE, NOON + until * MINUTE
    async with database.reading() as session:
        found = await history.of_job(session, {place}, Dataflow(dataflow), limit=500, since=begin)
    line = found.timeline(begin, end) if found else None
    assert line is not None
    return line.figures


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_WATCHED, max_size=4), st.integers(0, 120), st.integers(1, 30))
async def test_a_period_equals_a_plain_recomputation(
    database: Database, watched: list[tuple[list[tuple[Status | None, int]], bool, int]], since: int, later: int
) -> None:
    """The figures of a period, and of each job's history, equal those that follow from all changes and gaps minute by
    minute: how many jobs changed and how often, how many are bad now, and for how long they were healthy, bad, or
    unknown."""
    workspace = f"T{uuid4().hex}"
    jobs: list[Job] = []
    for number, (stretches, can_say_why, _) in enumerate(watched):
        tracked, recorded, gaps = polled(stretches, can_say_why=can_say_why)
        jobs.append((replace(tracked, title=f"job {number}"), recorded, gaps))
    until = max([since + 1, *(sum(minutes for _, minutes in stretches) for stretches, _, _ in watched)]) + later
    await write(database, workspace, jobs, [minute for *_, minute in watched])
    found = await period(database, workspace, since, until)

    healthy, known, changes, changed, bad = 0, 0, 0, 0, dict.fromkeys(range(len(jobs)), 0)
    there = [number for number, (*_, minute) in enumerate(watched) if minute < until]
    total = sum(until - max(since, watched[number][2]) for number in there)
    for number in there:
        tracked, recorded, gaps = jobs[number]
        minutes = range(max(since, watched[number][2]), until)
        seen = [plain(tracked, recorded, gaps, NOON + at * MINUTE, NOON + until * MINUTE) for at in minutes]
        good = sum(one is not None and one.status_class is StatusClass.HEALTHY for one in seen)
        bad[number] = sum(one is not None and is_problem(one) for one in seen)
        own = await figures(database, Destination(workspace, OPS), f"d{number}", since, until)
        assert (own.healthy, own.blind) == (good * MINUTE, seen.count(None) * MINUTE)
        assert own.known == (len(seen) - seen.count(None)) * MINUTE
        healthy, known = healthy + good, known + len(seen) - seen.count(None)
        inside = [one for one in recorded if NOON + minutes.start * MINUTE <= one.at < NOON + until * MINUTE]
        changes, changed = changes + len(inside), changed + bool(inside)
    assert (found.jobs, found.changes, found.changed) == (len(there), changes, changed)
    assert (found.healthy, found.known) == (healthy * MINUTE, known * MINUTE)
    assert found.blind == (total - known) * MINUTE
    assert found.bad == sum(is_problem(jobs[number][0].status) for number in there)
    longest = sorted((length for length in bad.values() if length), reverse=True)
    assert [one.bad for one in found.worst] == [length * MINUTE for length in longest]
    assert {one.title: one.bad for one in found.worst}.items() <= {
        f"job {n}": b * MINUTE for n, b in bad.items()
    }.items()


async def test_many_jobs_are_counted_and_the_worst_are_named(database: Database) -> None:
    """Of more jobs than are read at a time, each counts once, the five worst are named, and other channels' jobs or
    names that don't match the pattern don't count."""
    at = NOON + HOUR
    one = TrackedJob(1, "T1", ORDERS, "", UP, NOON, at, followed=True)
    jobs = [replace(one, title=f"sales-{n:03}", status=UP if n % 10 else ERROR) for n in range(103)]
    await write(database, "T1", [(job, [], []) for job in jobs], [0] * 103)
    await subscribe(database, job(ERROR), DEV)
    found = await period(database, "T1", 0, 60)
    assert (found.jobs, found.bad, found.changed) == (103, 11, 0)
    assert [one.title for one in found.bad_now] == [f"sales-{number:03}" for number in range(0, 50, 10)]
    assert found.healthy_share == 92 / 103
    assert (await period(database, "T1", 0, 60, pattern="sales-00*")).jobs == 10


async def test_a_change_after_the_period_does_not_count(database: Database) -> None:
    """A job is in a period as it was at its end, even if it has changed since."""
    await subscribe(database, at=NOON)
    await becomes(database, ERROR)
    found = await period(database, "T1", -1, 0)
    assert found.jobs == 0
    async with database.reading() as session:
        found = await what_happened(session, Destination("T1", OPS), NOON, NOON + timedelta(milliseconds=500))
    assert (found.jobs, found.changes, found.bad) == (1, 0, 0)
    assert (await period(database, "T1", 0, 1)).bad_now[0].before == UP
