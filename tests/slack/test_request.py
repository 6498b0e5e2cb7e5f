"""Which workspace a payload is for, and who sent it: payloads as Slack sends them at home and in shared channels."""

from typing import Any

import pytest
from slack_bolt.request.internals import extract_team_id

from bot.slack.request import Asker, Unreadable, asker_of, event_of, workspace_of

OURS, THEIRS, ORG = "T0OURS", "T0THEIRS", "E0ORG"
_BEN = {"id": "U1", "username": "ben", "team_id": OURS}
_PIA = {"id": "U2", "username": "pia", "team_id": THEIRS}
_VIEW = {"id": "V1", "type": "modal", "team_id": THEIRS, "app_installed_team_id": OURS}
_INSTALLED = {"enterprise_id": None, "team_id": OURS, "user_id": "UBOT", "is_bot": True, "is_enterprise_install": False}

# A sentence a row: the payload, the installation's workspace, and the person with what is said of their home.
PAYLOADS: dict[str, tuple[dict[str, Any], str, tuple[str, str | None]]] = {
    "a command, which only members are offered": (
        {"command": "/job", "team_id": OURS, "user_id": "U1"},
        OURS,
        ("U1", OURS),
    ),
    "a press that says nothing of the person's home": (
        {"type": "block_actions", "team": {"id": OURS}, "user": {"id": "U1"}},
        OURS,
        ("U1", None),
    ),
    "a command that does": (
        {"command": "/job", "team_id": OURS, "user_id": "U2", "user_team": THEIRS},
        OURS,
        ("U2", THEIRS),
    ),
    "a press": ({"type": "block_actions", "team": {"id": OURS}, "user": _BEN}, OURS, ("U1", OURS)),
    "a press by a partner, whose company the payload names": (
        {"type": "block_actions", "team": {"id": THEIRS}, "user": _PIA},
        THEIRS,
        ("U2", THEIRS),
    ),
    "a press by a partner in a payload of ours": (
        {"type": "block_actions", "team": {"id": OURS}, "user": _PIA},
        OURS,
        ("U2", THEIRS),
    ),
    "a form that a partner sends": (
        {"type": "view_submission", "team": {"id": THEIRS}, "user": _PIA, "view": _VIEW},
        OURS,
        ("U2", THEIRS),
    ),
    "a form of which only the team says who sent it": (
        {"type": "view_submission", "team": {"id": THEIRS}, "user": {"id": "U2"}, "view": _VIEW},
        OURS,
        ("U2", THEIRS),
    ),
    "a form that a member opened in the partner's workspace": (
        {"type": "view_submission", "team": {"id": THEIRS}, "user": _BEN, "view": _VIEW},
        OURS,
        ("U1", OURS),
    ),
    "a menu in a form": (
        {"type": "block_suggestion", "team": {"id": THEIRS}, "user": _PIA, "view": _VIEW},
        OURS,
        ("U2", THEIRS),
    ),
    "an organisation-wide payload without a team": (
        {"type": "block_actions", "team": None, "enterprise": {"id": ORG}, "user": _BEN},
        OURS,
        ("U1", OURS),
    ),
    "a person of whom only the organisation is named": (
        {"type": "block_actions", "team": {"id": OURS}, "user": {"id": "W1", "enterprise_id": ORG}},
        OURS,
        ("W1", ORG),
    ),
}
_EVENTS: dict[str, dict[str, Any]] = {
    "an event": {"team_id": OURS, "authorizations": [_INSTALLED]},
    "an event of a channel that the partner hosts": {
        "team_id": THEIRS,
        "context_team_id": OURS,
        "is_ext_shared_channel": True,
        "authorizations": [_INSTALLED],
    },
    "an event without authorizations": {"team_id": OURS},
    "an event with none": {"team_id": OURS, "authorizations": []},
}


@pytest.mark.parametrize(("body", "workspace", "asker"), PAYLOADS.values(), ids=PAYLOADS.keys())
def test_who_asks(body: dict[str, Any], workspace: str, asker: tuple[str, str | None]) -> None:
    """The workspace is the one whose installation Slack means, as Bolt finds it, and the person's home is their own."""
    assert workspace_of(body) == workspace == extract_team_id(body)
    assert asker_of(body) == Asker(workspace, *asker)


@pytest.mark.parametrize("body", _EVENTS.values(), ids=_EVENTS.keys())
def test_whose_event_it_is(body: dict[str, Any]) -> None:
    """An event is for the installation that it names, wherever its channel began."""
    body = body | {"type": "event_callback", "event_id": "Ev1", "event": {"type": "channel_archive", "channel": "C1"}}
    assert event_of(body) == (OURS, "Ev1")
    assert extract_team_id(body) == OURS


@pytest.mark.parametrize("value", [None, 5, [], {}, "", {"id": 5}, [{"team_id": None}], ["x"]])
@pytest.mark.parametrize("field", ["view", "team", "authorizations", "team_id", "user"])
def test_a_payload_of_no_workspace_is_unreadable(field: str, value: object) -> None:
    """Whatever shape Slack gives a field, it names a workspace or none; nothing is guessed."""
    with pytest.raises(Unreadable, match=r"^no team_id$"):
        workspace_of({field: value})
