import io
import time

import aiohttp

from bot.demo.slack.stand_in import signed_headers
from tests.scenarios.world import DATAFLOW, JOB, RUN, World

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JUNK: dict[str, bytes] = {
    "broken JSON": b'{"type": "event_callback", "SECRET-MARK"',
    "invalid UTF-8": b"\xff\xfe SECRET-MARK",
    "an array": b'["SECRET-MARK"]',
    "nothing": b"",
    "an unreadable payload": b"payload=SECRET-MARK",
}


async def test_a_request_that_slack_did_not_sign_is_refused(world: World) -> None:
    """Forged, stale and unsigned requests get 401, signed junk gets 200; nothing has an effect and no body is
    logged."""
    command = f"command=/job&text=watch+{JOB.replace(' ', '+')}+SECRET-MARK".encode()
    now, secret = int(time.time()), world.slack.app.signing_secret
    forged = {
        "no signature": {},
        "another secret": signed_headers("another", command, now),
        "six minutes old": signed_headers(secret, command, now - 360),
        "from the future": signed_headers(secret, command, now + 360),
        "a timestamp of letters": signed_headers(secret, command, "soon"),
        "another body": signed_headers(secret, b"other", now),
        "an empty signature": {"X-Slack-Request-Timestamp": str(now), "X-Slack-Signature": ""},
        "a signature beyond ASCII": {"X-Slack-Request-Timestamp": str(now), "X-Slack-Signature": "v0=\u00e9"},
    }
    async with world.bot() as bot, aiohttp.ClientSession() as session:

        async def post(body: bytes | io.BytesIO, headers: dict[str, str]) -> int:
            async with session.post(world.slack.delivery.events_url or "", data=body, headers=headers) as response:
                return response.status

        for what, headers in forged.items():
            assert await post(command, headers | _FORM) == 401, what
        for what, body in _JUNK.items():
            for kind in ("application/json", "application/x-www-form-urlencoded"):
                assert await post(body, {"Content-Type": kind}) == 401, what
                signed = await post(body, signed_headers(secret, body, now) | {"Content-Type": kind})
                assert signed == (401 if what == "invalid UTF-8" else 200), (what, kind, signed)
        huge = b"x" * 5_000_000
        assert await post(io.BytesIO(huge), _FORM) == 401
        assert await post(io.BytesIO(huge), signed_headers(secret, huge, now) | _FORM) == 413
        assert "SECRET-MARK" not in "\n".join(bot.log)
        assert "Traceback" not in "\n".join(bot.log)
        assert "doesn't watch any jobs yet" in (await world.reply("list")).text
    assert world.jobs.requests == []


async def test_an_event_without_a_handler_gets_200(world: World) -> None:
    """An unknown event is accepted: Slack would repeat a refused one, and disable an app that refuses too many."""
    async with world.bot():
        for event in ("reaction_added", "message", "app_home_opened", "no_such_event"):
            answer = await world.slack.event({"type": event, "user": "U1", "channel": world.channel})
            assert answer.status == 200, event


async def test_no_secret_is_in_any_log(world: World) -> None:
    """At level DEBUG, over commands, polls, alerts and failures, no token, password, session ID or response URL is
    logged."""
    async with world.bot(LOG_LEVEL="DEBUG") as bot:
        await world.reply(f"watch {JOB}")
        await world.reply(f"status {JOB}")
        await world.reply("list")
        world.jobs.expire_sessions()
        world.slack.fail("invalid_auth")
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await bot.wait_for_log("nothing can be delivered")
        await world.until_ready(503, because="invalid_auth")
    log = "\n".join(bot.log)
    secrets = [world.slack.app.bot_token, world.slack.app.signing_secret, *world.jobs.log_in.accounts.values()]
    secrets += [*world.jobs.sessions, "/commands/"]
    assert [secret for secret in secrets if secret in log] == []
