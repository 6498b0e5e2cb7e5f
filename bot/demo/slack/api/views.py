"""The methods `views.*`: open modals and change them."""

from bot.demo.slack.api.content import Answer, Arguments, decoded
from bot.demo.slack.api.payloads import described
from bot.demo.slack.block_kit.traversal import with_action_ids
from bot.demo.slack.block_kit.validation import checked
from bot.demo.slack.errors import Refused
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


def content_of(given: object) -> Content:
    """A modal that Slack would show. Raises Refused."""
    content = checked(decoded(given, "invalid_arguments"))
    blocks = content["blocks"]
    return {**content, "blocks": with_action_ids(blocks) if isinstance(blocks, list) else []}


def _answer(workspace: Workspace, view: View) -> Answer:
    """The values are empty, as in Slack's reference: they come only with what people do."""
    workspace.touch()
    return {"view": described(workspace, view, {})}
