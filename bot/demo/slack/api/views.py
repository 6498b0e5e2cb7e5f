"""The methods `views.*`: open modals, lay others on them, change them, and publish App Home."""

from typing import Literal

from bot.demo.slack.api.content import Answer, Arguments, decoded
from bot.demo.slack.api.payloads import described
from bot.demo.slack.block_kit.traversal import with_action_ids
from bot.demo.slack.block_kit.validation import checked
from bot.demo.slack.errors import Refused, invalid_arguments
from bot.demo.slack.workspace.views import Content, View
from bot.demo.slack.workspace.workspace import Workspace


def open_view(workspace: Workspace, arguments: Arguments) -> Answer:
    content = content_of(workspace, arguments.get("view"), "modal")
    trigger = workspace.views.exchange(arguments.get("trigger_id"))
    return _answer(workspace, workspace.views.add(trigger.user, content, here=trigger.here))


def push(workspace: Workspace, arguments: Arguments) -> Answer:
    content = content_of(workspace, arguments.get("view"), "modal")
    trigger = workspace.views.exchange(arguments.get("trigger_id"))
    below = workspace.views.top(trigger.user)
    if below is None:
        raise Refused("not_found")
    return _answer(workspace, workspace.views.add(trigger.user, content, below))


def update(workspace: Workspace, arguments: Arguments) -> Answer:
    """Change a view that is still open."""
    view = workspace.views.named(arguments.get("view_id"), arguments.get("external_id"))
    content = content_of(workspace, arguments.get("view"), "home" if view.content["type"] == "home" else "modal")
    return _replaced(workspace, view, content, arguments)


def publish(workspace: Workspace, arguments: Arguments) -> Answer:
    user = str(arguments.get("user_id"))
    if user not in workspace.users:
        raise invalid_arguments(["invalid `user_id`"])
    if not workspace.app.home_tab_enabled:
        raise Refused("not_enabled")
    content = content_of(workspace, arguments.get("view"), "home")
    view = workspace.views.home(user)
    if view is None:
        return _answer(workspace, workspace.views.add(user, content))
    return _replaced(workspace, view, content, arguments)


def content_of(workspace: Workspace, given: object, surface: Literal["modal", "home"]) -> Content:
    """A view that Slack would show there."""
    content = checked(decoded(given, "invalid_arguments"), surface)
    blocks = content["blocks"]
    if wrong := list(workspace.files.faults(blocks, "/view/blocks")):
        raise invalid_arguments(wrong)
    return {**content, "blocks": with_action_ids(blocks) if isinstance(blocks, list) else []}


def _replaced(workspace: Workspace, view: View, content: Content, arguments: Arguments) -> Answer:
    if arguments.get("hash") and arguments["hash"] != view.hash:
        raise Refused("hash_conflict")
    workspace.views.require_free_name(content, view)
    view.replace(content)
    return _answer(workspace, view)


def _answer(workspace: Workspace, view: View) -> Answer:
    """What stands in the fields is told only with what people do: here the values are empty, as in the reference."""
    workspace.touch()
    return {"view": described(workspace, view, {})}
