"""Bolt, set up to read nothing from the environment and to log no secret."""

import logging
from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.api.acknowledging import AcknowledgeOthers
from bot.slack.api.client import Identity

# At INFO Bolt logs the body of a request whose signature is wrong; at DEBUG slack-sdk logs tokens and answers.
_QUIET = ("slack_bolt", "slack_sdk")


def bolt_app(client: AsyncWebClient, signing_secret: str, identity: Callable[[], Identity | None]) -> AsyncApp:
    """Make the app. `identity` is read at each request, so that none fails while auth.test could not be asked yet.

    Bolt's own authorization calls auth.test at the first request and, if that fails, answers 200 with an apology
    for good. With `authorize` given, SLACK_CLIENT_ID in the environment can't replace the token either.
    """
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)

    async def authorize(enterprise_id: str | None, team_id: str | None, **_: Any) -> AuthorizeResult:
        known = identity()
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=client.token,
            bot_id=known.bot_id if known else None,
            bot_user_id=known.user_id if known else None,
        )

    logger = logging.getLogger("bot.slack.bolt")
    logger.setLevel(logging.ERROR)  # it warns that it ignores the token in the environment, as we want it to
    app = AsyncApp(
        name="jobwatch",  # or it reads the source of every frame on the stack to find one
        client=client,
        signing_secret=signing_secret,
        authorize=authorize,
        before_authorize=AcknowledgeOthers(),
        logger=logger,
    )
    logger.setLevel(logging.WARNING)
    return app
