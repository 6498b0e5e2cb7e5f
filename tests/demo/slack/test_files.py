"""Images that the app uploads and shows."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.stand_in import MEMBER, SlackStandIn

OPS, GENERAL = "C0DEMOOPS1", "C0DEMOGEN1"
PNG, JPG, GIF = b"\x89PNG\r\n\x1a\n" + b"p" * 20, b"\xff\xd8\xff\xe0" + b"j" * 20, b"GIF89a" + b"g" * 20
TITLE = {"type": "plain_text", "text": "x"}


@pytest.fixture(autouse=True)
def scopes(slack: SlackStandIn) -> None:
    slack.app.scopes |= {"files:read", "files:write"}


def image(**file: str) -> dict[str, object]:
    return {"type": "image", "slack_file": file, "alt_text": "a chart"}


async def refusal(client: AsyncWebClient, method: str, **arguments: object) -> object:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, json=arguments)
    return refused.value.response["error"]


async def uploaded(client: AsyncWebClient, content: bytes, name: str = "chart.png") -> str:
    """Announced and sent, not complete yet; the file's ID."""
    announced = await client.files_getUploadURLExternal(filename=name, length=len(content), alt_txt="a chart")
    async with aiohttp.ClientSession() as session, session.post(announced["upload_url"], data=content) as response:
        assert (response.status, await response.text()) == (200, f"OK - {len(content)}")
    return str(announced["file_id"])


async def test_an_image_is_uploaded_and_shown(client: AsyncWebClient) -> None:
    """In three steps an image is there: described, served with its bytes, and shown in blocks by ID or address."""
    for content, kind, mime in ((PNG, "png", "image/png"), (JPG, "jpg", "image/jpeg"), (GIF, "gif", "image/gif")):
        name = await uploaded(client, content)
        assert (await client.files_completeUploadExternal(files=[{"id": name, "title": "Chart"}]))["files"] == [
            {"id": name, "title": "Chart"}
        ]
        file = (await client.files_info(file=name))["file"]
        assert (file["filetype"], file["mimetype"], file["size"], file["title"]) == (kind, mime, len(content), "Chart")
        async with aiohttp.ClientSession() as session, session.get(file["url_private"]) as response:
            assert (response.status, response.content_type, await response.read()) == (200, mime, content)
        for named in ({"id": name}, {"url": str(file["url_private"])}):
            await client.chat_postMessage(channel=OPS, text="x", blocks=[image(**named)])


async def test_the_sdk_uploads_and_shares(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """slack_sdk's own upload works as it is, and a shared image is a message in the channel."""
    await client.files_upload_v2(channel=OPS, content=PNG, filename="chart.png", initial_comment="Look")
    (message,) = slack.messages
    (name,) = slack.files.all
    assert (message.channel, message.text, message.bot_id) == (OPS, "Look", slack.app.bot_id)
    assert message.blocks == [{"type": "image", "slack_file": {"id": name}, "alt_text": "chart.png"}]


async def test_a_file_that_can_not_be_shown_is_refused(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """An unknown file, one that isn't complete, and one that is no image make blocks invalid, wherever they stand."""
    unknown, incomplete = "F0NONE", await uploaded(client, PNG)
    text = await uploaded(client, b"%PDF-1.7", "x.pdf")
    await client.files_completeUploadExternal(files=[{"id": text}])
    for name in (unknown, incomplete, text):
        inner = {"type": "context", "elements": [image(id=name)]}
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel=OPS, text="x", blocks=[{"type": "divider"}, inner])
        assert refused.value.response["error"] == "invalid_blocks"
        words = "[ERROR] invalid slack file [json-pointer:/blocks/1/elements/0/slack_file]"
        assert refused.value.response["response_metadata"]["messages"] == [words]
        home = {"type": "home", "blocks": [image(id=name)]}
        assert await refusal(client, "views.publish", user_id=MEMBER.id, view=home) == "invalid_arguments"
    async with aiohttp.ClientSession() as session:
        for name in (unknown, incomplete, text):
            async with session.get(f"{slack.origin}/files/{name}") as response:
                assert response.status == 404
    assert slack.messages == []


async def test_what_is_no_upload(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """An empty or nameless file, a long description, wrong bytes, unknown files and channels are refused."""
    get, complete = "files.getUploadURLExternal", "files.completeUploadExternal"
    assert await refusal(client, get, filename="x.png", length=0) == "missing_argument"
    assert await refusal(client, get, length=1) == "missing_argument"
    assert await refusal(client, get, filename="x", length=1, alt_txt="x" * 1001) == "alt_txt_too_large"
    announced = await client.files_getUploadURLExternal(filename="x.png", length=3)
    async with aiohttp.ClientSession() as session:
        async with session.post(announced["upload_url"], data=b"four") as response:
            assert response.status == 400
        async with session.post(f"{announced['upload_url']}x", data=b"abc") as response:
            assert response.status == 404
    for name in (announced["file_id"], "F0NONE"):
        assert await refusal(client, complete, files=[{"id": name}]) == "file_not_found"
        assert await refusal(client, "files.info", file=name) == "file_not_found"
    name = await uploaded(client, PNG)
    files = [{"id": name}]
    assert await refusal(client, complete, files=files, channel_id="C0NONE") == "channel_not_found"
    assert await refusal(client, complete, files=files, channel_id=GENERAL) == "not_in_channel"
    assert await refusal(client, complete, files="[") == "invalid_arguments"
    slack.app.scopes -= {"files:read", "files:write"}
    assert await refusal(client, complete, files=files) == "missing_scope"
    assert await refusal(client, "files.info", file=name) == "missing_scope"
