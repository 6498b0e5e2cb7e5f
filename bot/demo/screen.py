"""What a person reads in the demo, as lines of text: messages from their blocks, the jobs, the welcome. Pure."""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from bot.demo.slack_workspace import Message
from bot.jobs import Status
from bot.slack.text import status_emoji, status_words

_BOLD, _CODE, _PLAIN = "\033[1m", "\033[36m", "\033[0m"

HELP = """\
  /job …                  say it to the bot where you are; start with /job help
  #general · #data-ops    go to a channel
  @                       go to your direct messages with the bot
  /invite @jobwatch       let the bot into the channel where you are
  1, 2, 3 …               press the button with that number
  jobs                    the jobs and what they are now, with lines to copy
  set NAME STATUS         change a job: set orders-to-lake running with error
  pause · play            stop and start the script that changes a job now and then
  restart · kill          end the bot by SIGTERM or SIGKILL, and start it again
  break FAULT · heal      let the jobs service fail; break alone lists its faults
  quit                    stop everything, as Ctrl-D and Ctrl-C do""".splitlines()


@dataclass(frozen=True)
class Reader:
    """Who reads: `names` shows IDs as people know them, `now` is aware, `zone` None is that of this machine."""

    names: Mapping[str, str]
    now: datetime
    zone: tzinfo | None = None
    styled: bool = False


@dataclass(frozen=True)
class Button:
    """A button that a message shows. `question` is asked before it counts; empty if nothing is."""

    message: Message
    action_id: str
    label: str
    question: str = ""


def message_lines(message: Message, reader: Reader, first_button: int = 1) -> list[str]:
    """A message with who says it where; its buttons are numbered from `first_button`."""
    who = "Slackbot" if message.via == "slackbot" else "Jobwatch"
    privately = " (only visible to you)" if message.ephemeral_to else ""
    body = "\n".join(text for block in message.blocks if (text := _block(block, reader)) is not None)
    lines = (body or html.unescape(message.text)).splitlines()
    if buttons := buttons_of(message):
        lines.append(" ".join(f"[{number} {each.label}]" for number, each in enumerate(buttons, first_button)))
    return [f"  {reader.names.get(message.channel, message.channel)}  {who}{privately}:", *(f"    {x}" for x in lines)]


def buttons_of(message: Message) -> list[Button]:
    """The message's buttons, in the order shown."""
    found: list[Button] = []
    for element in (each for block in message.blocks for each in _elements(block) if each.get("type") == "button"):
        confirm: dict[str, Any] = element.get("confirm") or {}
        question = " ".join(confirm[part]["text"] for part in ("title", "text") if part in confirm)
        found.append(Button(message, element["action_id"], element["text"]["text"], question))
    return found


def _elements(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    inside = block.get("elements", [])
    return [*inside, block["accessory"]] if "accessory" in block else list(inside)


def _block(block: Mapping[str, Any], reader: Reader) -> str | None:
    """A block's text, None where it has none. Blocks without structure of their own show their texts."""
    match block.get("type"):
        case "rich_text":
            return "\n".join(_rich_text(part, reader) for part in block["elements"])
        case "actions" | "divider":
            return None
        case "header":
            return _styled(block["text"]["text"], {"bold": True}, reader)
    return "\n".join(_texts([block.get("text"), *block.get("fields", []), *block.get("elements", [])])) or None


def _texts(parts: Sequence[Any]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, dict) and part.get("type") in ("plain_text", "mrkdwn"):
            yield html.unescape(part["text"])


def _rich_text(part: Mapping[str, Any], reader: Reader) -> str:
    if part["type"] == "rich_text_list":
        return "\n".join(f"• {_rich_text(item, reader)}" for item in part["elements"])
    return "".join(_inline(element, reader) for element in part["elements"])


def _inline(element: Mapping[str, Any], reader: Reader) -> str:
    match element["type"]:
        case "user":
            return reader.names.get(element["user_id"], f"@{element['user_id']}")
        case "channel":
            return reader.names.get(element["channel_id"], f"#{element['channel_id']}")
        case "date":
            return _date(element, reader)
        case "emoji":
            return f":{element['name']}:"
        case "link":
            return str(element.get("text") or element["url"])
    return _styled(element.get("text", ""), element.get("style", {}), reader)


def _styled(text: str, style: Mapping[str, Any], reader: Reader) -> str:
    if not reader.styled or not (style.get("bold") or style.get("code")):
        return text
    return f"{_BOLD if style.get('bold') else _CODE}{text}{_PLAIN}"


def _date(element: Mapping[str, Any], reader: Reader) -> str:
    """The time as Slack words it for its reader; the element's own fallback where its format isn't known here."""
    at = datetime.fromtimestamp(element["timestamp"], UTC).astimezone(reader.zone)
    today = reader.now.astimezone(reader.zone).date()
    near = {today: "today", today - timedelta(days=1): "yesterday"}
    day = near.get(at.date(), f"{at.day} {at:%b %Y}")
    text = str(element["format"]).replace("{date_short_pretty}", day).replace("{time}", f"{at:%H:%M}")
    return str(element.get("fallback", text)) if "{" in text else text


# ── the jobs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def welcome(jobs: Sequence[Mapping[str, Any]], person: str, place: str) -> list[str]:
    """What this is and what to try, in a dozen lines: the last of `jobs` to look at, the others to watch."""
    *others, example = jobs
    return [
        "This is Jobwatch, between a make-believe Slack and a make-believe jobs service.",
        f"You are {person} in {place}. A job changes every few seconds; watch some of them:",
        *(_to_copy(job, "watch") for job in others),
        _to_copy(example, "status"),
        "Then /job list · 1 presses button 1 · #general or @ goes there · quit ends it all",
        "and   set orders-to-lake running with error · jobs · pause · restart · kill · break",
        "help tells what each of them does.",
    ]


def job_lines(job: Mapping[str, Any]) -> list[str]:
    """A job as it is now, with a line to copy."""
    status = Status.of(str(job["status"]))
    return [
        f"  {status_emoji(status)} {job['assetName']} is {status_words(status)}",
        f"     /job watch {job['assetId']} {job['runId']}",
    ]


def _to_copy(job: Mapping[str, Any], verb: str) -> str:
    return f"  {job['assetName']:<18}/job {verb} {job['assetId']} {job['runId']}"
