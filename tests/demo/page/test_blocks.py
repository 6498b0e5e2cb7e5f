"""Blocks and elements as HTML: their names, what they send, what they contain, and that text stays text."""

import copy
import json
import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from bot.demo.page.rendering.fields import field_name, read_form
from bot.demo.slack.block_kit.reference import Surface
from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.people.fields import FIELDS, values_of
from tests.demo.gallery import CONFIRM, GALLERY, GROUPS, SURFACES, holding, option, plain, rich, said
from tests.demo.page.rendered import Tag, context, form_data, parse, pressed, presses, render, template

Json = dict[str, object]

EXAMPLES: list[tuple[str, Surface, list[Json]]] = [
    (f"{name} in a {surface}", surface, blocks) for surface in SURFACES for name, blocks in GALLERY[surface].items()
]
TAGS = re.compile(
    "a|b|blockquote|button|code|details|div|fieldset|figcaption|figure|h3|hr|i|img|input|label|legend|li|mark|ol|"
    "optgroup|option|p|pre|s|select|span|summary|table|td|textarea|th|time|tr|u|ul"
)
ZONE = ZoneInfo("Europe/Berlin")


# ── every block and element ─────────────────────────────────────────────────────────────────────────────────────────


def test_every_example_is_rendered() -> None:
    """Blocks and elements become well-formed HTML without scripts that loads nothing from elsewhere."""
    for name, surface, blocks in EXAMPLES:
        page = render(blocks, context(surface))
        assert "doesn't know" not in page.text, name
        for tag in page.tags:
            assert TAGS.fullmatch(tag.name), name
            assert not [each for each in tag.attributes if each.startswith("on") or each == "style"], name
            assert not tag.attributes.get("src", "").startswith("http"), name
        ids = [tag.attributes["id"] for tag in page.all() if "id" in tag.attributes]
        assert len(ids) == len(set(ids)), name


def test_every_control_has_an_accessible_name() -> None:
    """A screen reader has words for each field, button, link and image."""
    for name, surface, blocks in EXAMPLES:
        page = render(blocks, context(surface))
        for tag in page.tags:
            if "hidden" not in tag.attributes:
                assert_named(tag, name)
            for described in tag.attributes.get("aria-describedby", "").split():
                assert page.one(id=described).text, name


def assert_named(tag: Tag, name: str) -> None:
    label = tag.within("label")
    if tag.name in ("input", "select", "textarea"):
        assert tag.attributes.get("aria-label") or (label and label.text.strip()), name
    if tag.name in ("button", "a", "summary"):
        assert tag.attributes.get("aria-label") or tag.text.strip(), name
    if tag.name == "img":
        assert tag.attributes["alt"], name


def test_every_element_can_be_used() -> None:
    """Each element has a field with its own name, or a press that says which element it was."""
    for name, surface, blocks in EXAMPLES:
        page = render(blocks, context(surface))
        names = {each.attributes.get("name") or each.attributes.get("data-search") for each in page.tags}
        pressed_ones = [each[:2] for each in presses(page)]
        for block_id, element in interactive(blocks):
            key = (block_id, str(element.get("action_id")))
            is_there = field_name(*key) in names if element["type"] in FIELDS else list(key) in pressed_ones
            assert is_there, f"{element['type']}: {name}"


def test_initial_values() -> None:
    """A form that is sent unchanged contains what the app put into it."""
    for name, surface, blocks in EXAMPLES:
        form = form_data(render(blocks, context(surface)))
        assert values_of(blocks, read_form(blocks, form, ZONE)) == values_of(blocks, {}), name


