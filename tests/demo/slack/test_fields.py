"""`state.values`: what stands in the fields of a form."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.slack.block_kit.schema import Json
from bot.demo.slack.people.fields import FIELDS, values_of

OPTIONS: list[Json] = [{"text": {"type": "plain_text", "text": name.upper()}, "value": name} for name in "abc"]
FROM_APP: Json = {"text": {"type": "plain_text", "text": "From the app"}, "value": "x"}
EXTERNAL = ("external_select", "multi_external_select")
IDS = st.sampled_from(["U1", "C1", "D1"])
WORDS = {
    "option": st.sampled_from("abc"),
    "text": st.text(min_size=1),
    "number": (st.integers(0, 3) | st.integers(0, 2_000_000_000)).map(str),
}
TIMES = {"datepicker": st.dates().map(str), "timepicker": st.times().map(lambda time: time.strftime("%H:%M"))}


def element(kind: str, **more: object) -> Json:
    options = {} if FIELDS[kind].holds != "option" or kind in EXTERNAL else {"options": OPTIONS}
    return {"type": kind, "action_id": "field", **options, **more}


def form(one: Json, block_id: str | None = "block") -> list[Json]:
    named = {"block_id": block_id} if block_id else {}
    return [{"type": "divider"}, {"type": "input", **named, "element": one}]


def held(one: Json, *words: str, filled: bool = True) -> object:
    """What the element holds with these words in it."""
    offered = {("block", "field"): {str(each["value"]): each for each in (*OPTIONS, FROM_APP)}}
    values = values_of(form(one), {("block", "field"): list(words)} if filled else {}, offered)
    (field,) = values["block"].values()
    assert field["type"] == one["type"]
    assert list(values["block"]) == ["field"]
    return field[FIELDS[str(one["type"])].name]


def words_in(value: object) -> list[str]:
    """The words that a person must have filled in, seen from what the app is told."""
    if isinstance(value, list):
        return [word for each in value for word in words_in(each)]
    match value:
        case None:
            return []
        case {"value": str(word)}:
            return [word]
    return [str(value)]


@st.composite
def fillings(draw: st.DrawFn) -> tuple[str, list[str]]:
    kind = draw(st.sampled_from(sorted(FIELDS)))
    word = TIMES.get(kind, WORDS.get(FIELDS[kind].holds, IDS))
    return kind, draw(st.lists(word, max_size=4 if FIELDS[kind].many else 1))


@given(fillings())
def test_what_was_filled_in_is_told(filling: tuple[str, list[str]]) -> None:
    """Every element tells exactly the words that were filled in, in their order, and as JSON can carry them."""
    kind, words = filling
    value = held(element(kind), *words)
    assert words_in(value) == words
    assert isinstance(value, list) == FIELDS[kind].many
    assert json.loads(json.dumps(value)) == value


@given(st.sampled_from(sorted(FIELDS)), st.booleans())
def test_an_empty_field_is_null_or_an_empty_list(kind: str, was_emptied: bool) -> None:
    """Emptied or never filled, a field of one choice is null and one of several an empty list."""
    assert held(element(kind), filled=was_emptied) == ([] if FIELDS[kind].many else None)


def test_text_that_was_deleted_is_nothing() -> None:
    """A text field with nothing in it is null, whether it was emptied or never had anything."""
    for kind in (kind for kind in FIELDS if FIELDS[kind].holds == "text"):
        assert held(element(kind), "") is None, kind
        assert held(element(kind, initial_value=""), filled=False) is None, kind


@given(fillings().filter(lambda each: bool(each[1])))
def test_what_stands_there_at_first_counts_until_it_is_changed(filling: tuple[str, list[str]]) -> None:
    """An initial value is told as if it had been filled in; emptied, it is gone."""
    kind, words = filling
    first = held(element(kind), *words)
    begun = element(kind, **{FIELDS[kind].initial: first})
    assert held(begun, filled=False) == first
    assert held(begun) == ([] if FIELDS[kind].many else None)


def test_menus_tell_whole_options() -> None:
    """A chosen option comes with its text: from a group, from the app, or from the beginning."""
    grouped: dict[str, Any] = {"type": "static_select", "action_id": "field"}
    grouped["option_groups"] = [{"label": {"type": "plain_text", "text": "All"}, "options": OPTIONS}]
    assert values_of(form(grouped), {("block", "field"): ["b"]})["block"]["field"]["selected_option"] == OPTIONS[1]
    assert held(element("external_select"), "x") == FROM_APP
    known = values_of(form(element("external_select", initial_option=OPTIONS[2])), {("block", "field"): ["c"]})
    assert known["block"]["field"]["selected_option"] == OPTIONS[2]


def test_nobody_chooses_what_is_not_there() -> None:
    """An option that isn't offered, or two where one is asked for, is a `LookupError`."""
    for kind, words in (
        ("static_select", ["z"]),
        ("static_select", ["a", "b"]),
        ("external_select", ["z"]),
        ("checkboxes", ["a", "z"]),
    ):
        with pytest.raises(LookupError):
            held(element(kind), *words)


def test_a_block_without_a_name_is_called_by_its_place() -> None:
    """A block without `block_id` is `b` and its number; elements that hold nothing are not told."""
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    actions: Json = {"type": "actions", "elements": [button]}
    blocks = [*form(element("plain_text_input"), block_id=None), actions]
    assert values_of(blocks, {("b1", "field"): ["x"]}) == {"b1": {"field": {"type": "plain_text_input", "value": "x"}}}
