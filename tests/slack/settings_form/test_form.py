"""The settings form as data: what is drawn of it, what is read of what comes back, and what it changes."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.slack.block_kit.validation import checked
from bot.demo.slack.people.fields import values_of
from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from bot.domain.job import Status
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter
from bot.slack.request import Unreadable
from bot.slack.settings_form.form import NONE, Choices, Digest, Form, Origin, Part
from bot.slack.settings_form.problems import gaps
from bot.slack.settings_form.reading import read_form, shown_parts
from bot.slack.settings_form.view import form_view, zone_options
from bot.slack.watch_form.form import SOME, STATUSES
from tests.cast import ANN, BEN, NOON

HERE = Origin("C0OPS", "/job")
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Antarctica/Troll"])
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
SOME_STATUSES = st.sets(st.sampled_from(STATUSES)).map(
    lambda chosen: tuple(status for status in STATUSES if status in chosen)
)
FILTERS = st.sampled_from([StatusFilter(CHANGES), StatusFilter(PROBLEMS), StatusFilter(ERRORS)]) | st.builds(
    StatusFilter.of, SOME_STATUSES.filter(bool)
)
QUIET_HOURS = st.builds(QuietHours, CLOCKS, CLOCKS, FILTERS | st.just(NOTHING)).filter(lambda q: q.start != q.end)
SETTINGS = st.builds(
    ChannelSettings,
    threads=st.booleans(),
    default_filter=FILTERS,
    time_zone=st.none() | ZONES.filter(lambda zone: zone != "UTC"),
    digest=st.none() | st.builds(DigestSchedule, CLOCKS, st.none() | st.integers(0, 6)),
    quiet_hours=st.none() | QUIET_HOURS,
    changes_by=st.sampled_from(ChangesBy),
    guests_may_change=st.booleans(),
)
CHOICES = st.builds(
    Choices,
    filter=st.sampled_from([CHANGES, PROBLEMS, ERRORS, SOME]),
    statuses=SOME_STATUSES,
    threads=st.booleans(),
    zone=ZONES,
    digest=st.sampled_from(Digest),
    weekday=st.integers(0, 6),
    digest_at=st.none() | CLOCKS,
    quiet=st.booleans(),
    quiet_from=st.none() | CLOCKS,
    quiet_until=st.none() | CLOCKS,
    through=st.sampled_from([PROBLEMS, ERRORS, SOME, NONE]),
    through_statuses=SOME_STATUSES,
    changes_by=st.sampled_from(ChangesBy),
    guests=st.booleans(),
)
ORIGINS = st.sampled_from([HERE, Origin("D0BEN", "/streams")])
FORMS = st.builds(Form, ORIGINS, CHOICES, CHOICES)


def sent(view: dict[str, Any]) -> dict[str, Any]:
    """A view as Slack sends it back, with nothing changed in its fields."""
    return {**view, "state": {"values": values_of(view["blocks"], {})}}


@given(FORMS)
@settings(max_examples=50)
def test_a_form_is_read_as_it_was_drawn(form: Form) -> None:
    """Slack accepts the form whatever is chosen, and it comes back as it was: also what isn't shown now, such as the
    day of a digest that is off, so that nothing is lost by a choice that is taken back."""
    view = form_view(form, NOON)
    checked(view)
    assert len(view["private_metadata"]) <= 3_000
    assert read_form(json.loads(json.dumps(sent(view)))) == form


@given(SETTINGS, st.sampled_from([None, "Asia/Tokyo"]))
@settings(max_examples=50)
def test_what_nobody_touches_stays(present: ChannelSettings, zone: str | None) -> None:
    """A form that is saved as it was opened changes nothing but the time zone, if the person's own was proposed."""
    form = Form.of(HERE, present, zone)
    assert gaps(form) == {}
    proposed = zone if present.time_zone is None else present.time_zone
    assert form.applied_to(present, BEN) == replace(present, time_zone=proposed)


@given(SETTINGS, SETTINGS, SETTINGS)
@settings(max_examples=50)
def test_what_others_change_meanwhile_stays(
    opened: ChannelSettings, chosen: ChannelSettings, now: ChannelSettings
) -> None:
    """Each setting is as it was chosen in the form if it was chosen there, and otherwise as it is by now."""
    form = Form(HERE, Choices.of(opened), Choices.of(chosen))
    saved = form.applied_to(now, BEN)
    for name in (field.name for field in fields(ChannelSettings) if field.name != "restricted_by"):
        is_chosen = getattr(chosen, name) != getattr(opened, name)
        assert getattr(saved, name) == getattr(chosen if is_chosen else now, name), name


