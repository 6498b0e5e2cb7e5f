"""What Slack demands of a message before it accepts it, in the order in which it refuses."""

import json

from bot.demo.slack.block_kit.traversal import with_action_ids
from bot.demo.slack.block_kit.validation import TEXT_LIMIT, faults, text_length
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.messages import Blocks

TEXT_TRUNCATED_AT = 40_000
# The reference only says that there is a limit; 8 KB is generous for flat data.
METADATA_LIMIT = 8_000

Arguments = dict[str, object]
Answer = dict[str, object]


def blocks_of(arguments: Arguments, *, total: int | None = TEXT_LIMIT) -> Blocks:
    """The valid blocks; `total` limits their text all together (None: no such limit)."""
    given = arguments.get("blocks")
    if given in (None, ""):
        return []
    blocks = decoded(given, "invalid_blocks_format")
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    wrong = faults(blocks, "message")
    if wrong:
        errors = [each.removeprefix("[ERROR] ") for each in wrong]
        raise Refused("invalid_blocks", errors=errors, response_metadata={"messages": wrong})
    if total is not None and text_length(blocks) > total:
        raise Refused("msg_blocks_too_long")
    return with_action_ids(blocks)


def text_of(arguments: Arguments, blocks: Blocks, most: int | None = None) -> str:
    """The message's text. Longer than `most` is refused; without a limit it is cut where Slack cuts it."""
    text = str(arguments.get("text") or "")
    if not (text.strip() or blocks or arguments.get("attachments")):
        raise Refused("no_text")
    if most is not None and len(text) > most:
        raise Refused("msg_too_long")
    return text[:TEXT_TRUNCATED_AT]


def metadata_of(arguments: Arguments) -> dict[str, object] | None:
    """The valid metadata: `event_type`, and an `event_payload` of scalars or of objects of scalars."""
    given = arguments.get("metadata")
    if given in (None, ""):
        return None
    metadata = decoded(given, "invalid_metadata_format")
    if metadata == {}:
        return {}
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise Refused("invalid_metadata_format")
    payload = metadata.get("event_payload")
    if not isinstance(payload, dict) or not all(_is_flat(each, deeper=True) for each in payload.values()):
        raise Refused("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > METADATA_LIMIT:
        raise Refused("metadata_too_large")
    return metadata


def _is_flat(value: object, *, deeper: bool) -> bool:
    if isinstance(value, dict):
        return deeper and all(_is_flat(each, deeper=False) for each in value.values())
    return not isinstance(value, list)


def decoded(given: object, refusal: str) -> object:
    """An argument that is JSON: as a form sends it, or already read with a JSON body."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise Refused(refusal) from None
