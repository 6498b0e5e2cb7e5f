"""What Slack sends about a view: what people do in it, its submission, and that it was closed."""

import copy

from bot.demo.slack_blocks import placed
from bot.demo.slack_payloads import Parcel, Payload, origin_of, place_of
from bot.demo.slack_views import View
from bot.demo.slack_workspace import Message, Workspace

Values = dict[str, dict[str, Payload]]


def described(workspace: Workspace, view: View, values: Values) -> Payload:
    """A view with all its fields; `values` is what stands in its inputs."""
    blocks = copy.deepcopy(view.blocks)
    for block_id, block in placed(blocks):
        if isinstance(block, dict):
            block["block_id"] = block_id
    unsaid: Payload = {"private_metadata": "", "callback_id": "", "external_id": "", "close": None, "submit": None}
    ending: Payload = {"clear_on_close": False, "notify_on_close": False}
    place: Payload = {"id": view.id, "hash": view.hash, "root_view_id": view.root, "previous_view_id": view.previous}
    team = {"team_id": workspace.team_id, "app_installed_team_id": workspace.team_id}
    app = {"app_id": workspace.app_id, "bot_id": workspace.bot_id}
    return {**unsaid, **ending, **view.content, "blocks": blocks, **place, **team, **app, "state": {"values": values}}


def press(workspace: Workspace, view: View, values: Values, action: Payload, user: str) -> Parcel:
    trigger = workspace.views.new_trigger(user, view.here)
    payload: Payload = {
        "type": "block_actions",
        **origin_of(workspace, user),
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger,
        "view": described(workspace, view, values),
        "actions": [action],
    }
    return Parcel("interactive", payload, trigger)


def submission(workspace: Workspace, view: View, values: Values, response_urls: list[Payload], user: str) -> Parcel:
    trigger = workspace.views.new_trigger(user, view.here)
    payload: Payload = {
        "type": "view_submission",
        **origin_of(workspace, user),
        "trigger_id": trigger,
        "view": described(workspace, view, values),
        "response_urls": response_urls,
    }
    return Parcel("interactive", payload, trigger)


def closing(workspace: Workspace, view: View, is_cleared: bool, user: str) -> Parcel:
    seen = described(workspace, view, {})
    return Parcel(
        "interactive",
        {"type": "view_closed", **origin_of(workspace, user), "view": seen, "is_cleared": is_cleared},
    )


def suggestion(
    workspace: Workspace, where: Message | View, values: Values, element: tuple[str, str], query: str, user: str
) -> Parcel:
    """What a person typed into an external menu; `element` is its block's ID and its own."""
    asked = {"block_id": element[0], "action_id": element[1], "value": query}
    payload: Payload = {"type": "block_suggestion", **origin_of(workspace, user), **asked}
    if isinstance(where, View):
        seen = {"container": {"type": "view", "view_id": where.id}, "view": described(workspace, where, values)}
        return Parcel("interactive", payload | seen)
    return Parcel("interactive", payload | place_of(workspace, where))
