"""What a measurement does inside the stand-ins' processes. Times are seconds since 1970, which all processes share."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Collection, Sequence

from bot.demo.informatica.stand_in import Fault as JobsFault
from bot.demo.informatica.stand_in import JobsServiceStandIn
from bot.demo.slack.stand_in import MEMBER, Channel, Fault, User
from bot.slack.watch_form.form import Part
from tests.benchmarks.processes import ObservedSlack
from tests.scenarios.world import Run, shown

_NAME = re.compile(r"orders-\d{5}-to-lake")
_POST = "chat.postMessage"
_LIST = "/mijobmonitor/api/v1/MIJobs"


def run_of(number: int) -> Run:
    """The job with this number."""
    return Run(f"orders-{number:05}-to-lake", f"{number:08d}-3923-4602-aba8-f122e3d66faf", 40_000 + number)


# ── the jobs service ──────────────────────────────────────────────────────────────────────────────────────────────────


async def add_jobs(jobs: JobsServiceStandIn, count: int) -> None:
    for number in range(count):
        jobs.add(*run_of(number))


async def serve_list(jobs: JobsServiceStandIn, rows: int | None) -> None:
    """Serve the job list with so many rows a page; None to refuse it."""
    jobs.list.cap = rows
    jobs.heal()
    if rows is None:
        jobs.fail(JobsFault.LIST_FORBIDDEN)


async def set_latency(jobs: JobsServiceStandIn, seconds: float) -> None:
    """Let each answer take so long from now on."""
    jobs.latency = seconds


async def change(jobs: JobsServiceStandIn, numbers: Collection[int], status: str) -> float:
    """Give jobs a status at once; return when."""
    for number in numbers:
        run = run_of(number)
        jobs.set_status(run.dataflow, run.run, status)
    return time.time()


async def change_between_polls(
    jobs: JobsServiceStandIn, numbers: Sequence[int], status: str, interval: float
) -> dict[str, float]:
    """Give jobs a status within three intervals, evenly at every moment between two polls; return when, by the jobs'
    names."""
    polled = {request.path: request.at for request in jobs.requests}
    plan = []
    for place, number in enumerate(numbers):
        after = interval * (1 + place % 2 + (place + 0.5) / len(numbers))
        plan.append((polled[run_of(number).path] + after, number))
    times = {}
    for at, number in sorted(plan):
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        times[run_of(number).name] = await change(jobs, [number], status)
    return times


async def requests(jobs: JobsServiceStandIn) -> tuple[int, int]:
    """The requests so far: for single jobs, and for pages of the list."""
    pages = sum(request.path == _LIST for request in jobs.requests)
    return sum("/jobs/" in request.path for request in jobs.requests), pages


async def busiest_second(jobs: JobsServiceStandIn, since: int) -> int:
    """The most requests in one second, after the first `since` of them."""
    return max(Counter(int(request.at) for request in jobs.requests[since:]).values(), default=0)


async def session_id(jobs: JobsServiceStandIn) -> str:
    """One of the bot's sessions, which is live."""
    return next(iter(jobs.sessions))


async def requests_by_session(jobs: JobsServiceStandIn, since: int) -> dict[str, int]:
    """The requests of each session, that is, of each worker, after the first `since` of them."""
    return dict(Counter(str(request.who) for request in jobs.requests[since:]))


async def request_count(jobs: JobsServiceStandIn) -> int:
    return len(jobs.requests)


async def polled_since(jobs: JobsServiceStandIn, since: int) -> dict[str, float]:
    """When each job was asked for first, after the first `since` requests, in monotonic seconds, by its path."""
    first: dict[str, float] = {}
    for request in jobs.requests[since:]:
        first.setdefault(request.path, request.at)
    return first


# ── Slack ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def connect(slack: ObservedSlack, port: int, channels: Sequence[str] = ()) -> None:
    """Say where the bot is, and open channels that it is in."""
    slack.standin.delivery.events_url = f"http://127.0.0.1:{port}/slack/events"
    for id in channels:
        slack.standin.channels[id] = Channel(id, id.lower(), members={slack.standin.app.bot_user_id, MEMBER.id})


