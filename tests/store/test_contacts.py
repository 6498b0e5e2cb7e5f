"""Owners and runbooks: written with a watch, kept when it is repeated, and with each alert that waits."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.destination import Destination
from bot.domain.job import Dataflow, JobRef
from bot.domain.notification.digest import Path
from bot.domain.pattern import Pattern
from bot.domain.subscription import NO_CONTACT, NONE, Contact
from bot.notify.digest import next_digest
from bot.store import subscriptions
from bot.store.database import Database
from bot.store.incidents import reading
from bot.store.lists import watch_list
from bot.store.patterns import members, watches
from bot.store.sql import notification_json
from bot.store.sql.tables import IncidentRow
from bot.store.subscriptions import Outcome
from tests.cast import ANN, BEN, CLICKS, ERROR, NOON, OPS, ORDERS, UP, WARNING, WORKSPACE, change, job
from tests.store.pattern_steps import found
from tests.store.steps import becomes, claim, deliver_all, pending_changes, settle

HERE = Destination(WORKSPACE, OPS)
TEAM, WIKI = Contact("S0TEAM"), Contact(None, "https://wiki.example.com/x")
BOTH = Contact("S0TEAM", "https://wiki.example.com/x")


async def watch(
    database: Database, contact: Contact = NO_CONTACT, *, ref: JobRef = ORDERS, followed: bool = True, by: str = ANN
) -> tuple[Outcome, Contact]:
    async with database.writing() as session:
        subscribed = await subscriptions.subscribe(
            session, HERE, job(UP, ref), by, polled_at=NOON, followed=followed, contact=contact
        )
    return subscribed.outcome, subscribed.contact


async def watch_all(database: Database, contact: Contact = NO_CONTACT, glob: str | None = None) -> Pattern:
    async with database.writing() as session:
        _, pattern = await watches.watch(
            session,
            HERE,
            glob,
            ANN,
            jobs=[ORDERS.dataflow, CLICKS.dataflow],
            status_filter=None,
            now=NOON,
            contact=contact,
        )
        discovered = [replace(found(ref, name=name), is_new=False) for ref, name in NAMES.items()]
        await members.add(session, pattern.id, discovered, NOON)
    return pattern


NAMES = {ORDERS: "orders", CLICKS: "clicks"}


async def contacts(database: Database) -> Mapping[str, Contact]:
    """The contact of each job, as the list has it."""
    async with database.reading() as session:
        page = await watch_list.page(session, HERE, number=1, size=9)
    return {one.job.title: one.contact for one in page.subscriptions}


async def test_a_repeated_watch_keeps_what_it_does_not_name(database: Database) -> None:
    """Each clause changes its own field, “none” clears it, and a watch without them changes nothing."""
    for said, outcome, contact in (
        (TEAM, Outcome.NEW, TEAM),
        (Contact(), Outcome.ALREADY, TEAM),
        (TEAM, Outcome.ALREADY, TEAM),
        (WIKI, Outcome.CHANGED, BOTH),
        (Contact(None, NONE), Outcome.CHANGED, TEAM),
        (Contact(BEN), Outcome.CHANGED, Contact(BEN)),
        (Contact(NONE, NONE), Outcome.CHANGED, Contact()),
        (Contact(NONE), Outcome.ALREADY, Contact()),
    ):
        assert await watch(database, said) == (outcome, contact), said
        assert await contacts(database) == {"orders": contact}


async def test_a_changed_contact_forgets_no_change(database: Database) -> None:
    """What waits for delivery when the owner changes is still delivered."""
    await watch(database)
    await becomes(database, ERROR)
    await watch(database, TEAM)
    assert await pending_changes(database) == [ERROR]


async def test_a_pattern_gives_its_contact_to_its_jobs(database: Database) -> None:
    """All jobs of a pattern have its contact, and follow when it changes; one that somebody named has its own."""
    await watch(database, Contact(BEN))
    pattern = await watch_all(database, BOTH)
    assert pattern.contact == BOTH
    assert await contacts(database) == {"orders": Contact(BEN), "clicks": BOTH}
    assert (await watch_all(database, Contact(NONE))).contact == WIKI
    assert await contacts(database) == {"orders": Contact(BEN), "clicks": WIKI}
    await watch(database, TEAM, ref=CLICKS)
    await watch_all(database, Contact(NONE, NONE))
    assert await contacts(database) == {"orders": Contact(BEN), "clicks": BOTH}
    async with database.writing() as session:
        assert await watches.keep(session, HERE, Dataflow(CLICKS.dataflow))
    assert await contacts(database) == {"orders": Contact(BEN), "clicks": Contact()}


async def test_a_pattern_hands_its_jobs_to_another(database: Database) -> None:
    """When a pattern ends, its jobs get the contact of the one that still covers them."""
    await watch_all(database, BOTH)
    await watch_all(database, Contact(BEN), "*o*")
    async with database.writing() as session:
        await watches.unwatch(session, HERE, None)
    assert await contacts(database) == {"orders": Contact(BEN), "clicks": Contact(BEN)}


async def test_an_alert_comes_with_the_contact_as_it_is_now(database: Database) -> None:
    """A claimed change has the contact that its watch has then, also one set after the change."""
    await watch(database, TEAM)
    await becomes(database, ERROR)
    await watch(database, WIKI)
    (queue,) = await claim(database)
    assert [one.contact for one in queue.pending] == [BOTH]
    (item,) = next_digest(queue.pending).items
    assert isinstance(item, Path)
    assert item.contact == BOTH
    await settle(database, queue)


async def test_a_job_watched_in_two_ways_has_one_contact(database: Database) -> None:
    """Whichever of both watches brings the alert, what it lacks is the other's; another destination's isn't used."""
    async with database.writing() as session:
        elsewhere = Destination(WORKSPACE, "C9")
        await subscriptions.subscribe(session, elsewhere, job(), ANN, polled_at=NOON, contact=Contact("U0X"))
    await watch(database, TEAM, followed=False)
    await watch(database, WIKI, followed=True)
    async with database.writing() as session:
        row = (await session.scalars(subscriptions.tracked(WORKSPACE, Dataflow(ORDERS.dataflow)))).one()
        await subscriptions.count_poll(session, row, job(WARNING), NOON.replace(hour=13))
    found = {queue.destination.id: [one.contact for one in queue.pending] for queue in await claim(database)}
    assert found == {OPS: [BOTH]}
    await deliver_all(database)


async def test_an_incident_has_the_contact_of_its_watch(database: Database) -> None:
    """What a message of an incident shows is read with the owner and the runbook as they are now."""
    await watch(database, TEAM)
    await watch(database, WIKI, followed=False)
    opening = replace(change(UP, ERROR), followed=True)
    async with database.writing() as session:
        session.add(
            IncidentRow(
                workspace=WORKSPACE,
                destination=OPS,
                dataflow=ORDERS.dataflow,
                run=None,
                opening=notification_json.dump(opening),
                status=ERROR.raw,
                opened_at=NOON,
                changed_at=NOON,
            )
        )
    async with database.reading() as session:
        (incident,) = await reading.open_at(session, HERE, {ORDERS.dataflow})
    assert incident.contact == BOTH
    assert incident.muted_until is None
