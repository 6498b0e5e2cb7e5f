"""What the stand-in of Slack accepts as blocks and views, and what it says of the rest: Slack's Block Kit reference."""

import copy
from typing import Any

import pytest

from bot.demo.slack.block_kit.reference import SURFACES
from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.block_kit.validation import TEXT_LIMIT, Surface, checked, faults, text_length
from bot.demo.slack.people.fields import FIELDS
from bot.demo.slack.stand_in import Refused

Json = dict[str, Any]


def plain(words: str = "x") -> Json:
    return {"type": "plain_text", "text": words}


def option(value: str = "a") -> Json:
    return {"text": plain(value), "value": value}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def within(element: Json, surface: Surface = "modal") -> list[Json]:
    """A block that the element may stand in."""
    if element["type"] in ("button", "overflow"):
        return [{"type": "actions", "elements": [element]}]
    return [{"type": "input", "label": plain(), "element": element}]


MRKDWN = {"type": "mrkdwn", "text": "x"}
SECTION = {"type": "section", "text": MRKDWN}
TEXT = {"type": "text", "text": "x"}
OPTIONS = {"options": [option("a"), option("b")]}
CONFIRM = {"title": plain(), "text": MRKDWN, "confirm": plain(), "deny": plain(), "style": "danger"}
IMAGE = {"type": "image", "image_url": "https://e.com/x.png", "alt_text": "x"}

# Every element, with as many of its fields as can stand together.
ELEMENTS: list[Json] = [
    {"type": "button", "text": plain(), "value": "1", "url": "https://e.com", "style": "primary", "confirm": CONFIRM},
    {"type": "overflow", "options": [option() | {"url": "https://e.com", "description": plain()}]},
    {"type": "static_select", **OPTIONS, "initial_option": option("b"), "placeholder": plain(), "confirm": CONFIRM},
    {"type": "static_select", "option_groups": [{"label": plain(), **OPTIONS}], "initial_option": option("b")},
    {"type": "multi_static_select", **OPTIONS, "initial_options": [option("a")], "max_selected_items": 2},
    {"type": "external_select", "initial_option": option(), "min_query_length": 0},
    {"type": "multi_external_select", "initial_options": [option()], "min_query_length": 3},
    {"type": "users_select", "initial_user": "U1"},
    {"type": "multi_users_select", "initial_users": ["U1"], "max_selected_items": 1},
    {"type": "conversations_select", "filter": {"include": ["im", "public"]}},
    {"type": "multi_conversations_select", "initial_conversations": ["C1"], "filter": {"exclude_bot_users": True}},
    {"type": "channels_select", "initial_channel": "C1"},
    {"type": "multi_channels_select", "initial_channels": ["C1"]},
    {"type": "checkboxes", "options": [option() | {"text": MRKDWN}], "focus_on_load": True},
    {"type": "radio_buttons", **OPTIONS, "initial_option": option("a")},
    {"type": "datepicker", "initial_date": "2026-02-28", "placeholder": plain()},
    {"type": "timepicker", "initial_time": "23:59", "timezone": "Europe/Berlin"},
    {"type": "datetimepicker", "initial_date_time": 1_700_000_000},
    {"type": "plain_text_input", "multiline": True, "min_length": 0, "max_length": 3000, "initial_value": ""},
    {"type": "email_text_input", "initial_value": "ben@e.com", "placeholder": plain()},
    {"type": "url_text_input", "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}},
    {"type": "number_input", "is_decimal_allowed": True, "min_value": "-1", "initial_value": "0.5", "max_value": "9"},
]
BLOCKS: list[Json] = [
    {"type": "section", "text": MRKDWN, "fields": [plain()] * 10, "accessory": IMAGE, "expand": True},
    {"type": "section", "fields": [MRKDWN], "block_id": "b"},
    {"type": "header", "text": plain("x" * 150)},
    {"type": "divider"},
    {"type": "context", "elements": [IMAGE, MRKDWN, plain()]},
    {"type": "image", "title": plain(), "alt_text": "x", "image_url": "https://e.com/x.png"},
    {"type": "actions", "elements": [{"type": "button", "text": plain()}] * 25},
    {"type": "input", "label": plain(), "hint": plain(), "optional": True, "element": {"type": "plain_text_input"}},
    rich(
        *(TEXT | {"style": {"bold": True}}, {"type": "link", "url": "https://e.com", "text": "x", "unsafe": False}),
        *({"type": "user", "user_id": "U1"}, {"type": "channel", "channel_id": "C1", "style": {"highlight": True}}),
        *({"type": "usergroup", "usergroup_id": "S1"}, {"type": "team", "team_id": "T1"}),
        *(
            {"type": "broadcast", "range": "here"},
            {"type": "color", "value": "#00ff00"},
            {"type": "emoji", "name": "x"},
        ),
        {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "x"},
    ),
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_list", "style": "bullet", "indent": 8, "elements": rich(TEXT)["elements"]},
            {"type": "rich_text_preformatted", "elements": [TEXT], "border": 1},
            {"type": "rich_text_quote", "elements": [TEXT]},
        ],
    },
]
TABLE = {
    "type": "table",
    "rows": [
        [{"type": "raw_text", "text": "x"}, rich(TEXT)],
        [{"type": "raw_number", "value": 1.5, "text": "1.5"}] * 2,
    ],
    "column_settings": [None, {"align": "right", "is_wrapped": True}],
}
NOT_IN_MESSAGES = ("email_text_input", "url_text_input", "number_input")


