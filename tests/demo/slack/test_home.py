"""The Home tab: opened, published, pressed; and which channels a person is in."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.stand_in import ADMIN, GUEST, MEMBER, SlackStandIn
from tests.demo.slack.test_web_api import refusal

OPS, PAYROLL, BOARD = "C0DEMOOPS1", "C0DEMOSEC1", "C0DEMOHID1"
SECTION = {"type": "section", "text": {"type": "plain_text", "text": "x"}}
HOME = {"type": "home", "blocks": [SECTION]}


async def test_a_tab_is_published(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """It replaces the person's tab, which keeps its ID; with a hash only if that is the present one."""
    first = (await client.views_publish(user_id=MEMBER.id, view=HOME))["view"]
    await client.views_publish(user_id=MEMBER.id, view=HOME | {"blocks": []}, hash=first["hash"])
    assert (slack.views.homes[MEMBER.id].id, slack.views.homes[MEMBER.id].blocks) == (first["id"], [])
    assert slack.views.top(MEMBER.id) is None


async def test_a_tab_that_slack_refuses(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """An old hash, a modal, a person that isn't there, blocks that may not stand there, and an app without a tab."""

    async def error(**arguments: object) -> object:
        return (await refusal(client, "views.publish", **arguments))["error"]

    await client.views_publish(user_id=MEMBER.id, view=HOME)
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    assert await error(user_id=MEMBER.id, view=HOME, hash="0") == "hash_conflict"
    assert await error(user_id="U404", view=HOME) == "invalid_arguments"
    assert await error(user_id=MEMBER.id, view=HOME | {"type": "modal"}) == "invalid_arguments"
    assert await error(user_id=MEMBER.id, view=HOME | {"blocks": [table]}) == "invalid_arguments"
    assert await error(user_id=MEMBER.id, view=HOME | {"blocks": [SECTION] * 101}) == "invalid_arguments"
    slack.app.home_tab_enabled = False
    assert await error(user_id=MEMBER.id, view=HOME) == "not_enabled"


async def test_the_channels_of_a_person(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """In pages; private ones only if the app is in them, too, and has the scope."""

    async def channels(user: str, **arguments: object) -> list[str]:
        kinds = "public_channel,private_channel"
        found: list[str] = []
        cursor: str | None = None
        while cursor != "":
            answer = await client.users_conversations(user=user, types=kinds, cursor=cursor, **arguments)  # type: ignore[arg-type]
            found += [channel["id"] for channel in answer["channels"]]
            cursor = answer["response_metadata"]["next_cursor"]
        return found

    every = await channels(ADMIN.id)
    assert PAYROLL in every
    assert BOARD not in every
    assert await channels(ADMIN.id, limit=1) == every
    assert PAYROLL not in await channels(GUEST.id)
    assert "C0DEMOOLD1" not in await channels(GUEST.id, exclude_archived=True)
    slack.app.scopes.remove("groups:read")
    refused = await refusal(client, "users.conversations", user=ADMIN.id, types="private_channel")
    assert (refused["error"], refused["needed"]) == ("missing_scope", "groups:read")
    assert (await refusal(client, "users.conversations", user="U404"))["error"] == "user_not_found"
