"""The methods `views.*`: open modals, lay others on them, change them, and publish App Home."""

from typing import Literal

from bot.demo.slack_actions import named
from bot.demo.slack_faults import Refused
from bot.demo.slack_posts import Arguments, decoded
from bot.demo.slack_view_payloads import described
from bot.demo.slack_views import Content, View, checked, invalid_arguments
from bot.demo.slack_workspace import Workspace

_Answer = dict[str, object]


def open_view(workspace: Workspace, arguments: Arguments) -> _Answer:
    content = content_of(workspace, arguments.get("view"), "modal")
    trigger = workspace.views.exchange(arguments.get("trigger_id"))
    return _answer(workspace, workspace.views.add(trigger.user, content, here=trigger.here))


def push(workspace: Workspace, arguments: Arguments) -> _Answer:
    content = content_of(workspace, arguments.get("view"), "modal")
    trigger = workspace.views.exchange(arguments.get("trigger_id"))
    below = workspace.views.top(trigger.user)
    if below is None:
        raise Refused("not_found")
    return _answer(workspace, workspace.views.add(trigger.user, content, below))


def update(workspace: Workspace, arguments: Arguments) -> _Answer:
    """Change a view that is still open."""
    view = workspace.views.named(arguments.get("view_id"), arguments.get("external_id"))
    surface: Literal["home", "modal"] = "home" if view.content["type"] == "home" else "modal"
    content = content_of(workspace, arguments.get("view"), surface)
    return _replaced(workspace, view, content, arguments)


def publish(workspace: Workspace, arguments: Arguments) -> _Answer:
    user = str(arguments.get("user_id"))
    if user not in workspace.users:
        raise invalid_arguments(["invalid `user_id`"])
    if not workspace.home_tab_enabled:
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
    if wrong := workspace.files.faults(blocks, "/view/blocks"):
        raise invalid_arguments(wrong)
    return {**content, "blocks": named(blocks) if isinstance(blocks, list) else []}


def _replaced(workspace: Workspace, view: View, content: Content, arguments: Arguments) -> _Answer:
    if arguments.get("hash") and arguments["hash"] != view.hash:
        raise Refused("hash_conflict")
    workspace.views.free(content, view)
    view.stored(content)
    return _answer(workspace, view)


def _answer(workspace: Workspace, view: View) -> _Answer:
    """What stands in the fields is told only with what people do: here the values are empty, as in the reference."""
    workspace.touch()
    return {"view": described(workspace, view, {})}