def test_what_the_reference_describes_is_accepted() -> None:
    """Each block, and each element in each block and on each surface that takes it, is without a fault."""
    for surface in SURFACES:
        for block in BLOCKS:
            assert faults([block], surface) == [], (surface, block)
    assert faults([TABLE], "message") == []
    for element in ELEMENTS:
        assert faults(within(element), "modal") == [], element
    assert {each["type"] for each in ELEMENTS} == {*FIELDS, "button", "overflow"}


def test_elements_stand_where_they_may() -> None:
    """What may not stand in a block or on a surface is an unsupported type there, and is accepted elsewhere."""
    by_type = {each["type"]: each for each in ELEMENTS}
    wrong: list[tuple[Surface, Json]] = [
        *(("message", within(by_type[each])[0]) for each in NOT_IN_MESSAGES),
        ("modal", SECTION | {"accessory": by_type["plain_text_input"]}),
        ("modal", SECTION | {"accessory": by_type["datetimepicker"]}),
        ("modal", {"type": "input", "label": plain(), "element": by_type["button"]}),
        ("message", {"type": "actions", "elements": [by_type["plain_text_input"]]}),
        ("message", {"type": "actions", "elements": [IMAGE]}),
        ("message", {"type": "context", "elements": [by_type["button"]]}),
        ("modal", TABLE),
        *(("message", {"type": each}) for each in ("card", "markdown", "video", "call", "text", "button")),
    ]  # fmt: skip
    for surface, block in wrong:
        (line,) = faults([block], surface)
        assert line.startswith("[ERROR] unsupported type: "), (surface, block)