def leaves(part: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The path of each text in the blocks, apart from types and styles."""
    if isinstance(part, str):
        if path[-1] not in ("type", "style", "block_id"):
            yield path
    elif isinstance(part, dict | list):
        for key, each in part.items() if isinstance(part, dict) else enumerate(part):
            yield from leaves(each, (*path, key))


def with_text(blocks: list[Json], path: tuple[object, ...], text: str) -> list[Json]:
    found = copy.deepcopy(blocks)
    at: object = found
    for key in path[:-1]:
        at = at[key]  # type: ignore[index]  # the path leads through dicts and lists
    at[path[-1]] = text  # type: ignore[index]
    return found


HOSTILE = (
    (
        "\"'><script>alert(1)</script><img src=x onerror=alert(1)><b onclick='x'>{{7*7}}</textarea></option>&lt;i&gt;",
        "harmless",
    ),
    ("https://a.example/\"onmouseover='alert(1)'><b>{{7*7}}", "https://a.example/b"),
    ('javascript:alert(1)//"><script>', "harmless"),
)


def test_hostile_text_stays_text() -> None:
    """Hostile text anywhere in a block gives the same tags and attributes as harmless text in its place."""
    for name, surface, blocks in {json.dumps(each[2]): each for each in EXAMPLES}.values():
        for path in leaves(blocks):
            for bad, good in HOSTILE:
                hostile = render(with_text(blocks, path, bad), context(surface))
                harmless = render(with_text(blocks, path, good), context(surface))
                assert shape(hostile) == shape(harmless), f"{name}: {path}"
                assert all(each.attributes.get("href", "http").startswith("http") for each in hostile.tags)
                assert hostile.text.count("49") == harmless.text.count("49"), f"{name}: {path}"


def shape(page: Tag) -> list[tuple[str, set[str]]]:
    return [(each.name, set(each.attributes)) for each in page.tags]


# ── buttons ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def button(**more: object) -> Json:
    return {"type": "button", "action_id": "go", "text": plain("Go"), **more}


def actions(*elements: Json, **more: object) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def test_a_button() -> None:
    """A button sends its block, its action and its value."""
    page = render([{"type": "divider"}, actions(button(value="1", style="danger", accessibility_label="Go there"))])
    tag = page.one("button", name="press")
    assert tag.attributes["value"] == '["b1","go","1"]'
    assert tag.attributes["type"] == "submit"
    assert tag.attributes["aria-label"] == "Go there"
    assert "danger" in tag.attributes["class"]
    assert tag.text == "Go"
    assert presses(render([actions(button(), block_id="mine é")])) == [["mine é", "go"]]


def test_confirmation_dialogs() -> None:
    """Buttons and fields carry their question, the text of which is HTML that is already escaped."""
    ask = {**CONFIRM, "title": plain("A & B <c>?"), "text": {"type": "mrkdwn", "text": "*Really* <script>?"}}
    page = render([actions(button(confirm=ask), {"type": "users_select", "action_id": "who", "confirm": ask})])
    for each in (page.one("button", name="press"), page.one("select")):
        assert json.loads(each.attributes["data-confirm"]) == {
            "title": "A & B <c>?",
            "text": "<b>Really</b> &lt;script&gt;?",
            "confirm": "Stop it",
            "deny": "Let it run",
            "style": "danger",
        }


def test_enter_presses_no_button() -> None:
    """Enter in a field submits a modal and does nothing in a message: the first button sends nothing by itself."""
    for surface in SURFACES:
        first = render([actions(button()), holding("input", "datepicker")], context(surface)).all("button")[0]
        assert "hidden" in first.attributes
        assert "name" not in first.attributes
        assert ("disabled" in first.attributes) == (surface != "modal")


def test_a_menu_that_takes_one_can_be_emptied() -> None:
    """A menu of which one entry can be chosen at most begins with its placeholder, which stands for none."""
    element = {"type": "multi_users_select", "action_id": "a", "max_selected_items": 1, "placeholder": plain("Nobody")}
    for chosen in ({}, {"initial_users": ["U0DEMOADA1"]}):
        menu = render([{"type": "input", "label": plain("Owner"), "element": element | chosen}]).one("select")
        assert "multiple" not in menu.attributes
        assert [each.text for each in menu.all("option")] == ["Nobody", "@ben", "@ada"]
        assert ["selected" in each.attributes for each in menu.all("option")] == [False, False, bool(chosen)]


# ── when the app hears of it ────────────────────────────────────────────────────────────────────────────────────────


def test_choices_are_sent_at_once() -> None:
    """A choice in a section or among actions is sent when it is made."""
    for kind in ("static_select", "multi_users_select", "checkboxes", "radio_buttons", "datepicker", "external_select"):
        for block in (holding("section", kind), holding("actions", kind)):
            (sending,) = (each for each in render([block]).tags if each.attributes.get("data-on") == "change")
            assert pressed(sending) == ["b0", f"try_{kind}"]


def test_inputs_are_sent_with_their_form() -> None:
    """An input block sends nothing by itself unless it dispatches actions."""
    for name, (block,) in GALLERY["modal"].items():
        if name.startswith("input with"):
            assert presses(render([block], context("modal"))) == []
            sent = presses(render([{**block, "dispatch_action": True}], context("modal")))
            assert sent == [["b0", f"try_{name.removeprefix('input with ')}"]]


def test_when_typing_is_sent() -> None:
    """A text field is sent on Enter or on pauses in typing, as configured."""
    for config, events in (
        ({}, "enter"),
        ({"trigger_actions_on": ["on_enter_pressed"]}, "enter"),
        ({"trigger_actions_on": ["on_character_entered"]}, "input"),
        ({"trigger_actions_on": ["on_enter_pressed", "on_character_entered"]}, "enter input"),
    ):
        element = {"type": "plain_text_input", "action_id": "a", "dispatch_action_config": config}
        block: Json = {"type": "input", "label": plain("A"), "element": element, "dispatch_action": True}
        assert render([block], context("modal")).one("input").attributes["data-on"] == events


# ── fields ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_errors_at_fields() -> None:
    """An error is shown below its field, marks it, and is read out with the hint."""
    for kind in ("plain_text_input", "radio_buttons", "static_select", "external_select"):
        block = {**holding("input", kind), "block_id": "its name"}
        page = render([block], context("modal", {"its name": "Not <that> one.", "b0": "Another's."}))
        error = page.one("p", _class="error")
        assert error.text == "Not <that> one."
        (described,) = (each for each in page.tags if "aria-describedby" in each.attributes)
        hint, shown = (page.one(id=each) for each in described.attributes["aria-describedby"].split())
        assert (hint.text, shown) == ("Any time", error)
        assert [each for each in page.tags if each.attributes.get("aria-invalid") == "true"]
        assert not [each for each in render([block], context("modal")).tags if "aria-invalid" in each.attributes]


def test_limits_of_fields() -> None:
    """The browser knows the limits of lengths and numbers."""
    text = render([holding("input", "plain_text_input")], context("modal")).one("textarea").attributes
    assert (text["minlength"], text["maxlength"], text["placeholder"]) == ("3", "500", "What was done")
    number = render([holding("input", "number_input")], context("modal")).one("input").attributes
    assert (number["type"], number["min"], number["max"], number["step"]) == ("number", "1", "120", "1")


def test_multiline_text() -> None:
    """Empty lines, spaces and closing tags in a text survive."""
    for text in ("\n\nx", "</textarea><b>", " a  b "):
        element = {"type": "plain_text_input", "action_id": "a", "multiline": True, "initial_value": text}
        blocks: list[Json] = [{"type": "input", "label": plain("A"), "element": element}]
        assert form_data(render(blocks, context("modal")))['["b0","a"]'] == text


def test_menus() -> None:
    """Options have groups and descriptions. People and channels are named, also a selected one that isn't offered."""
    pick = plain("Pick & choose")
    menu: Json = {"type": "static_select", "action_id": "a", "placeholder": pick, "option_groups": GROUPS}
    select = render([actions(menu)]).one("select")
    assert [each.attributes["label"] for each in select.all("optgroup")] == ["Databases", "Message queues"]
    assert [each.text for each in select.all("option")] == [
        "Pick & choose",
        "orders_cdc – Orders from the shop's database",
        "clickstream – Events of the web site",
        "payments_kafka",
    ]
    page = render([actions({"type": "users_select", "action_id": "a", "initial_user": "U9"})])
    assert [each.text for each in page.all("option")] == ["Choose one", "@ben", "@ada", "@U9"]
    page = render([actions({"type": "multi_channels_select", "action_id": "a"})])
    assert [each.text for each in page.all("option")] == ["#data-ops", "#general"]


def options(*arguments: object) -> list[tuple[str, str, bool]]:
    page = parse(template("option_list").render(arguments=arguments))
    return [
        (each.one("input").attributes["value"], each.text.strip(), "checked" in each.one("input").attributes)
        for each in page.all("label")
    ]


def test_options_that_the_app_finds() -> None:
    """Selected options come first, and once, whether the app finds them again or not."""
    one, two, three = option("One", "1"), option("<Two>", "2"), option("Three", "3")
    assert options([one, two], [], "n") == [("1", "One", False), ("2", "<Two>", False)]
    assert options([one, two], [], "n", True, [two]) == [("2", "<Two>", True), ("1", "One", False)]
    assert options([one, two], [], "n", True, [option("Two", "2"), option("Nine", "9")]) == [
        ("2", "<Two>", True),
        ("9", "Nine", True),
        ("1", "One", False),
    ]
    grouped = [{"label": plain("G"), "options": [one, three]}]
    assert options([], grouped, "n", False, [three]) == [("3", "Three", True), ("1", "One", False)]
    assert options([], [], "n") == []


# ── content ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_images() -> None:
    """Images on this machine are loaded; others are a frame with a link."""
    near = render([{"type": "image", "image_url": "http://127.0.0.1:8000/a.png", "alt_text": "Near"}])
    assert near.one("img").attributes == {"src": "http://127.0.0.1:8000/a.png", "alt": "Near"}
    for url in ("https://a.example/a.png", "http://127.0.0.1.a.example/a.png", "http://127.0.0.1@a.example/a.png"):
        far = render([{"type": "image", "image_url": url, "alt_text": "Far"}])
        assert not far.all("img")
        assert (far.one("a").attributes["href"], far.one("a").text) == (url, "Far")


def test_rich_text() -> None:
    """Rich text isn't parsed. Its styles, emoji, links and lists are rendered."""
    parts: list[Json] = [
        said("*no* :tada: &lt; <b>", bold=True, italic=True, strike=True, code=True, underline=True),
        {"type": "emoji", "name": "tada"},
        {"type": "link", "url": "javascript:alert(1)", "text": "no"},
    ]
    html = render([rich(*parts)]).one("div", _class="text")
    assert html.text == "*no* :tada: &lt; <b>🎉no"
    assert [each.name for each in html.tags] == ["b", "i", "u", "s", "code"]
    items = [{"type": "rich_text_section", "elements": [said("x")]}]
    part = {"type": "rich_text_list", "style": "ordered", "indent": 2, "offset": 3, "border": 1, "elements": items}
    ordered = render([{"type": "rich_text", "elements": [part]}]).one("ol")
    assert ordered.attributes == {"class": "indent-2 border", "start": "4"}


def test_a_table() -> None:
    """The first row is the header. Columns are aligned and wrapped as configured."""
    page = render(GALLERY["message"]["table"])
    assert [each.text.strip() for each in page.all("th", scope="col")] == ["Job", "State", "Rows"]
    classes = [each.attributes["class"] for each in page.all("td")[:3]]
    assert classes == ["left wrapped", "left", "right"]


def test_unknown_blocks_and_elements() -> None:
    """An unknown block or element is reported in its place; the others are shown."""
    page = render([{"type": "<new>"}, actions({"type": "newer", "action_id": "x"}, button())])
    assert "This demo doesn't know the block “<new>”." in page.text
    assert "This demo doesn't know the element “newer”." in page.text
    assert presses(page) == [["b1", "go"]]
