"""The methods `chat.*`: post messages, to all or to one, and change them."""

from bot.demo.slack.api.content import TEXT_TRUNCATED_AT, Answer, Arguments, blocks_of, decoded, metadata_of, text_of
from bot.demo.slack.block_kit.schema import Json
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.members import Channel
from bot.demo.slack.workspace.messages import Blocks
from bot.demo.slack.workspace.workspace import Workspace

UPDATED_TEXT_LIMIT = 4_000


def post_message(workspace: Workspace, arguments: Arguments) -> Answer:
    place = _place(workspace, arguments.get("channel"))
    blocks = blocks_of(arguments)
    text, metadata = text_of(arguments, blocks), metadata_of(arguments)
    thread_ts = _thread(workspace, place, arguments)
    broadcast = thread_ts is not None and _is_true(arguments.get("reply_broadcast"))
    more = {"blocks": blocks, "metadata": metadata or None, "thread_ts": thread_ts, "broadcast": broadcast}
    message = workspace.by_bot(place.id, text, **more)
    workspace.record(message)
    return {"channel": place.id, "ts": message.ts, "message": workspace.shown(message)}


def update(workspace: Workspace, arguments: Arguments) -> Answer:
    """Change one of the bot's messages. It keeps its metadata, unless the call has some."""
    place = workspace.channels.get(str(arguments.get("channel")))  # by its ID alone, also of direct messages
    if place is None or (place.is_private and workspace.app.bot_user_id not in place.members):
        raise Refused("channel_not_found")
    message = workspace.find(place.id, arguments.get("ts"))
    if message.bot_id != workspace.app.bot_id:
        raise Refused("cant_update_message")
    if place.is_archived:
        raise Refused("is_inactive")
    blocks = blocks_of(arguments)
    text, metadata = text_of(arguments, blocks, UPDATED_TEXT_LIMIT), metadata_of(arguments)
    if blocks and message.is_rich_text and not any(block.get("type") == "rich_text" for block in blocks):
        raise Refused("block_mismatch")
    if metadata is not None:
        message.metadata = metadata or None
    workspace.edit(message, text, blocks)
    return {"channel": place.id, "ts": message.ts, "text": text, "message": workspace.shown(message)}


def post_ephemeral(workspace: Workspace, arguments: Arguments) -> Answer:
    place = _place(workspace, arguments.get("channel"))
    reader = str(arguments.get("user") or "")
    if reader not in place.members:
        raise Refused("user_not_in_channel")
    blocks = blocks_of(arguments)
    text = text_of(arguments, blocks, TEXT_TRUNCATED_AT)
    thread_ts = _thread(workspace, place, arguments)
    seen: Json = {"ephemeral_to": reader, "thread_ts": thread_ts, "via": "chat.postEphemeral"}
    message = workspace.by_bot(place.id, text, blocks=blocks, **seen)
    return {"message_ts": workspace.record(message).ts}


def unfurl(workspace: Workspace, arguments: Arguments) -> Answer:
    """Show blocks below somebody's message, by the link in it that they are about. A second call replaces them.

    Previews in the message field (`unfurl_id` and `source`) aren't played: the stand-in tells the app of none.
    """
    unfurls = _unfurls(arguments.get("unfurls"))
    if arguments.get("unfurl_id") or arguments.get("source"):
        raise Refused("invalid_unfurl_id")
    for name in ("channel", "ts"):
        if not arguments.get(name):
            raise Refused(f"missing_{name}")
    place = workspace.channels.get(str(arguments["channel"]))
    if place is None or (place.is_private and workspace.app.bot_user_id not in place.members):
        raise Refused("cannot_find_channel")
    try:
        message = workspace.find(place.id, arguments["ts"])
    except Refused:
        raise Refused("cannot_find_message") from None
    links = {url.replace("&", "&amp;") for url in message.links}
    for url in unfurls:
        if url.replace("&amp;", "&") not in message.text:
            raise Refused("cannot_unfurl_message")
        if url not in links:  # the app wasn't told of it
            raise Refused("cannot_unfurl_url")
    message.unfurls |= {url: _named(blocks, number) for number, (url, blocks) in enumerate(unfurls.items(), 1)}
    workspace.touch()
    return {}


def _unfurls(given: object) -> dict[str, Blocks]:
    """The blocks for each link. Attachments without blocks aren't played."""
    if given in (None, ""):
        raise Refused("missing_unfurls")
    unfurls = decoded(given, "invalid_unfurls_format")
    if not isinstance(unfurls, dict) or not unfurls or not all(isinstance(each, dict) for each in unfurls.values()):
        raise Refused("invalid_unfurls_format")
    try:
        return {url: blocks_of({"blocks": shown.get("blocks")}) for url, shown in unfurls.items()}
    except Refused:
        raise Refused("cannot_parse_attachment") from None


def _named(blocks: Blocks, number: int) -> Blocks:
    """The blocks, each with an ID that no other block of the message has."""
    return [{"block_id": f"unfurl-{number}-{place}", **block} for place, block in enumerate(blocks, 1)]


def _place(workspace: Workspace, channel: object) -> Channel:
    """Where the bot may post: a channel, or the direct message with a person."""
    app, person = workspace.app, workspace.users.get(str(channel))
    place = workspace.direct_message(person.id) if person and not person.deleted else workspace.visible_to_bot(channel)
    if place.person and not app.messages_tab_enabled:
        raise Refused("messages_tab_disabled")
    if place.is_archived:
        raise Refused("is_archived")
    if app.bot_user_id not in place.members:
        raise Refused("not_in_channel")
    return place


def _thread(workspace: Workspace, place: Channel, arguments: Arguments) -> str | None:
    thread_ts = arguments.get("thread_ts")
    if not thread_ts:
        return None
    if any(each.ts == thread_ts and each.channel == place.id and each.ephemeral_to for each in workspace.messages):
        raise Refused("cannot_reply_to_message")
    return str(thread_ts)


def _is_true(given: object) -> bool:
    return str(given).lower() in ("true", "1")
