import asyncio
import logging
import traceback

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.demo.slack.stand_in import Fault, SlackStandIn
from bot.slack.api.calls import NotAnswered, WebApiError, called
from bot.slack.api.client import OwnIdentity, web_client, who_am_i
from tests.slack.api.answering import answering


async def test_the_bot_knows_itself(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    """auth.test says who the bot is and what it may do."""
    me = await who_am_i(web_client(slack.app.bot_token, f"{slack.origin}/api/", session))
    assert (me.workspace, me.user_id, me.bot_id, me.user_name) == (
        slack.app.team_id,
        slack.app.bot_user_id,
        slack.app.bot_id,
        "jobwatch",
    )
    assert me.scopes == slack.app.scopes


async def test_an_answer_that_does_not_say_who_the_bot_is(session: aiohttp.ClientSession) -> None:
    """Whatever answers "ok" in Slack's place, the bot takes no other workspace for its own."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async with answering(answer) as url:
        with pytest.raises(NotAnswered):
            await who_am_i(web_client("xoxb-1", url, session))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(session: aiohttp.ClientSession, status: int) -> None:
    """Whatever answers in Slack's place, a message isn't sent elsewhere, nor is anything believed of what is there."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path.startswith("/api/"):
            return web.Response(status=status, headers={"Location": "/elsewhere"})
        return web.json_response({"ok": True, "team_id": "T1", "user_id": "U1"})

    async with answering(answer) as url:
        with pytest.raises(NotAnswered) as caught:
            await called(web_client("xoxb-1", url, session).chat_postMessage(channel="C1", text="orders"))
    assert (caught.value.code, asked) == (f"http_{status}", ["/api/chat.postMessage"])


async def test_a_refused_token_ends_the_start(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    """A wrong token is an operator's matter, and is not shown."""
    wrong = web_client(slack.app.bot_token + "-wrong", f"{slack.origin}/api/", session)
    with pytest.raises(WebApiError, match="invalid_auth") as out:
        await OwnIdentity(wrong).ask()
    assert slack.app.bot_token not in "".join(traceback.format_exception(out.value))


@pytest.mark.parametrize("word", ["ekm_access_denied", "account_inactive", "missing_scope"])
async def test_whatever_is_refused_of_the_bot_itself_is_an_operators_matter(
    slack: SlackStandIn, session: aiohttp.ClientSession, word: str
) -> None:
    """A word that of a channel means that it is gone is said of the bot here: it is locked out."""
    slack.fail(word, "auth.test")
    with pytest.raises(WebApiError, match=word):
        await OwnIdentity(web_client(slack.app.bot_token, f"{slack.origin}/api/", session)).ask()


async def test_a_doubt_about_the_bot_is_cleared_up(
    slack: SlackStandIn, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where something says that the bot is locked out, that is a trouble until Slack says otherwise; the log has it
    once, and its end."""
    real_sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda _: real_sleep(0))
    identity = OwnIdentity(web_client(slack.app.bot_token, f"{slack.origin}/api/", session))
    await identity.ask()
    slack.fail("account_inactive", "auth.test", times=3)
    with capture_logs() as logs:
        identity.invalidate("the app was uninstalled")
        assert identity.problem == "Slack reports about the bot: the app was uninstalled"
        async with asyncio.timeout(10):
            while identity.problem:
                await real_sleep(0.01)
    await identity.drain()
    assert [line["event"] for line in logs] == [
        "Slack refuses the bot's token; asking again",
        "Slack accepts the bot's token again",
    ]


async def test_a_slack_out_of_reach_does_not_end_the_start(slack: SlackStandIn, session: aiohttp.ClientSession) -> None:
    """While Slack can't be asked, the trouble is said in words; once it answers, there is none."""
    identity = OwnIdentity(web_client(slack.app.bot_token, f"{slack.origin}/api/", session))
    slack.fail(Fault.HTTP_503, "auth.test")
    await identity.ask()
    assert identity.known is None
    assert "service_unavailable" in str(identity.problem)
    await identity.ask()
    assert identity.known is not None
    assert identity.problem is None


async def test_slack_sdk_takes_no_proxy_from_the_environment(
    slack: SlackStandIn,
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The session alone chooses proxies: slack-sdk would ignore NO_PROXY and log the proxy's password."""
    caplog.set_level(logging.DEBUG)
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, "http://user:SECRET-MARK@127.0.0.1:9")
    await who_am_i(web_client(slack.app.bot_token, f"{slack.origin}/api/", session))
    assert [call.method for call in slack.calls] == ["auth.test"]
    assert "SECRET-MARK" not in caplog.text
