"""The methods `views.*`: open modals and change them, and publish Home tabs."""

from bot.demo.slack.api.content import Answer, Arguments, decoded
from bot.demo.slack.api.payloads import described
from bot.demo.slack.block_kit.reference import Surface
from bot.demo.slack.block_kit.traversal import with_action_ids
from bot.demo.slack.block_kit.validation import checked
from bot.demo.slack.errors import Refused, invalid_arguments
from bot.demo.slack.workspace.views import Content, View
from bot.demo.slack.workspace.workspace import Workspace


def open_view(workspace: Workspace, arguments: Arguments) -> Answer:
    content = content_of(arguments.get("view"))
    user = workspace.views.exchange(arguments.get("trigger_id"))
    return _answer(workspace, workspace.views.add(user, content))


def update(workspace: Workspace, arguments: Arguments) -> Answer:
    """Change a view that is still open."""
    view, content = workspace.views.named(arguments.get("view_id")), content_of(arguments.get("view"))
    if arguments.get("hash") and arguments["hash"] != view.hash:
        raise Refused("hash_conflict")
    view.replace(content)
    return _answer(workspace, view)


def publish(workspace: Workspace, arguments: Arguments) -> Answer:
    """Replace a person's Home tab, whoever opened it and whether or not."""
    content = content_of(arguments.get("view"), "home")
    if not workspace.app.home_tab_enabled:
        raise Refused("not_enabled")
    user = workspace.users.get(str(arguments.get("user_id")))
    if user is None:
        raise invalid_arguments(["invalid `user_id`"])
    present = workspace.views.homes.get(user.id)
    if arguments.get("hash") and (present is None or arguments["hash"] != present.hash):
        raise Refused("hash_conflict")
    return _answer(workspace, workspace.views.publish(user.id, content))


def content_of(given: object, surface: Surface = "modal") -> Content:
    """A modal or Home tab that Slack would show. Raises Refused."""
    content = checked(decoded(given, "invalid_arguments"), surface)
    blocks = content["blocks"]
    return {**content, "blocks": with_action_ids(blocks) if isinstance(blocks, list) else []}


def _answer(workspace: Workspace, view: View) -> Answer:
    """The values are empty, as in Slack's reference: they come only with what people do."""
    workspace.touch()
    return {"view": described(workspace, view, {})}
