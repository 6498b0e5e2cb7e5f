"""Who may change what a channel watches, and its settings."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.channel.permissions import Obstacle, Role, obstacle, obstacle_to_acknowledging
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from tests.cast import ANN, BEN

EVERYONE, MEMBERS, CREATORS = (ChannelSettings(changes_by=each) for each in ChangesBy)
MEMBER, GUEST, ADMIN = Role(), Role(is_guest=True), Role(is_admin=True)


@pytest.mark.parametrize(
    ("chosen", "role", "is_member", "creators", "expected"),
    [
        # A sentence a row: by default every member may, whoever made it, and guests may not.
        (EVERYONE, MEMBER, False, [ANN], None),
        (EVERYONE, GUEST, True, [BEN], Obstacle.GUEST),
        (replace(EVERYONE, guests_may_change=True), GUEST, True, [ANN], None),
        # Only who is in the channel, and admins.
        (MEMBERS, MEMBER, True, [ANN], None),
        (MEMBERS, MEMBER, False, [BEN], Obstacle.OUTSIDER),
        (MEMBERS, ADMIN, False, [ANN], None),
        (MEMBERS, MEMBER, None, [BEN], Obstacle.UNKNOWN),
        # Only whoever made it, and admins; what is new anybody may make.
        (CREATORS, MEMBER, True, [BEN], None),
        (CREATORS, MEMBER, True, [ANN], Obstacle.NOT_CREATOR),
        (CREATORS, MEMBER, True, [], Obstacle.NOT_CREATOR),
        (CREATORS, MEMBER, False, None, None),
        (CREATORS, ADMIN, False, [ANN], None),
        # A guest who is allowed to is held to the rest like a member.
        (CREATORS, GUEST, True, [BEN], Obstacle.GUEST),
        (replace(CREATORS, guests_may_change=True), GUEST, True, [BEN], None),
        (replace(CREATORS, guests_may_change=True), GUEST, True, [ANN], Obstacle.NOT_CREATOR),
        # While Slack can't be asked, a restriction holds for everybody, and nothing else does.
        (EVERYONE, None, None, [ANN], None),
        (MEMBERS, None, True, [BEN], Obstacle.UNKNOWN),
        (CREATORS, None, True, [BEN], Obstacle.UNKNOWN),
    ],
)
def test_who_may_change_something(
    chosen: ChannelSettings,
    role: Role | None,
    is_member: bool | None,
    creators: list[str] | None,
    expected: Obstacle | None,
) -> None:
    """Ben may or may not change what these people made, for the reason that his row says."""
    assert obstacle(chosen, BEN, role, is_member=is_member, creators=creators) is expected


_SETTINGS = st.builds(ChannelSettings, changes_by=st.sampled_from(ChangesBy), guests_may_change=st.booleans())
_MEMBERSHIP = st.sampled_from([True, False, None])
_CREATORS = st.none() | st.sets(st.sampled_from([ANN, BEN]))


@given(_SETTINGS, st.sampled_from([ANN, BEN]), st.booleans(), _MEMBERSHIP, _CREATORS)
@settings(max_examples=50)
def test_nobody_gains_by_being_less(
    chosen: ChannelSettings, person: str, is_admin: bool, is_member: bool | None, creators: set[str] | None
) -> None:
    """A guest never may what a member in the same place may not, nor a member what an admin may not; no restriction
    lets anybody do more; and what was allowed to guests takes nothing from others."""

    def may(settings: ChannelSettings, role: Role | None) -> bool:
        return obstacle(settings, person, role, is_member=is_member, creators=creators) is None

    member, guest = Role(is_admin=is_admin), Role(is_guest=True, is_admin=is_admin)
    assert may(chosen, ADMIN) >= may(chosen, member) >= may(chosen, guest)
    for role in (None, member, guest):
        assert may(replace(chosen, changes_by=ChangesBy.EVERYONE), role) >= may(chosen, role)
        assert may(replace(chosen, guests_may_change=True), role) >= may(chosen, role)
    assert chosen.guests_may_change or not may(chosen, guest)
    assert may(chosen, member) >= may(chosen, None)


@given(_SETTINGS)
def test_every_member_may_acknowledge(chosen: ChannelSettings) -> None:
    """Taking care of an incident changes no watch: members may whatever was chosen, guests where they may change
    something."""
    assert obstacle_to_acknowledging(chosen, MEMBER) is None
    assert obstacle_to_acknowledging(chosen, None) is None
    assert (obstacle_to_acknowledging(chosen, GUEST) is None) is chosen.guests_may_change