def test_whoever_restricts_changes_can_undo_it() -> None:
    """It is noted who restricted changes, once, and forgotten when everyone may again."""
    free = ChannelSettings()

    def by(person: str, before: ChannelSettings, who: ChangesBy, *, threads: bool = True) -> ChannelSettings:
        opened = Choices.of(before)
        return Form(HERE, opened, replace(opened, changes_by=who, threads=threads)).applied_to(before, person)

    restricted = by(BEN, free, ChangesBy.CREATORS)
    assert restricted.restricted_by == BEN
    assert by(ANN, restricted, ChangesBy.CREATORS, threads=False).restricted_by == BEN
    assert by(ANN, restricted, ChangesBy.MEMBERS).restricted_by == ANN
    assert by(ANN, restricted, ChangesBy.EVERYONE) == free


FULL = Form(HERE, Choices(), Choices(filter=SOME, digest=Digest.WEEKLY, quiet=True, through=SOME))


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"statuses": STATUSES[:1]}, {Part.THROUGH_STATUSES: "Choose at least one status."}),
        ({"through_statuses": STATUSES[:1]}, {Part.STATUSES: "Choose at least one status."}),
        ({"filter": ERRORS, "through": ERRORS, "digest_at": None}, {Part.DIGEST_AT: "Choose a time."}),
        ({"filter": ERRORS, "through": ERRORS, "quiet_until": None}, {Part.QUIET_UNTIL: "Choose a time."}),
        (
            {"filter": ERRORS, "through": ERRORS, "quiet_from": time(7)},
            {Part.QUIET_UNTIL: "Quiet hours can't end when they begin. Choose another time."},
        ),
        # What isn't shown isn't wrong.
        ({"filter": ERRORS, "digest": Digest.OFF, "quiet": False, "digest_at": None, "quiet_until": None}, {}),
    ],
)
def test_what_is_missing_is_said_at_its_field(choices: dict[str, Any], expected: dict[Part, str]) -> None:
    """Each mistake is explained under its own field, which the person sees."""
    form = replace(FULL, choices=replace(FULL.choices, **choices))
    assert gaps(form) == expected
    assert expected.keys() <= shown_parts(form_view(form, NOON))


def test_statuses_that_the_form_lacks_are_kept() -> None:
    """What breaks through was typed with a status that no box stands for: saving something else leaves it alone."""
    odd = QuietHours(time(22), time(7), StatusFilter.of([Status.of("Throttled")]))
    present = ChannelSettings(quiet_hours=odd)
    opened = Form.of(HERE, present, None)
    form = replace(opened, choices=replace(opened.choices, threads=False))
    assert gaps(form) == {}
    assert form.applied_to(present, BEN) == replace(present, threads=False)


def test_direct_messages_have_no_permissions() -> None:
    """In direct messages nobody else could change anything, so nobody is asked who may."""
    assert {Part.WHO, Part.GUESTS} <= shown_parts(form_view(Form.of(HERE, ChannelSettings(), None), NOON))
    own = form_view(Form.of(Origin("D0BEN", "/job"), ChannelSettings(), None), NOON)
    assert not {Part.WHO, Part.GUESTS} & shown_parts(own)


FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "no view": lambda view: None,
    "no metadata": lambda view: view | {"private_metadata": ""},
    "metadata that is a list": lambda view: view | {"private_metadata": "[]"},
    "another's channel": lambda view: view | {"private_metadata": '{"channel":"U0ANN","command":"/job"}'},
    "a command with markup": lambda view: view | {"private_metadata": '{"channel":"C0OPS","command":"/job <!here>"}'},
    "metadata nested without end": lambda view: view | {"private_metadata": "[" * 100_000},
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_form_of_somebody_else_is_unreadable(forge: Callable[[dict[str, Any]], object]) -> None:
    """A view that the bot didn't open is refused, not guessed at."""
    with pytest.raises(Unreadable):
        read_form(forge(sent(form_view(FULL, NOON))))


@given(st.none() | st.text(max_size=9) | st.integers() | st.lists(st.text(max_size=9), max_size=3))
@settings(max_examples=25)
def test_odd_values_count_as_unchosen(odd: object) -> None:
    """A field whose content can't have been chosen holds what it held when the form was opened."""
    view = sent(form_view(Form.of(HERE, ChannelSettings(), None), NOON))
    for block, actions in view["state"]["values"].items():
        for action in actions:
            view["state"]["values"][block][action] = {"selected_option": {"value": odd}, "type": odd}
    form = read_form(view)
    assert form.applied_to(ChannelSettings(), BEN) == ChannelSettings()


def test_the_menu_of_zones_is_one_that_slack_takes() -> None:
    """However many zones are found, Slack accepts what is offered, each with the offset of its clocks."""
    offered = zone_options(["Europe/Berlin", "America/Port_of_Spain"] * 80, NOON)["options"]
    assert len(offered) == 100
    texts = [option["text"]["text"] for option in offered[:2]]
    assert texts == ["Europe/Berlin (UTC+1)", "America/Port of Spain (UTC-4)"]
