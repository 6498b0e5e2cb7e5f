import aiohttp
import pytest
from aiohttp import web

from bot.demo.slack.stand_in import ADMIN, GUEST, MEMBER, PARTNER, Fault, SlackStandIn
from bot.demo.slack.workspace.members import LEFT, PARTNER_TEAM
from bot.slack.api import directory as directory_module
from bot.slack.api.calls import NotAnswered, WebApiError
from bot.slack.api.client import web_client
from bot.slack.api.directory import Directory, Profile
from tests.slack.api.answering import answering
from tests.slack.world import GENERAL, OPS, PAYROLL

HIDDEN = "C0DEMOHID1"


@pytest.fixture
def directory(slack: SlackStandIn, session: aiohttp.ClientSession) -> Directory:
    return Directory(web_client(slack.app.bot_token, f"{slack.origin}/api/", session))


async def test_who_a_person_is(slack: SlackStandIn, directory: Directory) -> None:
    """A profile says where somebody is at home, and what they are here."""
    ours = slack.app.team_id
    assert await directory.profile(MEMBER.id) == Profile(ours, time_zone="America/New_York")
    assert await directory.profile(ADMIN.id) == Profile(ours, is_admin=True, time_zone="Europe/London")
    assert await directory.profile(GUEST.id) == Profile(ours, is_guest=True, time_zone="Asia/Tokyo")
    assert await directory.profile(PARTNER.id) == Profile(PARTNER_TEAM, is_stranger=True, time_zone="Europe/Paris")
    assert await directory.profile(LEFT.id) == Profile(ours, time_zone=LEFT.tz, is_deactivated=True)
    assert await directory.profile("U0NOBODY01") is None


@pytest.mark.parametrize(
    ("user", "profile"),
    [
        ({"team_id": "T1", "is_ultra_restricted": True}, Profile("T1", is_guest=True)),
        ({"team_id": "T1", "is_owner": True, "tz": None}, Profile("T1", is_admin=True)),
        ({"team_id": "T1", "is_primary_owner": True, "is_admin": "yes"}, Profile("T1", is_admin=True)),
        ({"team_id": "T2", "enterprise_user": {"teams": ["T1", "T2"]}}, Profile("T2", frozenset({"T1", "T2"}))),
        ({}, Profile(None)),
        ({"team_id": 5, "enterprise_user": "E1", "is_stranger": "yes"}, Profile(None)),
    ],
)
async def test_a_profile_of_any_shape(user: object, profile: Profile, session: aiohttp.ClientSession) -> None:
    """What a profile lacks isn't guessed."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "user": user})

    async with answering(answer) as url:
        assert await Directory(web_client("xoxb-1", url, session)).profile("U1") == profile


@pytest.mark.parametrize("value", [None, "x", 7])
async def test_an_answer_without_what_was_asked_is_none(value: object, session: aiohttp.ClientSession) -> None:
    """An answer that lacks the person, the channel or the members says nothing of them, neither yes nor no."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, **dict.fromkeys(("user", "channel", "members", "channels"), value)})

    async with answering(answer) as url:
        directory = Directory(web_client("xoxb-1", url, session))
        for question in (
            directory.profile("U1"),
            directory.is_public("C1"),
            directory.has_member("C1", "U1"),
            directory.channels_of("U1"),
        ):
            with pytest.raises(NotAnswered):
                await question


async def test_which_channels_are_public(directory: Directory) -> None:
    """A channel that Slack doesn't show, or that isn't there, is as good as private."""
    assert [await directory.is_public(each) for each in (OPS, GENERAL, PAYROLL, HIDDEN, "C0NOWHERE1")] == [
        *(True, True),
        *(False, False, False),
    ]


@pytest.mark.parametrize(
    ("channel", "shared"),
    [
        ({"is_ext_shared": False}, False),
        ({"is_ext_shared": False, "is_shared": False, "is_org_shared": False, "is_pending_ext_shared": False}, False),
        ({"is_ext_shared": True}, True),
        ({"is_ext_shared": False, "is_org_shared": True}, True),
        ({"is_ext_shared": False, "is_pending_ext_shared": True}, True),
        ({"is_im": True}, True),  # Slack doesn't say it of direct messages
        ("C1", True),
    ],
)
async def test_who_else_sees_a_channel(channel: object, shared: bool, session: aiohttp.ClientSession) -> None:
    """Only a channel that Slack calls unshared in every way is one."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "channel": channel})

    async with answering(answer) as url:
        assert await Directory(web_client("xoxb-1", url, session)).is_shared("C1") is shared


@pytest.mark.parametrize(("members", "channels"), [(900, 900), (1, 900), (1, 1)])
async def test_who_is_in_a_channel(
    slack: SlackStandIn, directory: Directory, monkeypatch: pytest.MonkeyPatch, members: int, channels: int
) -> None:
    """Somebody is found among the members or, if a page doesn't hold them, among the person's channels: in few
    questions, and whether the channel is public or not."""
    monkeypatch.setattr(directory_module, "_MEMBERS_A_PAGE", members)
    monkeypatch.setattr(directory_module, "_CHANNELS_A_PAGE", channels)
    slack.channels[OPS].members |= {f"U0{number:08}" for number in range(30)}
    slack.channels[OPS].members.discard(GUEST.id)
    found = [await directory.has_member(OPS, each) for each in (ADMIN.id, MEMBER.id, GUEST.id)]
    assert found == [True, True, False]
    assert len(slack.calls) <= 3 * (1 + directory_module._MAX_CHANNEL_PAGES)
    assert await directory.has_member(PAYROLL, sorted(slack.channels[PAYROLL].members)[-1])


async def test_somebody_in_very_many_channels(
    slack: SlackStandIn, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large channel, after so many pages of the person's channels, it isn't known whether they are there; that
    isn't a "no"."""
    monkeypatch.setattr(directory_module, "_MEMBERS_A_PAGE", 1)
    monkeypatch.setattr(directory_module, "_CHANNELS_A_PAGE", 1)
    monkeypatch.setattr(directory_module, "_MAX_CHANNEL_PAGES", 1)
    slack.channels[GENERAL].members.discard(MEMBER.id)
    assert len([each for each in slack.channels.values() if MEMBER.id in each.members and not each.is_private]) > 1
    assert await directory.has_member(GENERAL, MEMBER.id) is None
    assert len(slack.calls) == 2


@pytest.mark.parametrize("fault", [Fault.HTTP_503, Fault.RATE_LIMITED, Fault.DROP_BEFORE, "internal_error"])
async def test_what_can_not_be_asked_is_no_answer(
    slack: SlackStandIn, directory: Directory, fault: Fault | str
) -> None:
    """A Slack that is unwell says nothing about people and channels, neither yes nor no."""
    for method, question in (
        ("users.info", lambda: directory.profile(MEMBER.id)),
        ("conversations.info", lambda: directory.is_public(OPS)),
        ("conversations.members", lambda: directory.has_member(OPS, MEMBER.id)),
    ):
        slack.fail(fault, method, times=None)
        with pytest.raises(NotAnswered):
            await question()


async def test_a_missing_scope_is_no_answer_either(slack: SlackStandIn, directory: Directory) -> None:
    """A question that the bot may not ask says nothing about a channel; it is no fault of the network's, though."""
    slack.app.scopes.discard("channels:read")
    with pytest.raises(WebApiError, match="missing_scope") as refused:
        await directory.is_public(OPS)
    assert not isinstance(refused.value, NotAnswered)
