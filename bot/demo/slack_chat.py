"""The methods `chat.*`: post, edit, delete and link to messages."""

from bot.demo.slack_faults import Refused
from bot.demo.slack_posts import TEXT_TRUNCATED_AT, Arguments, blocks_of, metadata_of, text_of
from bot.demo.slack_workspace import Channel, Message, Workspace

UPDATED_TEXT_LIMIT = 4_000


def post_message(workspace: Workspace, arguments: Arguments) -> dict[str, object]:
    place = _place(workspace, arguments.get("channel"))
    blocks = blocks_of(workspace, arguments)
    text = text_of(arguments, blocks)
    metadata = metadata_of(arguments)
    thread_ts = _thread(workspace, place, arguments)
    message = Message(workspace.timestamp(), place.id, text, blocks, metadata or None, thread_ts=thread_ts)
    message.user, message.bot_id = workspace.bot_user_id, workspace.bot_id
    workspace.record(message)
    return {"channel": place.id, "ts": message.ts, "message": workspace.shown(message)}


def post_ephemeral(workspace: Workspace, arguments: Arguments) -> dict[str, object]:
    place = _place(workspace, arguments.get("channel"))
    reader = str(arguments.get("user") or "")
    if reader not in place.members:
        raise Refused("user_not_in_channel")
    blocks = blocks_of(workspace, arguments)
    text = text_of(arguments, blocks, TEXT_TRUNCATED_AT)
    message = Message(workspace.timestamp(), place.id, text, blocks, ephemeral_to=reader, via="chat.postEphemeral")
    message.user, message.bot_id = workspace.bot_user_id, workspace.bot_id
    workspace.record(message)
    return {"message_ts": message.ts}


def update(workspace: Workspace, arguments: Arguments) -> dict[str, object]:
    """Edit a message. Blocks and metadata that aren't given are kept, empty ones removed."""
    place = workspace.seen_by_bot(arguments.get("channel"))
    message = workspace.find(place.id, arguments.get("ts"))
    if message.bot_id != workspace.bot_id:
        raise Refused("cant_update_message")
    if place.is_archived:
        raise Refused("is_inactive")
    blocks = blocks_of(workspace, arguments)
    text = text_of(arguments, blocks, UPDATED_TEXT_LIMIT)
    metadata = metadata_of(arguments)
    message.text = text
    message.blocks = message.blocks if arguments.get("blocks") in (None, "") else blocks
    message.metadata = message.metadata if metadata is None else metadata or None
    workspace.edited(message)
    return {"channel": place.id, "ts": message.ts, "text": text, "message": workspace.shown(message)}


def delete(workspace: Workspace, arguments: Arguments) -> dict[str, object]:
    place = workspace.seen_by_bot(arguments.get("channel"))
    message = workspace.find(place.id, arguments.get("ts"))
    if message.bot_id != workspace.bot_id:
        raise Refused("cant_delete_message")
    workspace.delete(message)
    return {"channel": place.id, "ts": message.ts}


def get_permalink(workspace: Workspace, arguments: Arguments) -> dict[str, object]:
    place = workspace.seen_by_bot(arguments.get("channel"))
    message = workspace.find(place.id, arguments.get("message_ts"))
    thread = f"?thread_ts={message.thread_ts}&cid={place.id}" if message.thread_ts else ""
    link = f"https://{workspace.team_domain}.slack.com/archives/{place.id}/p{message.ts.replace('.', '')}{thread}"
    return {"channel": place.id, "permalink": link}


def _place(workspace: Workspace, channel: object) -> Channel:
    """Where the bot may post: a channel, or the direct message with a person."""
    person = workspace.users.get(str(channel))
    place = workspace.direct_message(person.id) if person and not person.deleted else workspace.seen_by_bot(channel)
    if place.person and not workspace.messages_tab_enabled:
        raise Refused("messages_tab_disabled")
    if place.is_archived:
        raise Refused("is_archived")
    if workspace.bot_user_id not in place.members and "chat:write.public" not in workspace.scopes:
        raise Refused("not_in_channel")
    return place


def _thread(workspace: Workspace, place: Channel, arguments: Arguments) -> str | None:
    thread_ts = arguments.get("thread_ts")
    if not thread_ts:
        return None
    if any(each.ts == thread_ts and each.channel == place.id and each.ephemeral_to for each in workspace.messages):
        raise Refused("cannot_reply_to_message")
    return str(thread_ts)
