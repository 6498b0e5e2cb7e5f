"""The menu of jobs in a modal: filled as somebody types."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck

from bot.slack import request as requests
from bot.slack.authorization import Authorization
from bot.slack.grammar.patterns import PatternRef
from bot.slack.handlers.job_search import JobSearch
from bot.slack.messages import failures
from bot.slack.request import Asker, Unreadable
from bot.slack.watch_form import view as form_views
from bot.slack.watch_form.form import Part
from bot.slack.watch_form.reading import read_origin
from bot.store.database import DatabaseFault

log = structlog.get_logger(__name__)

# Seconds. Slack waits for three, and the way there and back is a part of them.
_LIST_LIMIT = 2.0  # for the jobs service's list, which the menu can do without
_MENU_LIMIT = 2.5
_LONGEST_QUERY = 200
_NO_WILDCARDS = str.maketrans("*?", "  ")
_SEARCHES_AT_ONCE = 100
_SEARCHES_EACH = 10  # of one person


class JobMenu:
    """Answers for the menu in the watch form, which takes patterns, too, and for the one that looks up a job."""

    def __init__(self, job_search: JobSearch, authorization: Authorization) -> None:
        self._job_search = job_search
        self._authorization = authorization
        self._searching: Counter[str] = Counter()  # searches under way, by person

    async def on_search(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        try:
            asker = requests.asker_of(body)
        except Unreadable as unreadable:
            log.error("a job search can't be read", why=str(unreadable))
            await ack({"options": []})
            return
        if self._searching[asker.user] >= _SEARCHES_EACH or self._searching.total() >= _SEARCHES_AT_ONCE:
            await ack(form_views.refused_options(failures.still_searching()))
            return
        self._searching[asker.user] += 1
        try:
            await ack(await self._options(body, asker))
        finally:
            self._searching -= Counter({asker.user: 1})  # forgets who has none left

    async def _options(self, body: dict[str, Any], asker: Asker) -> dict[str, Any]:
        words = str(body.get("value") or "")[:_LONGEST_QUERY]
        try:
            async with asyncio.timeout(_MENU_LIMIT):
                if refused := await self._authorization.refusal(asker, ""):
                    return form_views.refused_options(refused)
                channel = read_origin(body.get("view")).channel
                sees = await self._authorization.sees(channel, asker.user)
                asking = requests.of_menu(body, channel if sees else asker.user).asking
                pattern = PatternRef.of(words)
                named = words.translate(_NO_WILDCARDS) if pattern else words
                pattern = pattern if body.get("action_id") == Part.JOB.action else None
                found, unlisted = await self._job_search.find_by_words(named, asking, within=_LIST_LIMIT)
                matches = await self._job_search.count_matching(pattern.glob, within=_LIST_LIMIT) if pattern else None
        except Unreadable as unreadable:
            log.error("a job search can't be read", why=str(unreadable))
        except (TimeoutError, DatabaseFault) as fault:
            log.warning("jobs could not be searched", fault=repr(fault))
        except Exception:
            log.exception("jobs could not be searched")
        else:
            return form_views.job_options(found, unlisted, datetime.now(UTC), pattern, matches)
        return {"options": []}
