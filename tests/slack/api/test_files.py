import aiohttp
import pytest

from bot.demo.slack.stand_in import LEFT, MEMBER, Fault, SlackStandIn
from bot.slack.api.calls import NotAnswered, WebApiError
from bot.slack.api.client import web_client
from bot.slack.api.error_codes import Meaning
from bot.slack.api.files import FilesApi, Picture

OPS, GENERAL = "C0DEMOOPS1", "C0DEMOGEN1"
PICTURE = Picture(b"\x89PNG\r\n\x1a\nx", "history.png", "History of orders", "Timeline of orders")


@pytest.fixture
def files(slack: SlackStandIn, session: aiohttp.ClientSession) -> FilesApi:
    return FilesApi(web_client(slack.app.bot_token, f"{slack.origin}/api/", session), session)


@pytest.mark.parametrize(("destination", "channel"), [(OPS, OPS), (MEMBER.id, "D0DEMOBEN1")])
async def test_a_picture_is_shared(slack: SlackStandIn, files: FilesApi, destination: str, channel: str) -> None:
    """A picture is shared in a channel or with one person, with a text above it and its description."""
    await files.share(PICTURE, destination, "see *below*")
    (message,) = slack.messages
    (file,) = message.files
    assert (message.channel, message.text, message.bot_id) == (channel, "see *below*", slack.app.bot_id)
    assert (file.content, file.title, file.alt_text) == (PICTURE.png, PICTURE.title, PICTURE.alt_text)


async def test_what_slack_refuses_is_a_refusal(slack: SlackStandIn, files: FilesApi) -> None:
    """Without the scope, and where the bot may not post, Slack's own code says why; nothing is shared."""
    for destination in (GENERAL, LEFT.id):
        with pytest.raises(WebApiError) as refused:
            await files.share(PICTURE, destination, "")
        assert refused.value.meaning is Meaning.DESTINATION_GONE, destination
    slack.app.scopes.discard("files:write")
    with pytest.raises(WebApiError, match="missing_scope"):
        await files.share(PICTURE, OPS, "")
    assert slack.messages == []


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"])
@pytest.mark.parametrize("fault", [Fault.HTTP_500, Fault.DROP_BEFORE])
async def test_a_fault_in_each_step_is_one_error(
    slack: SlackStandIn, files: FilesApi, method: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever fails in whichever step is the same family of errors, and the address of the upload is in no log."""
    slack.fail(fault, method)
    with pytest.raises(WebApiError) as failed:
        await files.share(PICTURE, OPS, "")
    assert isinstance(failed.value, NotAnswered) or failed.value.meaning is Meaning.RETRY_LATER
    assert "/upload/" not in caplog.text + repr(failed.value)
    assert slack.messages == []


async def test_a_picture_goes_to_slack_alone(slack: SlackStandIn, files: FilesApi) -> None:
    """An answer that names an address elsewhere gets no picture."""
    slack.workspace.origin = "http://elsewhere.example"
    with pytest.raises(WebApiError, match="upload_url_not_slacks"):
        await files.share(PICTURE, OPS, "")
