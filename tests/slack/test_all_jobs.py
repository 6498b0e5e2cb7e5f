"""The list of all jobs of a message, as people open it, search it and turn its pages."""

import json

from sqlalchemy import delete

from bot.demo.slack.stand_in import View
from bot.domain.destination import Destination
from bot.domain.job import JobRef
from bot.slack.grammar.presses import Action
from bot.slack.messages.modals.all_jobs import Part
from bot.store import outbox, subscriptions
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import DeliveryRow, TrackedJobRow
from tests.cast import ERROR, NOON, UP, WARNING, change, job
from tests.slack.world import ANN, BEN, OPS, World

ALL = 120


async def many_fail(world: World, *destinations: str, count: int = ALL) -> None:
    """Jobs with numbered names fail where they are watched; the last one gets only a warning."""
    async with world.store.writing() as session:
        for number in range(count):
            ref = JobRef(f"flow-{number}", 1)
            for each in destinations:
                place = Destination(world.slack.app.team_id, each)
                looked_up = job(UP, ref, f"job_{number:03}%{' 🚀' if number == 5 else ''}")
                found = await subscriptions.subscribe(session, place, looked_up, BEN, polled_at=NOON, followed=True)
            new = WARNING if number == count - 1 else ERROR
            row = await session.get_one(TrackedJobRow, found.job.id)
            await outbox.record_change(session, to_tracked_job(row), change(UP, new, ref=ref))
            row.status = new.raw


def top(world: World, user: str = BEN) -> View:
    view = world.slack.views.top(user)
    assert view is not None
    return view


def words(view: View) -> str:
    return json.dumps(view.blocks, ensure_ascii=False)


async def uses(world: World, part: Part, typed: str = "", *, user: str = BEN) -> str:
    """Somebody presses a button of the list, or types into its search and presses Enter; what it shows then."""
    view, state = top(world, user), {(Part.WORDS.value, Part.WORDS.value): [typed]}
    answer = await world.slack.press_in_view(view, part, user=user, value=typed or None, state=state)
    assert (answer.status, answer.body) == (200, "")
    await world.listeners.done()
    return words(top(world, user))


async def test_all_jobs_are_listed_and_searched(world: World) -> None:
    """The list has every job of the message once, worst first, in pages; a search finds parts of names, in any case,
    and starts on the first page. A character that databases treat specially is one."""
    await many_fail(world, OPS, ANN)
    await world.delivers()
    (message,) = [each for each in world.slack.messages if each.channel == OPS]
    await world.happens(world.slack.press(message, Action.SHOW_ALL, user=BEN))
    first = words(top(world))
    assert "120 jobs, as they are now · page 1 of 3" in first
    assert [f"job_{number:03}%" in first for number in range(ALL)] == [number < 50 for number in range(ALL)]
    second = await uses(world, Part.NEXT)
    third = await uses(world, Part.NEXT)
    assert third.index("job_118%") < third.index("job_119%")
    assert "job_099%" in second
    assert "⚠️" in third
    assert "page 2 of 3" in await uses(world, Part.PREVIOUS)
    found = await uses(world, Part.WORDS, "JOB_11")
    assert "10 jobs with “JOB_11” in the name" in found
    assert "0 jobs with “b%1” in the name" in await uses(world, Part.WORDS, "b%1")
    assert "120 jobs with “%” in the name" in await uses(world, Part.WORDS, "%")
    assert "1 job with “job–005 :rocket:” in the name" in await uses(world, Part.WORDS, "job–005 :rocket:")
    await world.slack.submit(top(world), user=BEN, state={(Part.WORDS.value, Part.WORDS.value): ["job_007"]})
    assert "1 job with “job_007” in the name" in words(top(world))


async def test_a_list_in_direct_messages_is_the_persons(world: World) -> None:
    """What a person is told by direct message is listed there."""
    await many_fail(world, ANN, count=7)
    message = await world.delivers()
    await world.happens(world.slack.press(message, Action.SHOW_ALL, user=ANN))
    assert "7 jobs, as they are now" in words(top(world, ANN))


async def test_a_list_that_is_not_kept_any_more(world: World) -> None:
    """Long after, the button says that the jobs aren't known any more."""
    await many_fail(world, OPS, count=7)
    message = await world.delivers()
    async with world.store.writing() as session:
        await session.execute(delete(DeliveryRow))
    answer = await world.presses(message, Action.SHOW_ALL)
    assert answer.ephemeral_to == BEN
    assert answer.text.startswith("I can't list these jobs")
    assert world.slack.views.top(BEN) is None
