"""Every block and element as HTML: what it is called, what it sends, what stands in it, and that it is only text."""

import copy
import json
import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from bot.demo.page.forms import field, filled
from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.block_kit.validation import Surface
from bot.demo.slack.people.fields import FIELDS, values_of
from tests.demo.gallery import CONFIRM, GALLERY, GROUPS, SURFACES, holding, option, plain, rich, said
from tests.demo.page.drawn import Where, drawn, filled_in, parsed, presses, sent, template

Json = dict[str, object]
EXAMPLES: dict[str, tuple[Surface, list[Json]]] = {
    name: (surface, blocks) for surface in reversed(SURFACES) for name, blocks in GALLERY[surface].items()
}
TAGS = re.compile(
    "a|article|b|blockquote|button|caption|code|details|div|em|fieldset|figcaption|figure|h[1-6]|hr|i|img|input|label|"
    "legend|li|mark|ol|optgroup|option|p|pre|s|section|select|span|strong|summary|table|tbody|td|textarea|th|thead|time|"
    "tr|u|ul"
)
FIELD_TAGS = ("input", "select", "textarea")
ZONE = ZoneInfo("Europe/Berlin")


def where(surface: Surface) -> Where:
    return Where(kind=surface)


# ── all of it ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("surface", "blocks"), EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_is_drawn(surface: Surface, blocks: list[Json]) -> None:
    """Each block and element is known and drawn as HTML that is well formed, without scripts, and loads nothing."""
    page = drawn(blocks, where(surface))
    assert "doesn't know" not in page.text
    for tag in page.tags:
        assert TAGS.fullmatch(tag.name)
        assert not [each for each in tag.attributes if each.startswith("on")]
        assert not tag.attributes.get("src", "/files/").startswith("http")
    identities = [tag.attributes["id"] for tag in page.all() if "id" in tag.attributes]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize(("surface", "blocks"), EXAMPLES.values(), ids=EXAMPLES)
def test_every_control_has_a_name(surface: Surface, blocks: list[Json]) -> None:
    """Whoever can't see the page is told what each field, button, link and image is."""
    page = drawn(blocks, where(surface))
    for tag in page.tags:
        attributes, label = tag.attributes, tag.within("label")
        if "hidden" in attributes:
            continue
        if tag.name in FIELD_TAGS:
            assert attributes.get("aria-label") or (label and label.text.strip())
        if tag.name in ("button", "a", "summary"):
            assert attributes.get("aria-label") or tag.text.strip()
        if tag.name == "img":
            assert attributes["alt"]
        for described in attributes.get("aria-describedby", "").split():
            assert page.one(id=described).text


@pytest.mark.parametrize(("surface", "blocks"), EXAMPLES.values(), ids=EXAMPLES)
def test_every_element_can_be_used(surface: Surface, blocks: list[Json]) -> None:
    """Each element has a field by its own name, or a press that says which one it was."""
    page = drawn(blocks, where(surface))
    names = {each.attributes.get("name") for each in page.tags}
    pressed = [each[:2] for each in presses(page)]
    for block_id, element in interactive(blocks):
        key = (block_id, str(element.get("action_id")))
        if element["type"] in ("external_select", "multi_external_select"):
            search = page.one("input", type="search")
            assert json.loads(search.attributes["hx-vals"])["element"] == field(*key)
        elif element["type"] in FIELDS:
            assert field(*key) in names
        elif element["type"] != "workflow_button":
            assert list(key) in pressed


@pytest.mark.parametrize(("surface", "blocks"), EXAMPLES.values(), ids=EXAMPLES)
def test_what_stands_in_it_at_first(surface: Surface, blocks: list[Json]) -> None:
    """A form that is sent as it is drawn holds what the app put into it."""
    blocks = [block for block in blocks if "rich_text_input" not in json.dumps(block)]
    form = filled_in(drawn(blocks, where(surface)))
    assert values_of(blocks, filled(blocks, form, ZONE)) == values_of(blocks, {})