LONG = {"type": "mrkdwn", "text": "x" * 3001}
# A block of a modal, and what is said of it: words, and where.
FAULTS: list[tuple[Any, str, str]] = [
    ("x", "must provide an object", ""),
    ({}, "missing required field: type", ""),
    ({"type": "section"}, "must provide at least one of: text, fields", ""),
    ({"type": "section", "text": LONG}, "must be less than 3001 characters", "/text/text"),
    ({"type": "section", "text": {"type": "mrkdwn", "text": ""}}, "must be more than 0 characters", "/text/text"),
    ({"type": "section", "text": "x"}, "must provide an object", "/text"),
    ({"type": "section", "text": {"type": "rich", "text": "x"}}, "must be a valid enum value", "/text/type"),
    ({"type": "section", "fields": [MRKDWN] * 11}, "no more than 10 items allowed", "/fields"),
    (SECTION | {"colour": "red"}, "invalid additional property: colour", ""),
    (SECTION | {"expand": "yes"}, "must be a boolean", "/expand"),
    (SECTION | {"block_id": "x" * 256}, "must be less than 256 characters", "/block_id"),
    ({"type": "header", "text": MRKDWN}, "must be a valid enum value", "/text/type"),
    ({"type": "header"}, "missing required field: text", ""),
    ({"type": "context", "elements": []}, "no less than 1 items allowed", "/elements"),
    ({"type": "actions", "elements": {}}, "must be an array", "/elements"),
    ({"type": "image", "alt_text": "x"}, "missing required field: image_url", ""),
    (IMAGE | {"image_url": "ftp://e.com/x"}, "invalid url", "/image_url"),
    (IMAGE | {"image_url": "http://[x"}, "invalid url", "/image_url"),
    ({"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "x", "elements": rich(TEXT)["elements"]}]},
     "must be a valid enum value", "/elements/0/style"),
    (rich({"type": "color", "value": "red"}), "does not match the expected pattern", "/elements/0/elements/0/value"),
    (rich({"type": "date", "timestamp": "1", "format": "x"}), "must be an integer", "/elements/0/elements/0/timestamp"),
]  # fmt: skip
# The same of an element, by what is changed in a good one.
ELEMENT_FAULTS: list[tuple[str, Json, str, str]] = [
    ("button", {"style": "blue"}, "must be a valid enum value", "/style"),
    ("button", {"value": "x" * 2001}, "must be less than 2001 characters", "/value"),
    ("button", {"confirm": {each: CONFIRM[each] for each in CONFIRM if each != "text"}},
     "missing required field: text", "/confirm"),
    ("overflow", {"options": [option()] * 6}, "no more than 5 items allowed", "/options"),
    ("checkboxes", {"options": []}, "no less than 1 items allowed", "/options"),
    ("radio_buttons", {"initial_option": option("c")}, "invalid initial_option", "/initial_option"),
    ("multi_static_select", {"initial_options": [option("c")]}, "invalid initial_options", "/initial_options"),
    ("multi_static_select", {"option_groups": [{"label": plain(), **OPTIONS}]},
     "must provide exactly one of: options, option_groups", ""),
    ("multi_users_select", {"max_selected_items": 0}, "must be more than 0", "/max_selected_items"),
    ("conversations_select", {"filter": {}},
     "must provide at least one of: include, exclude_external_shared_channels, exclude_bot_users", "/filter"),
    ("conversations_select", {"response_url_enabled": True}, "invalid additional property: response_url_enabled", ""),
    ("datepicker", {"initial_date": "2026-02-30"}, "invalid date", "/initial_date"),
    ("timepicker", {"initial_time": "24:00"}, "does not match the expected pattern", "/initial_time"),
    ("timepicker", {"timezone": "Europe/Nowhere"}, "invalid timezone", "/timezone"),
    ("datetimepicker", {"initial_date_time": 999_999_999}, "must be more than 999999999", "/initial_date_time"),
    ("plain_text_input", {"max_length": 3001}, "must be less than 3001", "/max_length"),
    ("number_input", {"initial_value": "ten"}, "does not match the expected pattern", "/initial_value"),
    ("url_text_input", {"dispatch_action_config": {"trigger_actions_on": ["x"]}},
     "must be a valid enum value", "/dispatch_action_config/trigger_actions_on/0"),
]  # fmt: skip


def test_what_is_wrong_is_said_with_its_place() -> None:
    """Each fault is one line in Slack's words, with a JSON pointer; nothing is said of the good block beside it."""
    for block, words, at in FAULTS:
        assert faults([SECTION, block], "modal") == [f"[ERROR] {words} [json-pointer:/blocks/1{at}]"], block
    for kind, change, words, at in ELEMENT_FAULTS:
        good = next(each for each in ELEMENTS if each["type"] == kind)
        found = faults(within(good | change), "modal")
        place = "elements/0" if kind in ("button", "overflow") else "element"
        assert found == [f"[ERROR] {words} [json-pointer:/blocks/0/{place}{at}]"], (kind, change)
    assert faults("x", "modal") == ["[ERROR] must be an array [json-pointer:/blocks]"]


def test_what_holds_for_all_blocks_together() -> None:
    """IDs are unique, one element has the cursor, one table is allowed, and each surface has its number of blocks."""
    button = {"type": "button", "text": plain(), "action_id": "a"}
    focused = {"type": "input", "label": plain(), "element": {"type": "plain_text_input", "focus_on_load": True}}
    long_row = [[{"type": "raw_text", "text": "x" * 6000}] * 2]
    for blocks, words, at in (
        ([SECTION | {"block_id": "a"}] * 2, "block_id `a` already exists", "/1/block_id"),
        ([{"type": "actions", "elements": [button, button]}], "action_id `a` already exists", "/0/elements"),
        ([focused, focused], "focus_on_load can be set on one element only", "/1"),
        ([TABLE, TABLE], "only_one_table_allowed", "/1"),
        ([TABLE | {"rows": long_row}], "must be less than 10001 characters", "/0/rows"),
        ([{"type": "divider"}] * 51, "no more than 50 items allowed", ""),
    ):
        assert f"[ERROR] {words} [json-pointer:/blocks{at}]" in faults(blocks, "message"), words
    assert faults([{"type": "actions", "elements": [button]}] * 2, "message") == []
    assert faults([{"type": "divider"}] * 100, "modal") == []
    assert len(faults([{"type": "divider"}] * 101, "modal")) == 1


def test_the_text_of_all_blocks_is_counted() -> None:
    """Slack refuses a message by the text of all its blocks but tables."""
    blocks = [{"type": "section", "text": MRKDWN, "fields": [plain("abc")]}, rich(TEXT, TEXT), TABLE]
    assert text_length(blocks) == 6
    assert TEXT_LIMIT == 11_340


def test_views_have_rules_of_their_own() -> None:
    """A modal has its fields; a form has a button to send it with, and nothing is too large."""
    form = {"type": "modal", "title": plain(), "submit": plain(), "blocks": within({"type": "plain_text_input"})}
    sent_by_nothing = {name: each for name, each in form.items() if name != "submit"}
    assert checked(copy.deepcopy(form)) == form
    for view, words in (
        ({"type": "home", "blocks": []}, "unsupported type: home [json-pointer:/view/type]"),
        ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
        (form | {"title": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/title/text]"),
        (form | {"blocks": [{"type": "x"}]}, "unsupported type: x [json-pointer:/view/blocks/0/type]"),
        (sent_by_nothing, "missing required field: submit [json-pointer:/view]"),
        ("x", "must provide an object [json-pointer:/view]"),
    ):  # fmt: skip
        with pytest.raises(Refused, match="invalid_arguments") as refused:
            checked(view)
        assert f"[ERROR] {words}" in str(refused.value.more), words
    many = [{"type": "section", "block_id": f"{n}", "text": {"type": "mrkdwn", "text": "x" * 3000}} for n in range(90)]
    with pytest.raises(Refused, match="view_too_large"):
        checked(form | {"blocks": many})


def test_elements_are_found_in_their_blocks() -> None:
    """What can be used is found with the ID of its block, which is its place where the app gave none."""
    button, menu = ELEMENTS[0], ELEMENTS[2]
    blocks: list[Json] = [
        {"type": "section", "text": MRKDWN, "accessory": IMAGE},
        {"type": "section", "text": MRKDWN, "accessory": menu},
        {"type": "actions", "block_id": "row", "elements": [button, menu]},
        {"type": "input", "label": plain(), "element": {"type": "checkboxes"}},
        {"type": "context", "elements": [IMAGE]},
    ]
    found = [(block_id, each["type"]) for block_id, each in interactive(blocks)]
    assert found == [("b1", "static_select"), ("row", "button"), ("row", "static_select"), ("b3", "checkboxes")]
