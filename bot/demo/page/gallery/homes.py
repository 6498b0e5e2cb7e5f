"""The Home tab, and what follows a press in it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.demo.page.gallery.cast import (
    ADA,
    BEN,
    BUSY,
    CHANGES,
    CLICKS,
    COMMAND,
    DEPLOYING,
    ERROR,
    ERRORS,
    FRAUD,
    HERE,
    HOUR,
    INVENTORY,
    ORDERS,
    OTHER,
    PAYMENTS,
    STOPPED,
    TELEMETRY,
    UP,
    WARNING,
    Cast,
)
from bot.demo.page.gallery.example import Example, home, modal, private
from bot.domain.channel.silence import Silence
from bot.domain.destination import Destination
from bot.domain.home.page import HomePage, PausedPlace, QuietPlace
from bot.domain.job import Status
from bot.domain.reminding import Escalation, Reminders, Reminding
from bot.domain.subscription import Subscription
from bot.slack.grammar.references import Name
from bot.slack.messages.failures import not_for_strangers
from bot.slack.messages.history import report
from bot.slack.messages.home import view as it
from bot.slack.messages.modals import from_home

_DM = "D0DEMOBEN1"
_MINE, _THERE = Destination(HERE.workspace, BEN), Destination(HERE.workspace, OTHER)


def homes(cast: Cast) -> Iterator[Example]:
    """The tab of somebody who begins, of one who watches much, and of those to whom little is shown."""
    worst = [cast.named(ORDERS, ERROR), cast.named(CLICKS, WARNING), cast.named(PAYMENTS)]
    yield home("Nothing is watched yet", it.first_time_view, worst, _DM, command=COMMAND, now=cast.now)
    failed = "internal_error"
    yield home("… and little is known", it.first_time_view, [], _DM, command=COMMAND, unasked=failed, now=cast.now)
    few = _few(cast)
    yield home("A few jobs", it.home_view, _page(few), _DM, now=cast.now)
    many = [_one(cast, f"sales-{number:03}", UP, HERE if number % 3 else _MINE) for number in range(1, 16)]
    many = [*few, *many][: it.JOBS_PER_PAGE]
    statuses = Counter(one.job.status.status_class for one in few) + Counter({UP.status_class: 495})
    page = replace(_page(many, pages=25, found=500), own=160, channels=340, statuses=statuses)
    yield home("Five hundred jobs", it.home_view, page, _DM, now=cast.now)
    last = [_one(cast, f"sales-{number:03}", UP, HERE) for number in range(476, 496)]
    page = replace(page, number=25, subscriptions=last)
    yield home("… their last page", it.home_view, page, _DM, now=cast.now)
    yield home(
        "A search",
        it.home_view,
        replace(_page(few, words="to lake"), subscriptions=few[:1], found=1),
        _DM,
        now=cast.now,
    )
    none = replace(_page(few), subscriptions=[], found=0, pages=0, words="payrol")
    yield home("A search without a result", it.home_view, none, _DM, now=cast.now)
    yield home("Everything is muted or paused", it.home_view, _silent(cast), _DM, now=cast.now)
    patterns = HomePage(patterns=1)
    yield home("A pattern that matches nothing yet", it.home_view, patterns, _DM, now=cast.now)
    yield home("Names from outside", it.home_view, _page(_hostile(cast)), _DM, now=cast.now)
    yield home("Old data", it.home_view, _page([_old(cast, one) for one in few]), _DM, now=cast.now)
    unavailable = Subscription(1, _MINE, cast.unavailable(), BEN, ERRORS, UP)
    others = [one for one in few if one.job.title != PAYMENTS]
    page = replace(_page([*others, unavailable]), failures={BUSY: 1})
    yield home("A job can't be checked", it.home_view, page, _DM, now=cast.now)
    yield home(
        "A guest, who is in one channel", it.home_view, _page([_one(cast, INVENTORY, WARNING, HERE)]), _DM, now=cast.now
    )
    page = replace(_page(few[1:2]), unasked="ratelimited")
    yield home("Slack doesn't say which channels", it.home_view, page, _DM, now=cast.now)
    yield home("Somebody of another company", it.refused_home_view, not_for_strangers())
    yield home("The database is down", it.unavailable_view)
    yield modal("Ben wants to stop watching", from_home.stop_question, few[0].job, _THERE.id, cast.now)
    yield modal("… his own alerts", from_home.stop_question, few[1].job, _DM, cast.now)
    yield private("… and Slack doesn't ask", from_home.cannot_ask, "internal_error")
    missing = report.no_history(Name(ORDERS), to_person=False, command=COMMAND)
    yield modal("A reply", from_home.reply_modal, missing, OTHER)


def _one(cast: Cast, name: str, status: Status, place: Destination, **more: Any) -> Subscription:
    return Subscription(1, place, cast.tracked(name, status), BEN, more.pop("status_filter", CHANGES), status, **more)


def _few(cast: Cast) -> list[Subscription]:
    return [
        _one(cast, ORDERS, ERROR, HERE, reminding=Reminding(Reminders(HOUR / 2), Escalation(ADA, HOUR / 4))),
        _one(cast, CLICKS, WARNING, _MINE, status_filter=ERRORS),
        _one(cast, FRAUD, STOPPED, HERE, muted_until=cast.now + HOUR, muted_by=ADA),
        _one(cast, PAYMENTS, DEPLOYING, _THERE),
        _one(cast, INVENTORY, UP, _MINE),
    ]


def _page(watched: Sequence[Subscription], *, pages: int = 1, found: int = 0, words: str = "") -> HomePage:
    mutes = [one for one in watched if one.muted_until is not None]
    own = sum(one.destination.is_person for one in watched)
    return HomePage(
        subscriptions=watched,
        pages=pages,
        found=found or len(watched),
        words=words,
        own=own,
        channels=len(watched) - own,
        statuses=Counter(one.job.status.status_class for one in watched),
        muted=len(mutes),
        mutes=[one for one in mutes if one.silence_id is None],
    )


def _silent(cast: Cast) -> HomePage:
    """Mutes of people, maintenance, quiet hours, and channels in which the bot can't post."""
    end = cast.now + 2 * HOUR
    dropped = {"given_up_because": "ratelimited", "given_up_at": cast.ago(hours=2)}
    watched = [
        _one(cast, ORDERS, ERROR, HERE, muted_until=end, muted_by=ADA, **dropped),
        _one(cast, CLICKS, WARNING, _MINE, muted_until=end, muted_until_change=True, muted_by=BEN),
        _one(cast, FRAUD, UP, HERE, paused_because="restricted_action"),
        _one(cast, INVENTORY, UP, _MINE, muted_until=end, muted_by=BEN, silence_id=2),
        _one(cast, TELEMETRY, UP, _MINE, paused_because="messages_tab_disabled"),
        _one(cast, PAYMENTS, UP, _THERE, paused_because="is_archived"),
        _one(cast, "sales-001", UP, HERE, muted_until=end, muted_by=ADA, silence_id=1),
    ]
    window = Silence(1, HERE, "sales-*", ADA, cast.now, end, "the warehouse moves")
    pauses = [PausedPlace(one.destination, one.paused_because, 1) for one in watched if one.paused_because is not None]
    return replace(
        _page(watched),
        silences=[window, Silence(2, _MINE, "*", BEN, cast.now, end)],
        quiet=[QuietPlace(_MINE, end)],
        pauses=pauses,
    )


def _hostile(cast: Cast) -> list[Subscription]:
    names = ["<!channel> *bold* `code`", "\u202eevil\u200b", "", "long " * 60, "&lt;@U0DEMOBEN1&gt;\nsecond line"]
    odd, end = Status.of("*Paused* <https://example.com|by> somebody"), cast.now + HOUR
    jobs = [replace(cast.tracked(ORDERS, odd), title=name) for name in names]
    return [Subscription(1, HERE, job, BEN, CHANGES, odd, muted_until=end, muted_by=ADA) for job in jobs]


def _old(cast: Cast, one: Subscription) -> Subscription:
    return replace(one, job=replace(one.job, polled_at=cast.ago(hours=3)))