def leaves(part: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """The way to each word in the blocks, those that name a kind of thing excepted."""
    if isinstance(part, str):
        if path[-1] not in ("type", "style", "block_id"):
            yield path
    elif isinstance(part, dict | list):
        for key, each in part.items() if isinstance(part, dict) else enumerate(part):
            yield from leaves(each, (*path, key))


def with_word(blocks: list[Json], path: tuple[object, ...], word: str) -> list[Json]:
    found = copy.deepcopy(blocks)
    at: object = found
    for key in path[:-1]:
        at = at[key]  # type: ignore[index]
    at[path[-1]] = word  # type: ignore[index]
    return found


HOSTILE = (
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)><b onclick='x'>{{ 7*7 }}</textarea></option>&lt;i&gt;",
    "https://a.example/\"onmouseover='alert(1)'><b>{{7*7}}",
    'javascript:alert(1)//"><script>',
)
HARMLESS = ("harmless", "https://a.example/b", "harmless")


@pytest.mark.parametrize(("surface", "blocks"), EXAMPLES.values(), ids=EXAMPLES)
def test_a_hostile_word_in_any_place(surface: Surface, blocks: list[Json]) -> None:
    """Whatever stands in whichever place of a block, the page has the same parts as with a harmless word there."""
    for path in leaves(blocks):
        for word, other in zip(HOSTILE, HARMLESS, strict=True):
            hostile = drawn(with_word(blocks, path, word), where(surface))
            harmless = drawn(with_word(blocks, path, other), where(surface))
            assert [each.name for each in hostile.tags] == [each.name for each in harmless.tags], path
            attributes = [set(each.attributes) for each in harmless.tags]
            assert [set(each.attributes) for each in hostile.tags] == attributes, path
            assert all(each.attributes.get("href", "http").startswith("http") for each in hostile.tags)
            assert hostile.text.count("49") == harmless.text.count("49")


# ── what is pressed ─────────────────────────────────────────────────────────────────────────────────────────────────


def button(**more: object) -> Json:
    return {"type": "button", "action_id": "go", "text": plain("Go"), **more}


def actions(*elements: Json, **more: object) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def test_a_button() -> None:
    """A button sends its block, itself and its value to the place's address, by itself and whatever form it is in."""
    page = drawn([{"type": "divider"}, actions(button(value="1", style="danger", accessibility_label="Go there"))])
    pressed = page.one("button", name="press")
    assert pressed.attributes["value"] == '["b1","go","1"]'
    assert pressed.attributes["type"] == "submit"
    assert pressed.attributes["hx-post"] == "/ben/messages/1.2/press"
    assert pressed.attributes["aria-label"] == "Go there"
    assert "danger" in pressed.attributes["class"]
    assert pressed.text == "Go"
    assert presses(drawn([actions(button(), block_id="mine é")])) == [["mine é", "go"]]


def test_a_button_that_is_a_link() -> None:
    """A button with an address is a link to it, and pressing it is told all the same."""
    page = drawn([actions(button(url="https://a.example/", value="v"))])
    link = page.one("a")
    assert (link.attributes["href"], link.attributes["target"]) == ("https://a.example/", "_blank")
    assert link.above is not None
    assert link.above.attributes["hx-trigger"] == "click"
    assert sent(link.above) == ["b0", "go", "v"]
    assert not drawn([actions(button(url="javascript:alert(1)"))]).all("a")


def test_blocks_in_blocks() -> None:
    """What stands in a carousel or container has its own block's ID, or is called by its place."""
    card: Json = {"type": "card", "title": plain("A"), "actions": [button()]}
    own = {**card, "block_id": "own"}
    inner: Json = {"type": "container", "title": plain("B"), "child_blocks": [{"type": "divider"}, actions(button())]}
    blocks: list[Json] = [{"type": "carousel", "elements": [card, own]}, inner]
    assert presses(drawn(blocks)) == [["b0.0", "go"], ["own", "go"], ["b1.1", "go"]]


def test_an_overflow_menu() -> None:
    """A menu's entries are pressed like buttons; one with an address is a link too."""
    held = {"type": "overflow", "action_id": "more", "confirm": CONFIRM}
    page = drawn([actions({**held, "options": [option("One", "1"), option("Two", "2", url="https://a.example")]})])
    assert page.one("details").one("summary").attributes["aria-label"] == "More actions"
    assert presses(page) == [["b0", "more", "1"], ["b0", "more", "2"]]
    assert page.one("a").attributes["href"] == "https://a.example"
    assert len([each for each in page.tags if "data-confirm" in each.attributes]) == 2


