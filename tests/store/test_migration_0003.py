"""The third migration keeps every watch. The tables of the second are written as SQL."""

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.status_filter import StatusFilter
from bot.store import subscriptions
from bot.store.database import opened
from bot.store.sql import notification_json
from bot.store.sql.tables import TrackedJobRow
from tests.cast import ANN, ERROR, OPS, ORDERS, UP, WORKSPACE, job
from tests.store.lists.test_history import history_of
from tests.store.steps import count, deliveries, pending_changes, the_job, the_subscription
from tests.store.test_migration_0002 import at, changed, delivery, insert, migrate_to, moment


async def test_a_watched_job_stays_one_run(empty_database_url: str) -> None:
    """Jobs, subscriptions, changes and pending deliveries are kept; each job is the one run that it was, beside
    which the same dataflow can be followed from now on."""
    async with opened(empty_database_url) as database:
        await migrate_to(empty_database_url, "0002")
        times = {"status_since": at(0), "seen_at": at(5)}
        where = {"workspace": WORKSPACE, "dataflow": ORDERS.dataflow, "run": ORDERS.run}
        await insert(database, "watched_jobs", id=7, title="orders", status=ERROR.raw, **where, **times)
        said = {"created_by": ANN, "created_at": at(0), "wants": "problems", "told_status": ERROR.raw}
        await insert(database, "subscriptions", id=11, workspace=WORKSPACE, watched_job_id=7, destination=OPS, **said)
        await changed(database, 3, 7, UP, ERROR, 2)
        change = Change(ORDERS, "orders", UP, ERROR, None, moment(2))
        notification = notification_json.dump(change)
        await delivery(database, 5, 3, 11, OPS, news=notification, created_at=at(2))
        await database.migrate()

        tracked = await the_job(database)
        assert (tracked.id, tracked.ref, tracked.followed, tracked.status) == (
            7,
            ORDERS,
            False,
            ERROR,
        )
        assert (await the_subscription(database)).status_filter == "problems"
        assert [row.id for row in await deliveries(database)] == [5]
        assert await pending_changes(database) == [ERROR]
        history = await history_of(database)
        assert history is not None
        assert [(change.ref, change.old_run) for change in history.changes] == [(ORDERS, None)]

        async with database.writing() as session:
            await subscriptions.subscribe(
                session,
                Destination(WORKSPACE, "C9"),
                job(ERROR),
                ANN,
                polled_at=moment(9),
                followed=True,
                status_filter=StatusFilter(),
            )
        assert await count(database, TrackedJobRow) == 2
