"""Look-ups, history, lists and help: what the bot answers when somebody asks."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from bot.demo.page.gallery.cast import (
    BEN,
    BUSY,
    BUSY_REMEDY,
    CHANGES,
    CLICKS,
    COMMAND,
    ERROR,
    ERRORS,
    FRAUD,
    INVENTORY,
    MINUTE,
    OPS,
    ORDERS,
    PAYMENTS,
    REFS,
    TELEMETRY,
    UNDEPLOYED,
    UP,
    WARNING,
    Cast,
)
from bot.demo.page.gallery.example import Example, private
from bot.demo.page.gallery.example import posted as shared
from bot.domain.job_search import NamedJob
from bot.domain.subscription import WatchedPage
from bot.domain.throughput import Statistics, Throughput
from bot.slack.grammar.commands import ShowStatus
from bot.slack.grammar.references import Name
from bot.slack.messages import help, look_up, pickers, watch_list


def one_job(cast: Cast) -> Iterator[Example]:
    """Answers about one job."""
    ref, around = REFS[ORDERS], look_up.Surroundings()
    failing = cast.subscription(cast.tracked(ORDERS, ERROR, status_since=cast.ago(minutes=40)))
    watched = look_up.Surroundings(subscription=failing, has_history=True)
    yield private(
        "A job that runs", look_up.job_card, cast.job(), ref, around, now=cast.now, throughput=_throughput(cast)
    )
    yield private("A job that fails", look_up.job_card, cast.job(status=ERROR), ref, watched, now=cast.now)
    ended = cast.job(TELEMETRY, UNDEPLOYED, start_time=cast.ago(days=1_830), end_time=cast.ago(days=1_829))
    yield private("A job that ended years ago", look_up.job_card, ended, REFS[TELEMETRY], around, now=cast.now)
    bare = replace(cast.job(), location=None, runtime_env=None, org_id=None, started_by=None, start_time=None)
    yield private("A job of which little is known", look_up.job_card, bare, ref, around, now=cast.now)
    yield shared("Ben shares a job", look_up.shared_job_card, cast.job(), ref, around, BEN, now=cast.now)
    yield private("The job can't be checked", look_up.cannot_check, Name(ORDERS), BUSY, BUSY_REMEDY)


def _throughput(cast: Cast) -> Throughput:
    now = Statistics(REFS[ORDERS].run, 51_840_000, 51_800_000, 31_100_000_000, 29_000_000_000, None, None, cast.now)
    before = replace(now, in_messages=51_570_000, out_messages=51_572_000)
    before = replace(before, in_bytes=30_940_000_000, out_bytes=28_850_000_000)
    return Throughput(now, replace(before, at=cast.now - MINUTE))


def lists(cast: Cast) -> Iterator[Example]:
    """Lists, pickers and the help."""
    show = partial(_show, cast)
    place: dict[str, Any] = {"place": OPS, "command": COMMAND, "now": cast.now}
    yield private("What this channel watches", watch_list.watch_list, show(), [], **place)
    covering = [cast.pattern("sales-*", 12), cast.pattern(jobs=45, failure=BUSY)]
    hr = [cast.subscription(cast.tracked(f"hr-{number:03}")) for number in range(1, 10)]
    many = cast.watched(*show().subscriptions, *hr, pages=3, total=45)
    yield private("The first of three pages, with patterns", watch_list.watch_list, many, covering, **place)
    yield private("Nothing is watched yet", watch_list.watch_list, cast.watched(), [], **place)
    beyond = cast.watched(number=9, pages=3, total=45)
    yield private("A page that doesn't exist", watch_list.watch_list, beyond, [], **place)
    yield private("Help", help.help_text, show(), to_person=False, command=COMMAND, now=cast.now)
    found = _found(cast)
    place["watched"] = [each.target for each in found[:2]]
    del place["place"]
    yield private("All jobs", pickers.jobs_page, found, "", None, page=1, **place)
    sales, orders = _named(cast, "sales-{:03}", 60), _named(cast, "orders-{}", 5)
    yield private("Page 2 of a search", pickers.jobs_page, sales, "sales", None, page=2, **place)
    yield private("No job is found", pickers.jobs_page, [], "sals", None, page=1, **place)
    yield private("Without the job list", pickers.jobs_page, found, "", BUSY, page=1, **place)
    yield private(
        "A name of several jobs", pickers.which_job, "orders", orders, ShowStatus, command=COMMAND, now=cast.now
    )
    no_such_job = pickers.no_such_job
    example = f"status {REFS[ORDERS].dataflow} {REFS[ORDERS].run}"
    yield private(
        "A mistyped name", no_such_job, "order-to-lake", None, command=COMMAND, example=example, now=cast.now,
        similar=[cast.named(ORDERS)],
    )  # fmt: skip
    yield private("A name like no other", no_such_job, "x", None, command=COMMAND, example=example, now=cast.now)
    yield private("… without the list", no_such_job, "x", BUSY, command=COMMAND, example=example, now=cast.now)


def _show(cast: Cast) -> WatchedPage:
    dropped = {"given_up_because": "ratelimited", "given_up_at": cast.ago(hours=2)}
    return cast.watched(
        cast.subscription(cast.tracked(PAYMENTS, ERROR)),
        cast.subscription(cast.tracked(CLICKS, WARNING), muted_until=cast.now + 60 * MINUTE, muted_by=BEN),
        cast.subscription(cast.unavailable(INVENTORY)),
        cast.subscription(cast.tracked(FRAUD), ERRORS, paused_because="restricted_action", paused_at=cast.ago(hours=5)),
        cast.subscription(cast.tracked(), CHANGES, **dropped),
        cast.subscription(cast.tracked(TELEMETRY, followed=False)),
    )


def _found(cast: Cast) -> list[NamedJob]:
    statuses = {PAYMENTS: ERROR, CLICKS: WARNING}
    return [cast.named(name, statuses.get(name, UP)) for name in (PAYMENTS, CLICKS, FRAUD, INVENTORY, ORDERS)]


def _named(cast: Cast, name: str, jobs: int) -> list[NamedJob]:
    return [cast.named(name.format(number)) for number in range(1, jobs + 1)]