def test_feedback_and_icons() -> None:
    """Thumbs and the bin are buttons with names."""
    page = drawn([*GALLERY["message"]["context_actions with feedback_buttons"]])
    assert [each[2] for each in presses(page)] == ["good", "bad"]
    labels = [each.attributes["aria-label"] for each in page.all("button", name="press")]
    assert labels == ["This summary helped", "This summary did not help"]


def test_what_is_asked_before() -> None:
    """The question stands at the button or field: words, and the text as HTML that is escaped already."""
    ask = {**CONFIRM, "title": plain("A & B <c>?"), "text": {"type": "mrkdwn", "text": "*Really* <script>?"}}
    page = drawn([actions(button(confirm=ask), {"type": "users_select", "action_id": "who", "confirm": ask})])
    for each in (page.one("button", name="press"), page.one("select")):
        assert json.loads(each.attributes["data-confirm"]) == {
            "title": "A & B <c>?",
            "text": "<b>Really</b> &lt;script&gt;?",
            "confirm": "Stop it",
            "deny": "Let it run",
            "style": "danger",
        }


def test_enter_presses_no_button() -> None:
    """Enter in a field sends a modal's form, and does nothing in a message: the first button is neither."""
    for surface in SURFACES:
        page = drawn([actions(button()), holding("input", "datepicker")], where(surface))
        first = page.all("button")[0]
        assert "hidden" in first.attributes
        assert "name" not in first.attributes
        assert ("disabled" in first.attributes) == (surface != "modal")


# ── what is told at once ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["static_select", "multi_users_select", "checkboxes", "radio_buttons", "datepicker"])
def test_a_choice_is_told_at_once(kind: str) -> None:
    """A choice in a section or among actions is told at once, with all that stands in the form."""
    for block in (holding("section", kind), holding("actions", kind)):
        (telling,) = (each for each in drawn([block]).tags if each.attributes.get("hx-trigger") == "change")
        assert sent(telling) == ["b0", f"try_{kind}"]
        assert telling.attributes["hx-post"] == "/ben/messages/1.2/press"
        assert telling.attributes["hx-include"] == "closest form"
        assert telling.attributes["hx-swap"] == "none"


@pytest.mark.parametrize("surface", ["modal", "home"])
def test_an_input_is_told_when_its_form_is_sent(surface: Surface) -> None:
    """Inputs keep what stands in them, unless their block says that the app hears of it."""
    for name, (block,) in GALLERY[surface].items():
        if name.startswith("input with"):
            quiet = drawn([block], where(surface))
            assert not [each for each in quiet.tags if "hx-post" in each.attributes]
            loud = drawn([{**block, "dispatch_action": True}], where(surface))
            assert [sent(each) for each in loud.tags if "hx-post" in each.attributes] in (
                [["b0", f"try_{name.removeprefix('input with ')}"]],
                [],
            )


@pytest.mark.parametrize(
    ("config", "trigger"),
    [
        ({}, "entered"),
        ({"trigger_actions_on": ["on_enter_pressed"]}, "entered"),
        ({"trigger_actions_on": ["on_character_entered"]}, "input changed delay:300ms"),
        ({"trigger_actions_on": ["on_enter_pressed", "on_character_entered"]}, "entered, input changed delay:300ms"),
    ],
)
def test_when_typing_is_told(config: Json, trigger: str) -> None:
    """A text field tells at Enter, or at each pause in typing, as its configuration says."""
    element = {"type": "plain_text_input", "action_id": "a", "dispatch_action_config": config}
    block: Json = {"type": "input", "label": plain("A"), "element": element, "dispatch_action": True}
    typed = drawn([block], where("modal")).one("input")
    assert typed.attributes["hx-trigger"] == trigger
    assert ("data-enter" in typed.attributes) == ("entered" in trigger)


# ── fields ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["plain_text_input", "radio_buttons", "static_select", "external_select"])
def test_what_is_wrong_with_a_field(kind: str) -> None:
    """A field's error stands below it, marks it, and is read out with its hint."""
    block = {**holding("input", kind), "block_id": "name of it"}
    page = drawn([block], Where(kind="modal", errors={"name of it": "Not <that> one.", "b0": "Another's."}))
    error = page.one("p", _class="error")
    assert error.text == "Not <that> one."
    (described,) = (each for each in page.tags if "aria-describedby" in each.attributes)
    hint, said_wrong = (page.one(id=each) for each in described.attributes["aria-describedby"].split())
    assert (hint.text, said_wrong) == ("Any time", error)
    assert [each for each in page.tags if each.attributes.get("aria-invalid") == "true"]
    assert not [each for each in drawn([block], where("modal")).tags if "aria-invalid" in each.attributes]


