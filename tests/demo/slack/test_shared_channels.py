"""A channel that companies share, as Slack shows it to a bot that is installed in one of them."""

import json

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.stand_in import ADMIN, GUEST, MEMBER, PARTNER, SlackStandIn
from bot.demo.slack.workspace.members import PARTNER_TEAM
from tests.demo.slack.test_delivery import conversation
from tests.demo.slack.test_interactions import element, opened, payload, posted, row, text

OPS, GENERAL, SHARED = "C0DEMOOPS1", "C0DEMOGEN1", "C0PARTEXT1"
BUTTON = element("button", text=text("Go"), value="1")


async def test_a_partners_press_names_their_company() -> None:
    """The person and the payload's team are the partner's; a member's are the workspace's."""
    async with conversation(web.Response()) as (slack, bot):
        message = await posted(slack, BUTTON)
        for person, team in ((PARTNER, PARTNER_TEAM), (MEMBER, slack.app.team_id)):
            await slack.press(message, "it", user=person.id)
            assert payload(bot)["team"]["id"] == payload(bot)["user"]["team_id"] == team


async def test_a_partners_form_names_the_installation() -> None:
    """In a view, the workspace whose app it is stands beside the person's company."""
    async with conversation(web.Response()) as (slack, bot):
        view = await opened(slack, row(BUTTON), user=PARTNER.id)
        await slack.submit(view, user=PARTNER.id)
        assert payload(bot)["team"]["id"] == PARTNER_TEAM
        assert payload(bot)["view"]["app_installed_team_id"] == slack.app.team_id


async def test_an_event_of_a_shared_channel() -> None:
    """It carries the workspace that hosts the channel at the top, the partner's or ours, and the installation in its
    authorizations."""
    async with conversation(web.Response()) as (slack, bot):
        slack.channels[GENERAL].host = slack.app.team_id
        for channel, host in ((SHARED, PARTNER_TEAM), (GENERAL, slack.app.team_id), (OPS, slack.app.team_id)):
            await slack.archive(channel)
            body = json.loads(bot.bodies[-1])
            assert (body["team_id"], body["is_ext_shared_channel"]) == (host, channel != OPS)
            assert body["authorizations"][0]["team_id"] == body["context_team_id"] == slack.app.team_id


async def test_a_partner_is_a_stranger(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """Profiles say who is from elsewhere, and channels that they are shared."""
    partner, member = [(await client.users_info(user=each.id))["user"] for each in (PARTNER, MEMBER)]
    assert (partner["team_id"], partner["is_stranger"]) == (PARTNER_TEAM, True)
    assert (member["team_id"], "is_stranger" in member) == (slack.app.team_id, False)
    shared, own = [(await client.conversations_info(channel=each))["channel"] for each in (SHARED, OPS)]
    assert (shared["is_ext_shared"], own["is_ext_shared"]) == (True, False)


async def test_members_come_in_pages(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """`conversations.members` goes on where its cursor says, until there is none."""
    found, cursor = list[str](), ""
    while True:
        page = await client.conversations_members(channel=SHARED, limit=2, **({"cursor": cursor} if cursor else {}))
        found += page["members"]
        if not (cursor := page["response_metadata"]["next_cursor"]):
            break
    assert len(found) == len(set(found)) == 5
    assert set(found) == {ADMIN.id, MEMBER.id, GUEST.id, PARTNER.id, slack.app.bot_user_id}
    with pytest.raises(SlackApiError, match="invalid_limit"):
        await client.conversations_members(channel=SHARED, limit=1000)
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.conversations_members(channel="C0DEMOHID1")
