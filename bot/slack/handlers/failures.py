"""What a person reads if a request fails: the reason, and what to do."""

import asyncio
from collections.abc import Awaitable

import structlog

from bot.informatica.errors import JobsServiceError
from bot.slack.grammar.presses import Press
from bot.slack.grammar.references import Ref
from bot.slack.messages import failures, look_up
from bot.slack.request import Reply, Request
from bot.store.database import DatabaseFault

log = structlog.get_logger(__name__)

# Seconds until a person gets a reply, whatever hangs: they were promised one within 20, and a look-up may take 15.
_REPLY_LIMIT = 18


async def explained(work: Awaitable[Reply | None], press: Press, request: Request) -> Reply | None:
    """Await the work that a request asked for; if it fails, return a reply that says why. Never raises."""
    try:
        async with asyncio.timeout(_REPLY_LIMIT):
            return await work
    except JobsServiceError as error:
        if ref := getattr(press, "ref", None):
            return cannot_check(error, ref, request)
        log.error("a look-up failed that named no job", request=repr(request), error=str(error))
        message = failures.internal_error()
    except TimeoutError:
        log.error("a request took too long", request=repr(request))
        message = failures.took_too_long(request.typed)
    except DatabaseFault as fault:
        log.error("the database failed a request", request=repr(request), fault=repr(fault))
        message = failures.database_problem()
    except Exception:
        log.exception("a request failed", request=repr(request))
        message = failures.internal_error()
    return Reply(message, is_failure=True)


def cannot_check(error: JobsServiceError, ref: Ref, request: Request) -> Reply:
    """The jobs service failed a look-up."""
    log.warning("a look-up failed", request=repr(request), error=str(error))
    return Reply(look_up.cannot_check(ref, error.reason, error.remedy), is_failure=True)