def test_bounds_of_fields() -> None:
    """Lengths, numbers and kinds of files are given to the browser."""
    written = drawn([holding("input", "plain_text_input")], where("modal")).one("textarea").attributes
    assert (written["minlength"], written["maxlength"], written["placeholder"]) == ("3", "500", "What was done")
    number = drawn([holding("input", "number_input")], where("modal")).one("input").attributes
    assert (number["type"], number["min"], number["max"], number["step"]) == ("number", "1", "120", "1")
    file = drawn([holding("input", "file_input")], where("modal")).one("input").attributes
    assert (file["accept"], "multiple" in file) == (".csv,.json", True)


def test_what_was_written_keeps_its_lines() -> None:
    """A text that begins with an empty line, or looks like the end of its field, stands in it as it is."""
    for text in ("\n\nx", "</textarea><b>", " a  b "):
        element = {"type": "plain_text_input", "action_id": "a", "multiline": True, "initial_value": text}
        blocks: list[Json] = [{"type": "input", "label": plain("A"), "element": element}]
        assert filled_in(drawn(blocks, where("modal")))['["b0","a"]'] == text


def test_rich_text_that_is_written_on() -> None:
    """A field of rich text begins with the words of what it holds at first."""
    blocks = GALLERY["modal"]["input with rich_text_input"]
    assert list(filled_in(drawn(blocks)).values()) == ["The offset was reset to Monday."]


def test_a_menu_in_groups() -> None:
    """Options stand below their groups' labels, with their descriptions; a placeholder is the empty choice."""
    menu: Json = {
        "type": "static_select",
        "action_id": "a",
        "placeholder": plain("Pick & choose"),
        "option_groups": GROUPS,
    }
    select = drawn([actions(menu)]).one("select")
    assert [each.attributes["label"] for each in select.all("optgroup")] == ["Databases", "Message queues"]
    assert [each.text for each in select.all("option")] == [
        "Pick & choose",
        "orders_cdc – Orders from the shop's database",
        "clickstream – Events of the web site",
        "payments_kafka",
    ]


def test_people_and_channels() -> None:
    """People and channels are offered by name; one who was chosen and isn't offered is there all the same."""
    page = drawn([actions({"type": "users_select", "action_id": "a", "initial_user": "U9"})])
    assert [each.text for each in page.all("option")] == ["Choose one", "@ben", "@ada", "U9"]
    page = drawn([actions({"type": "multi_channels_select", "action_id": "a"})])
    assert [each.text for each in page.all("option")] == ["#data-ops", "#general"]


def test_an_external_menu() -> None:
    """An external menu asks for options as one types, and sends what is chosen in it along."""
    for kind, several in (("external_select", ""), ("multi_external_select", "1")):
        fieldset = drawn([holding("actions", kind)]).one("fieldset")
        search, offered = fieldset.one("input", type="search").attributes, fieldset.one("div", _class="offered")
        name = f'["b0","try_{kind}"]'
        assert search["hx-get"] == "/ben/messages/1.2/options"
        assert search["hx-trigger"] == "input changed delay:200ms, focus once"
        assert (search["hx-target"], search["hx-include"]) == ("next .offered", "closest fieldset")
        assert json.loads(search["hx-vals"]) == {"element": name, "name": name, "multiple": several}
        assert sent(offered) == ["b0", f"try_{kind}"]


def listed(*arguments: object) -> list[tuple[str, str, bool]]:
    page = parsed(template("offered").render(these=arguments))
    return [
        (each.one("input").attributes["value"], each.text.strip(), "checked" in each.one("input").attributes)
        for each in page.all("label")
    ]


