"""The shapes of `plan` and `task_card`, in which an agent shows what it does."""

from collections.abc import Iterator

from bot.demo.slack_elements import BLOCK_ID, URL_SOURCE
from bot.demo.slack_rich_text import RICH_TEXT_OBJECT
from bot.demo.slack_shapes import Check, Maybe, among, array, every, fault, record, string

# Slack documents no lengths for titles; these are those of IDs.
_TITLE = string(255)

_TASK: dict[str, Check | Maybe] = {
    "block_id": BLOCK_ID,
    "task_id": string(255),
    "title": _TITLE,
    # The page calls it optional, Slack's SDKs demand it.
    "status": among("pending", "in_progress", "complete", "error"),
    "details": Maybe(RICH_TEXT_OBJECT),
    "output": Maybe(RICH_TEXT_OBJECT),
    "sources": Maybe(array(URL_SOURCE, 100, 0)),
}
TASK_CARD = record(**_TASK)
# In a plan the type goes without saying: Slack's own example leaves it out.
_PLANNED = record(**_TASK, type=Maybe(among("task_card")))


def _ids(value: object, at: str) -> Iterator[str]:
    tasks = value.get("tasks") if isinstance(value, dict) else None
    names = [str(each.get("task_id")) for each in tasks if isinstance(each, dict)] if isinstance(tasks, list) else []
    if len(set(names)) < len(names):
        yield fault("task_id must be unique in a plan", f"{at}/tasks")


# 50 tasks: the library slackblocks; Slack's page names no number.
PLAN = every(record(block_id=BLOCK_ID, title=_TITLE, tasks=Maybe(array(_PLANNED, 50, 0))), _ids)
