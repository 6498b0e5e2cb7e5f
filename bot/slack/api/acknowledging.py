"""Payloads that no listener takes are acknowledged all the same.

Slack redelivers what gets another status than 200 (or no answer in Socket Mode), and ends the subscription of an app
that answers so too often.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

log = structlog.get_logger(__name__)


def has_listener(body: Any) -> bool:
    """Whether Bolt finds a listener for a payload and can read what it hands to that. It can't read a workflow's step,
    say, and knows no listener for a payload without an inner event."""
    match body:
        case {"command": str()}:
            return True
        case {"type": "url_verification", "challenge": str()}:
            return True
        case {"type": "event_callback", "event": {"type": str()}}:
            return True
        case {"type": "block_actions", "actions": [{"action_id": str()}, *_]}:
            return True
        case {"type": "block_suggestion", "action_id": str()}:
            return True
        case {"type": "shortcut" | "message_action", "callback_id": str()}:
            return True
        case {"type": "view_submission" | "view_closed", "view": {"type": "modal", "callback_id": str()}}:
            return True
    return False


class AcknowledgeOthers(AsyncMiddleware):
    """Answers 200 to what `has_listener` doesn't know. It runs after the signature was verified."""

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],
    ) -> BoltResponse | None:
        if has_listener(req.body):
            return await next()
        kind = str(req.body.get("type"))[:40]
        if kind == "app_rate_limited":
            log.warning("Slack holds back events: there were too many within an hour")
        else:
            log.debug("no handler for a payload", kind=kind)
        return BoltResponse(status=200, body="")