def test_what_an_external_menu_offers() -> None:
    """What is chosen stands on top and once, whether it is offered again or not."""
    one, two, three = option("One", "1"), option("<Two>", "2"), option("Three", "3")
    assert listed([one, two], [], "n") == [("1", "One", False), ("2", "<Two>", False)]
    assert listed([one, two], [], "n", True, [two]) == [("2", "<Two>", True), ("1", "One", False)]
    assert listed([one, two], [], "n", True, ["2", "9"]) == [
        ("2", "<Two>", True),
        ("9", "9", True),
        ("1", "One", False),
    ]
    grouped = [{"label": plain("G"), "options": [one, three]}]
    assert listed([], grouped, "n", False, [three]) == [("3", "Three", True), ("1", "One", False)]
    assert listed([], [], "n") == []


# ── what is only shown ──────────────────────────────────────────────────────────────────────────────────────────────


def test_images() -> None:
    """Images of this machine and of the stand-in's files are loaded; of others there is a frame with a link."""
    near = drawn([{"type": "image", "image_url": "http://127.0.0.1:8000/a.png", "alt_text": "Near"}])
    assert near.one("img").attributes == {"src": "http://127.0.0.1:8000/a.png", "alt": "Near"}
    for file in ({"id": "F1"}, {"url": "http://127.0.0.1:8000/files/F1"}):
        stored = drawn([{"type": "image", "slack_file": file, "alt_text": "Stored"}])
        assert stored.one("img").attributes == {"src": "/files/F1", "alt": "Stored"}
    for url in ("https://a.example/a.png", "http://127.0.0.1.a.example/a.png", "http://127.0.0.1@a.example/a.png"):
        far = drawn([{"type": "image", "image_url": url, "alt_text": "Far"}])
        assert not far.all("img")
        assert (far.one("a").attributes["href"], far.one("a").text) == (url, "Far")


def test_rich_text() -> None:
    """Nothing is parsed in rich text; its styles, lists, mentions and dates are drawn."""
    parts: list[Json] = [
        said("*no* :tada: &lt; <b>", bold=True, italic=True, strike=True, code=True, underline=True),
        {"type": "emoji", "name": "no_such", "unicode": "1f389"},
        {"type": "link", "url": "javascript:alert(1)", "text": "no"},
    ]
    html = drawn([rich(*parts)]).one("div", _class="text")
    assert html.text == "*no* :tada: &lt; <b>🎉no"
    assert [each.name for each in html.tags] == ["b", "i", "u", "s", "code"]
    items = [{"type": "rich_text_section", "elements": [said("x")]}]
    part = {"type": "rich_text_list", "style": "ordered", "indent": 2, "offset": 3, "border": 1, "elements": items}
    ordered = drawn([{"type": "rich_text", "elements": [part]}]).one("ol")
    assert ordered.attributes == {"class": "indent-2 border", "start": "4"}


def test_colours() -> None:
    """A colour is shown beside its name; what is no colour is only text."""
    swatch = drawn([rich({"type": "color", "value": "#E01E5A"})]).one("span", _class="swatch")
    assert swatch.attributes["style"] == "background: #E01E5A"
    page = drawn([rich({"type": "color", "value": "red; position: fixed"})])
    assert not [each for each in page.tags if "style" in each.attributes]
    assert "red; position: fixed" in page.text


def test_markdown() -> None:
    """Markdown has tables and struck text, opens links apart, and takes no HTML, no other addresses and no images."""
    text = (
        "# T\n\n~~a~~ **b** [c](https://a.example) [d](javascript:alert(1)) <i>e</i> ![f](https://a.example/f.png)\n\n"
        "|x|y|\n|-|-|\n|1|2|\n\n<script>alert(1)</script>\n\n[g](data:text/html,x) <https://a.example>"
    )
    page = drawn([{"type": "markdown", "text": text}])
    assert page.one("h1").text == "T"
    assert page.one("s").text == "a"
    assert [each.text for each in page.all("td")] == ["1", "2"]
    links = page.all("a")
    assert [each.attributes["href"] for each in links] == ["https://a.example"] * 2
    assert all(each.attributes["rel"] == "noopener noreferrer" for each in links)
    assert not {"i", "script", "img"} & {each.name for each in page.tags}
    assert page.one("span", role="img").attributes["aria-label"] == "f"


def test_a_table() -> None:
    """The first row of a table are its headings; columns are aligned and wrapped as they are set."""
    page = drawn(GALLERY["message"]["table"])
    assert [each.text.strip() for each in page.all("th", scope="col")] == ["Job", "State", "Rows"]
    classes = [each.attributes["class"] for each in page.all("td")[:3]]
    assert classes == ["left wrapped", "left", "right"]


