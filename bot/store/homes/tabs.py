"""Home tabs as rows: opened, used, published."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.home.tab import HomeTab
from bot.store.sql.tables import AppHomeRow
from bot.store.sql.upsert import insert_if_absent, rows_changed

# A claim on a tab: nobody else compares it while its holder asks Slack and publishes it.
CLAIMED_FOR = timedelta(seconds=10)
# Who comes back later than that begins anew: on the first page, without a search.
_SAME_VISIT = timedelta(hours=1)


async def open_tab(session: AsyncSession, person: Destination, direct_message: str, now: datetime) -> HomeTab:
    """Note that a person opened their Home tab; return it, claimed."""
    start = {"direct_message": direct_message, "opened_at": now, "page": 1, "words": "", "compared_at": now}
    await insert_if_absent(session, AppHomeRow, workspace=person.workspace, person=person.id, **start)
    row = (await session.scalars(select(AppHomeRow).where(*_of(person)).with_for_update())).one()
    if now - row.opened_at > _SAME_VISIT:
        row.page, row.words = 1, ""
    row.opened_at, row.compared_at, row.direct_message = now, now + CLAIMED_FOR, direct_message
    return to_tab(row)


async def use(
    session: AsyncSession, person: Destination, now: datetime, *, page: int | None = None, words: str | None = None
) -> HomeTab | None:
    """Note that a person did something in their tab, such as to turn to another page or to search other words; return
    it, claimed. None if they never opened it."""
    row = (await session.scalars(select(AppHomeRow).where(*_of(person)).with_for_update())).one_or_none()
    if row is None:
        return None
    row.page, row.words = row.page if page is None else page, row.words if words is None else words
    row.opened_at, row.compared_at = now, now + CLAIMED_FOR
    return to_tab(row)


async def find(session: AsyncSession, person: Destination) -> HomeTab | None:
    """A person's Home tab; None if they never opened it."""
    row = (await session.scalars(select(AppHomeRow).where(*_of(person)))).one_or_none()
    return to_tab(row) if row else None


async def know_channels(session: AsyncSession, person: Destination, channels: Sequence[str], at: datetime) -> None:
    """Note which channels the person is in."""
    await _set(session, person, channels=json.dumps(list(channels)), channels_at=at)


async def forget_channels(session: AsyncSession, person: Destination, now: datetime) -> None:
    """The person joined or left a channel: Slack must be asked anew, and what they see may be different."""
    await _set(session, person, channels_at=None, due_at=now)


async def forget_channel(session: AsyncSession, channel: Destination, now: datetime) -> None:
    """The channel's ID changed: of those who are in it, Slack must be asked anew."""
    known = AppHomeRow.channels.contains(json.dumps(channel.id), autoescape=True)
    those = update(AppHomeRow).where(AppHomeRow.workspace == channel.workspace, known)
    await session.execute(those.values(channels_at=None, due_at=now))


async def note_published(
    session: AsyncSession, tab: HomeTab, *, over: str | None, due_at: datetime | None, now: datetime
) -> None:
    """Note what a tab shows from now on, and when that ends by itself. It was published `over` the view with that hash.

    If another one was noted meanwhile, nobody knows which of the two Slack shows: then the tab is published again.
    """
    values = {"shown": tab.shown, "view_hash": tab.view_hash, "page": tab.page, "due_at": due_at, "compared_at": now}
    as_before = (*_of(tab.person), AppHomeRow.view_hash.is_not_distinct_from(over))
    if not await rows_changed(session, update(AppHomeRow).where(*as_before).values(values)):
        await _set(session, tab.person, shown=None, view_hash=None, due_at=now, compared_at=now)


async def note_unchanged(session: AsyncSession, tab: HomeTab, *, due_at: datetime | None, now: datetime) -> None:
    """Note when what a tab still shows ends by itself."""
    await _set(session, tab.person, due_at=due_at, compared_at=now)


async def postpone(session: AsyncSession, person: Destination, until: datetime, now: datetime) -> None:
    """Slack didn't accept a tab now: compare it again then."""
    await _set(session, person, due_at=until, compared_at=now)


async def forget(session: AsyncSession, person: Destination) -> None:
    """Slack shows this person no Home tab any more, until they open it again."""
    await session.execute(delete(AppHomeRow).where(*_of(person)))


def to_tab(row: AppHomeRow) -> HomeTab:
    """A tab from its row."""
    return HomeTab(
        Destination(row.workspace, row.person),
        row.direct_message,
        row.page,
        row.words,
        _channels(row.channels),
        row.channels_at,
        row.shown,
        row.view_hash,
    )


def _channels(text: str | None) -> tuple[str, ...] | None:
    """The channels in a column; None, so that Slack is asked anew, if they can't be read."""
    try:
        found = json.loads(text or "null")
    except ValueError:
        return None
    return tuple(map(str, found)) if isinstance(found, list) else None


async def _set(session: AsyncSession, person: Destination, **values: object) -> None:
    await session.execute(update(AppHomeRow).where(*_of(person)).values(values))


def _of(person: Destination) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return AppHomeRow.workspace == person.workspace, AppHomeRow.person == person.id