async def until_named(slack: ObservedSlack, names: Collection[str], timeout: float) -> dict[str, float]:
    """Wait until alerts have named all of these jobs; return when Slack accepted the first alert that names each.

    After `timeout` seconds those that were named by then.
    """
    found: dict[str, float] = {}
    seen, until = 0, time.monotonic() + timeout
    while len(found) < len(names) and time.monotonic() < until:
        messages = slack.standin.messages[seen : len(slack.times)]
        for message, at in zip(messages, slack.times[seen:], strict=True):
            for name in _NAME.findall(shown(message.as_posted)) if message.metadata is not None else ():
                if name in names:
                    found.setdefault(name, at)
        seen += len(messages)
        await asyncio.sleep(0.05)
    return found


async def refuse(slack: ObservedSlack, fault: Fault) -> None:
    """Refuse all messages in this way from now on."""
    slack.standin.fail(fault, times=None)


async def heal(slack: ObservedSlack) -> float:
    """Refuse nothing any more; return when."""
    slack.standin.heal()
    return time.time()


async def one_a_second(slack: ObservedSlack) -> None:
    """Take one message a second in all from now on."""
    slack.standin.rates.on = slack.standin.rates.together = True


async def posts(slack: ObservedSlack) -> tuple[int, int]:
    """The messages that were posted, and the tries that were refused, so far."""
    tries = [call for call in slack.standin.calls if call.method == _POST]
    return sum(call.error is None for call in tries), sum(call.error is not None for call in tries)


async def most_posts_in_a_second(slack: ObservedSlack) -> int:
    return max(Counter(int(call.at) for call in slack.standin.calls if call.method == _POST).values(), default=0)


async def invite_people(slack: ObservedSlack, count: int) -> None:
    """Let so many people join all channels."""
    for number in range(count):
        person = User(f"U0BENCH{number:03}", f"person-{number}", f"Person {number}")
        slack.standin.users[person.id] = person
        for channel in slack.standin.channels.values():
            channel.members.add(person.id)


async def acknowledgements(slack: ObservedSlack, texts: Sequence[str], channel: str, per_second: float) -> list[float]:
    """Send commands of all people at this rate; return the seconds until each was acknowledged."""
    people = [id for id in slack.standin.users if id.startswith("U0BENCH")]

    async def send(number: int, text: str) -> float:
        await asyncio.sleep(number / per_second)
        answer = await slack.standin.command(text, user=people[number % len(people)], channel=channel)
        return answer.elapsed if answer.status == 200 else float("inf")

    return list(await asyncio.gather(*(send(number, text) for number, text in enumerate(texts))))


async def replies(slack: ObservedSlack, texts: Sequence[str], channel: str) -> list[float]:
    """Send commands one after the other; return the seconds until the reply to each."""
    took = []
    for text in texts:
        before, began = len(slack.standin.messages), time.monotonic()
        await slack.standin.command(text, user=MEMBER.id, channel=channel)
        await slack.standin.until(lambda before=before: len(slack.standin.messages) > before, 20, [])  # type: ignore[misc]
        took.append(time.monotonic() - began)
        await asyncio.sleep(0.05)
    return took


async def keystrokes(slack: ObservedSlack, queries: Sequence[str], channel: str) -> list[float]:
    """Type into the form's field for jobs; return the seconds until each answer."""
    await slack.standin.command("watch", user=MEMBER.id, channel=channel)
    await slack.standin.until(lambda: slack.standin.views.top(MEMBER.id) is not None, 20, [])
    view = slack.standin.views.top(MEMBER.id)
    assert view is not None
    took = []
    for query in queries:
        offered = await slack.standin.offered(view, Part.JOB.action, user=MEMBER.id, query=query)
        assert offered.answer is not None
        assert offered.error is None, offered.error
        assert offered.options or offered.groups, "nothing was found"
        took.append(offered.answer.elapsed)
        await asyncio.sleep(0.05)
    return took