def test_a_data_table() -> None:
    """A data table shows its first page, has a button in each heading, and keeps the numbers to sort by."""
    (block,) = GALLERY["message"]["data_table"]
    page = drawn([block])
    rows = page.one("tbody").all("tr")
    assert ["hidden" in each.attributes for each in rows] == [False, False, True]
    assert [each.attributes["data-sort"] for each in page.one("thead").all("button")] == ["0", "1"]
    assert [each.attributes["data-value"] for each in page.all("td")] == ["720", "180", "1.5"]
    assert [each.text.strip() for each in page.all("th", scope="row")] == [
        "orders_cdc",
        "clickstream",
        "payments_kafka",
    ]
    assert page.one("caption").text == "Ingestion jobs by lag"
    assert page.one("p", _class="pages").one(role="status").text == "1–2 of 3"
    assert page.one("div", data_size="2").text
    five: Json = {**block, "page_size": None, "rows": [block["rows"][0], *[block["rows"][1]] * 6]}  # type: ignore[index]
    assert ["hidden" in each.attributes for each in drawn([five]).one("tbody").all("tr")] == [False] * 5 + [True]


def test_charts() -> None:
    """A chart is a table with its words, in which each value says how far it reaches."""
    bars = drawn(GALLERY["message"]["data_visualization bar"]).one("table")
    assert "column" in bars.attributes["class"]
    assert [each.text for each in bars.one("thead").all("th")] == ["Hour", "orders_cdc", "clickstream"]
    assert [each.text for each in bars.one("tbody").all("tr")[1].tags if each.name in ("th", "td")] == [
        "07:00",
        "432.5",
        "1,130",
    ]
    assert [each.attributes["style"] for each in bars.all("td")[:2]] == ["--size: 0.328", "--size: 0.736"]
    line = drawn(GALLERY["message"]["data_visualization line"]).one("table")
    assert line.all("td")[3].attributes["style"] == "--start: 0.736; --end: 0.904"
    pie = drawn(GALLERY["message"]["data_visualization pie"]).one("table")
    assert [each.attributes["style"] for each in pie.all("td")] == [
        "--start: 0.0; --end: 0.9011",
        "--start: 0.9011; --end: 0.967",
        "--start: 0.967; --end: 1.0",
    ]


def test_an_empty_chart() -> None:
    """A chart of nothing, of zeros or of losses is drawn all the same."""
    for values in ([], [0], [-1, 1]):
        series = [{"name": "s", "data": [{"label": str(n), "value": each} for n, each in enumerate(values)]}]
        for kind in ("bar", "line"):
            page = drawn([{"type": "data_visualization", "title": "T", "chart": {"type": kind, "series": series}}])
            sizes = [float(each) for each in re.findall(r"--end: ([0-9.]+)", str([t.attributes for t in page.tags]))]
            assert all(0 <= each <= 1 for each in sizes)
    drawn([{"type": "data_visualization", "title": "T", "chart": {"type": "pie", "segments": []}}])


def test_containers_fold() -> None:
    """A container that can be folded is, if it says so."""
    (block,) = GALLERY["message"]["container"]
    folded = drawn([block]).all("details")[0]
    assert "open" not in folded.attributes
    assert "open" in drawn([{**block, "default_collapsed": False}]).all("details")[0].attributes
    assert drawn([{**block, "is_collapsible": False}]).all("section")


@pytest.mark.parametrize(
    ("status", "words"),
    [("pending", "To do"), ("in_progress", "In progress"), ("complete", "Done"), ("error", "Failed")],
)
def test_a_tasks_status_is_said(status: str, words: str) -> None:
    """How a task stands is told in words too, and its sources are links."""
    page = drawn(GALLERY["message"][f"task_card {status}"])
    assert page.one(role="img").attributes["aria-label"] == words
    assert page.one("a").attributes["href"] == "https://ingest.example.com/runbooks/lag"


def test_what_is_unknown() -> None:
    """A block or element that is new here says so, and hides nothing of the others."""
    page = drawn([{"type": "<new>"}, actions({"type": "newer", "action_id": "x"}, button())])
    assert "This demo doesn't know the block “<new>”." in page.text
    assert "This demo doesn't know the element “newer”." in page.text
    assert presses(page) == [["b1", "go"]]
