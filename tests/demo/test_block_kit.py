"""The limits of Block Kit, one row a limit: accepted at the limit, refused one above."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models import blocks as kit

from bot.demo.block_kit import TEXT_LIMIT, Surface, faults, text_length

Json = dict[str, object]


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def section(**more: object) -> Json:
    return {"type": "section", "text": mrkdwn(1), **more}


def button(**more: object) -> Json:
    return {"type": "button", "text": plain(1), "action_id": "go", **more}


def buttons(count: int) -> Json:
    return {"type": "actions", "elements": [button(action_id=f"a{number}") for number in range(count)]}


def accessory(element: Json) -> Json:
    return section(accessory=element)


def option(text: int = 1, value: int = 1, description: int = 0) -> Json:
    described = {"description": plain(description)} if description else {}
    return {"text": plain(text), "value": "v" * value, **described}


def select(options: list[Json]) -> Json:
    return accessory({"type": "static_select", "action_id": "s", "options": options})


def overflow(count: int) -> Json:
    return accessory({"type": "overflow", "action_id": "o", "options": [option() for _ in range(count)]})


def confirm(**lengths: int) -> Json:
    words = {"title": 1, "text": 1, "confirm": 1, "deny": 1} | lengths
    return accessory(button(confirm={name: plain(length) for name, length in words.items()}))


def image(**more: object) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", **more}


def table(rows: int, columns: int, cell: int = 1) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x" * cell}] * columns] * rows}


def rich_text(inline: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [inline]}]}


def labelled(element: Json, **more: object) -> Json:
    return {"type": "input", "label": plain(1), "element": element, **more}


LIMITS: list[tuple[str, Callable[[int], Json], int, str, str]] = [
    ("section text", lambda n: section(text=mrkdwn(n)), 3000, "must be less than 3001 characters", "/text/text"),
    ("section fields", lambda n: section(fields=[mrkdwn(1)] * n), 10, "no more than 10 items allowed", "/fields"),
    ("field text", lambda n: section(fields=[mrkdwn(n)]), 2000, "must be less than 2001 characters", "/fields/0/text"),
    ("header", lambda n: {"type": "header", "text": plain(n)}, 150, "must be less than 151 characters", "/text/text"),
    ("block_id", lambda n: section(block_id="b" * n), 255, "must be less than 256 characters", "/block_id"),
    (
        "action_id",
        lambda n: accessory(button(action_id="a" * n)),
        255,
        "must be less than 256 characters",
        "/accessory/action_id",
    ),
    (
        "context elements",
        lambda n: {"type": "context", "elements": [mrkdwn(1)] * n},
        10,
        "no more than 10 items allowed",
        "/elements",
    ),
    ("actions", buttons, 25, "no more than 25 items allowed", "/elements"),
    (
        "button text",
        lambda n: accessory(button(text=plain(n))),
        75,
        "must be less than 76 characters",
        "/accessory/text/text",
    ),
    (
        "button value",
        lambda n: accessory(button(value="v" * n)),
        2000,
        "must be less than 2001 characters",
        "/accessory/value",
    ),
    (
        "button url",
        lambda n: accessory(button(url="https://e.com/".ljust(n, "x"))),
        3000,
        "must be less than 3001 characters",
        "/accessory/url",
    ),
    (
        "options",
        lambda n: select([option(value=number + 1) for number in range(n)]),
        100,
        "no more than 100 items allowed",
        "/accessory/options",
    ),
    (
        "option text",
        lambda n: select([option(text=n)]),
        75,
        "must be less than 76 characters",
        "/accessory/options/0/text/text",
    ),
    (
        "option value",
        lambda n: select([option(value=n)]),
        150,
        "must be less than 151 characters",
        "/accessory/options/0/value",
    ),
    (
        "option description",
        lambda n: select([option(description=n)]),
        75,
        "must be less than 76 characters",
        "/accessory/options/0/description/text",
    ),
    ("overflow", overflow, 5, "no more than 5 items allowed", "/accessory/options"),
    (
        "checkboxes",
        lambda n: accessory({"type": "checkboxes", "options": [option()] * n}),
        10,
        "no more than 10 items allowed",
        "/accessory/options",
    ),
    (
        "confirm title",
        lambda n: confirm(title=n),
        100,
        "must be less than 101 characters",
        "/accessory/confirm/title/text",
    ),
    (
        "confirm text",
        lambda n: confirm(text=n),
        300,
        "must be less than 301 characters",
        "/accessory/confirm/text/text",
    ),
    ("confirm deny", lambda n: confirm(deny=n), 30, "must be less than 31 characters", "/accessory/confirm/deny/text"),
    ("alt text", lambda n: image(alt_text="a" * n), 2000, "must be less than 2001 characters", "/alt_text"),
    ("image title", lambda n: image(title=plain(n)), 2000, "must be less than 2001 characters", "/title/text"),
    (
        "placeholder",
        lambda n: accessory({"type": "users_select", "placeholder": plain(n)}),
        150,
        "must be less than 151 characters",
        "/accessory/placeholder/text",
    ),
    (
        "markdown",
        lambda n: {"type": "markdown", "text": "x" * n},
        12_000,
        "must be less than 12001 characters",
        "/text",
    ),
    ("table rows", lambda n: table(n, 1), 100, "no more than 100 items allowed", "/rows"),
    ("table columns", lambda n: table(1, n), 20, "no more than 20 items allowed", "/rows/0"),
    ("table text", lambda n: table(1, 1, n), 10_000, "must be less than 10001 characters", "/rows/0/0/text"),
]


@pytest.mark.parametrize(("build", "limit", "words", "at"), [pytest.param(*row[1:], id=row[0]) for row in LIMITS])
def test_a_limit_is_the_last_that_is_accepted(build: Callable[[int], Json], limit: int, words: str, at: str) -> None:
    """A block is accepted at the limit; one above, the answer says which limit and where."""
    assert faults([build(limit)], "message") == []

    assert f"[ERROR] {words} [json-pointer:/blocks/0{at}]" in faults([build(limit + 1)], "message")


@pytest.mark.parametrize(("surface", "limit"), [("message", 50), ("modal", 100), ("home", 100)])
def test_a_surface_holds_so_many_blocks(surface: Surface, limit: int) -> None:
    """A message has up to 50 blocks, a modal and App Home up to 100."""
    divider = {"type": "divider"}

    assert faults([divider] * limit, surface) == []
    assert faults([divider] * (limit + 1), surface) == [
        f"[ERROR] no more than {limit} items allowed [json-pointer:/blocks]"
    ]


REFUSED = [
    ("not a list", {"type": "divider"}, "must be an array", ""),
    ("not an object", ["divider"], "must provide an object", "/0"),
    ("no type", [{"text": "x"}], "missing required field: type", "/0"),
    ("an unknown block", [{"type": "banner"}], "unsupported type: banner", "/0/type"),
    ("an unknown element", [accessory({"type": "slider"})], "unsupported type: slider", "/0/accessory/type"),
    ("an unhashable type", [{"type": ["section"]}], "unsupported type: ['section']", "/0/type"),
    ("an unknown field", [section(colour="red")], "invalid additional property: colour", "/0"),
    ("a field of null", [section(accessory=None)], "must provide an object", "/0/accessory"),
    ("mrkdwn in a header", [{"type": "header", "text": mrkdwn(1)}], "must be a valid enum value", "/0/text/type"),
    ("mrkdwn on a button", [accessory(button(text=mrkdwn(1)))], "must be a valid enum value", "/0/accessory/text/type"),
    ("a bare string as text", [section(text="hello")], "must provide an object", "/0/text"),
    ("empty text", [section(text=mrkdwn(0))], "must be more than 0 characters", "/0/text/text"),
    ("an empty section", [{"type": "section"}], "must provide at least one of: text, fields", "/0"),
    ("emoji in mrkdwn", [section(text=mrkdwn(1) | {"emoji": True})], "invalid additional property: emoji", "/0/text"),
    ("an empty context", [{"type": "context", "elements": []}], "no less than 1 items allowed", "/0/elements"),
    (
        "a button in a context",
        [{"type": "context", "elements": [button()]}],
        "unsupported type: button",
        "/0/elements/0/type",
    ),
    (
        "an image among actions",
        [{"type": "actions", "elements": [image()]}],
        "unsupported type: image",
        "/0/elements/0/type",
    ),
    ("a green button", [accessory(button(style="success"))], "must be a valid enum value", "/0/accessory/style"),
    ("a url that is none", [accessory(button(url="jobs"))], "invalid url", "/0/accessory/url"),
    ("an empty url", [accessory(button(url=""))], "must be more than 0 characters", "/0/accessory/url"),
    ("an empty value", [accessory(button(value=""))], "must be more than 0 characters", "/0/accessory/value"),
    (
        "an image without alt text",
        [{"type": "image", "image_url": "https://e.com/a.png"}],
        "missing required field: alt_text",
        "/0",
    ),
    (
        "two sources of an image",
        [image(slack_file={"id": "F1"})],
        "must provide exactly one of: image_url, slack_file",
        "/0",
    ),
    ("an option that has a type", [select([option() | {"type": "option"}])], "invalid additional property: type", None),
    ("no options", [accessory({"type": "static_select"})], "must provide exactly one of: options, option_groups", None),
    (
        "an initial option that isn't offered",
        [accessory({"type": "static_select", "options": [option()], "initial_option": option(text=2)})],
        "invalid initial_option",
        "/0/accessory/initial_option",
    ),
    ("a date without a format", [rich_text({"type": "date", "timestamp": 1})], "missing required field: format", None),
    (
        "a date that isn't whole",
        [rich_text({"type": "date", "timestamp": 1.5, "format": "{time}"})],
        "must be an integer",
        "/0/elements/0/elements/0/timestamp",
    ),
    ("a colour's name", [rich_text({"type": "color", "value": "red"})], "does not match the expected pattern", None),
    ("empty rich text", [rich_text({"type": "text", "text": ""})], "must be more than 0 characters", None),
    ("a broadcast to all", [rich_text({"type": "broadcast", "range": "all"})], "must be a valid enum value", None),
    ("an empty cell", [table(1, 1, 0)], "must be more than 0 characters", "/0/rows/0/0/text"),
    ("two tables", [table(1, 1), table(1, 1)], "only_one_table_allowed", "/1"),
    ("a big table", [table(11, 1, 1000)], "must be less than 10001 characters", "/0/rows"),
    (
        "much markdown",
        [{"type": "markdown", "text": "x" * 7000}] * 2,
        "markdown must be less than 12001 characters in all blocks together",
        "",
    ),
    ("a block_id twice", [section(block_id="a")] * 2, "block_id `a` already exists", "/1/block_id"),
    (
        "an action_id twice",
        [{"type": "actions", "elements": [button(), button()]}],
        "action_id `go` already exists",
        "/0/elements",
    ),
    ("a number as block_id", [section(block_id=7)], "must be a string", "/0/block_id"),
    ("a list as block_id", [section(block_id=[7])], "must be a string", "/0/block_id"),
]


@pytest.mark.parametrize(("blocks", "words", "at"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_what_slack_refuses_is_refused(blocks: object, words: str, at: str | None) -> None:
    """What is wrong is named with Slack's words and a pointer to the place."""
    found = faults(blocks, "message")

    assert any(words in each and (at is None or each.endswith(f"[json-pointer:/blocks{at}]")) for each in found), found


GROUP = {"label": plain(1), "options": [option()]}

ACCEPTED = [
    ("fields alone", {"type": "section", "fields": [mrkdwn(1), plain(1)]}),
    ("a button without action_id", {"type": "actions", "elements": [{"type": "button", "text": plain(1)}]}),
    ("a dangerous button", {"type": "actions", "elements": [button(style="danger", url="slack://open", value="v")]}),
    ("a mixed context", {"type": "context", "elements": [image(), mrkdwn(1), plain(1)]}),
    (
        "option groups",
        accessory({"type": "static_select", "option_groups": [{"label": plain(1), "options": [option()]}]}),
    ),
    ("a date", rich_text({"type": "date", "timestamp": 1_700_000_000, "format": "{date} {time}", "fallback": "then"})),
    ("a link", rich_text({"type": "link", "url": "https://e.com", "text": "x", "style": {"bold": True}})),
    ("people", rich_text({"type": "user", "user_id": "U1"})),
    ("a table with null columns", table(2, 2) | {"column_settings": [None, {"align": "right", "is_wrapped": True}]}),
    ("a number cell", {"type": "table", "rows": [[{"type": "raw_number", "value": 1.5, "text": "1.5"}]]}),
]


@pytest.mark.parametrize("block", [pytest.param(block, id=name) for name, block in ACCEPTED])
def test_what_slack_accepts_is_accepted(block: Json) -> None:
    """Valid blocks have no faults."""
    assert faults([block], "message") == []


@pytest.mark.parametrize(
    ("block", "surfaces"),
    [
        (labelled({"type": "plain_text_input", "action_id": "t"}), {"message", "modal", "home"}),
        ({"type": "markdown", "text": "**x**"}, {"message"}),
        (table(1, 1), {"message", "home"}),
        ({"type": "alert", "text": mrkdwn(1), "level": "warning"}, {"modal"}),
        (section(), {"message", "modal", "home"}),
    ],
)
def test_some_blocks_have_their_place(block: Json, surfaces: set[str]) -> None:
    """A block is accepted only on the surfaces that it is made for."""
    all_surfaces: list[Surface] = ["message", "modal", "home"]

    assert {each for each in all_surfaces if not faults([block], each)} == surfaces


def test_text_is_counted_over_all_blocks() -> None:
    """The text of all blocks counts together; markdown and tables have limits of their own."""
    blocks = [section(text=mrkdwn(3000), fields=[mrkdwn(10)]), rich_text({"type": "text", "text": "x" * 5}), buttons(2)]

    assert text_length(blocks) == 3017
    assert text_length([{"type": "markdown", "text": "x" * 12_000}, table(1, 1)]) == 0
    assert TEXT_LIMIT > 11_000


def test_what_the_sdk_builds_is_accepted() -> None:
    """The classes of slack_sdk make blocks without faults."""
    go = kit.ButtonElement(text="Go", action_id="go", value="1", style="primary", url="https://example.com")
    sure = kit.ConfirmObject(title="Sure?", text="It is final", confirm="Yes", deny="No")
    stop = kit.ButtonElement(text="Stop", action_id="stop", style="danger", confirm=sure)
    choices = [kit.Option(value=str(number), text=f"Choice {number}") for number in range(3)]
    menu = kit.StaticSelectElement(placeholder="Choose", action_id="menu", options=choices, initial_option=choices[1])
    more = kit.OverflowMenuElement(action_id="more", options=choices)
    line = kit.RichTextSectionElement(
        elements=[
            kit.RichTextElementParts.Text(text="x", style=kit.RichTextElementParts.TextStyle(bold=True)),
            kit.RichTextElementParts.Link(url="https://example.com"),
            kit.RichTextElementParts.Emoji(name="wave"),
            kit.RichTextElementParts.User(user_id="U1"),
            kit.RichTextElementParts.Date(timestamp=1_700_000_000, format="{date}", fallback="then"),
        ]
    )
    built = [
        kit.HeaderBlock(text="Jobs"),
        kit.SectionBlock(text="*x*", fields=["a", "b"], accessory=menu),
        kit.ContextBlock(elements=[kit.MarkdownTextObject(text="x"), kit.PlainTextObject(text="y", emoji=True)]),
        kit.ActionsBlock(elements=[go, stop, more]),
        kit.DividerBlock(),
        kit.ImageBlock(image_url="https://example.com/a.png", alt_text="a", title="A"),
        kit.MarkdownBlock(text="**x**"),
        kit.RichTextBlock(
            elements=[
                line,
                kit.RichTextListElement(elements=[line], style="bullet", indent=1),
                kit.RichTextQuoteElement(elements=[kit.RichTextElementParts.Text(text="x")]),
                kit.RichTextPreformattedElement(elements=[kit.RichTextElementParts.Text(text="x")], border=0),
            ]
        ),
    ]

    assert faults([each.to_dict() for each in built], "message") == []


def test_what_the_sdk_builds_for_a_modal_is_accepted() -> None:
    """Inputs of slack_sdk make a modal's blocks without faults."""
    options = [kit.Option(value="a", text="A")]
    elements = [
        kit.PlainTextInputElement(action_id="a", placeholder="…", multiline=True, max_length=100),
        kit.DatePickerElement(action_id="a", initial_date="2026-11-24"),
        kit.TimePickerElement(action_id="a", initial_time="09:00"),
        kit.CheckboxesElement(action_id="a", options=options),
        kit.RadioButtonsElement(action_id="a", options=options),
        kit.UserSelectElement(action_id="a", placeholder="Who"),
        kit.ConversationMultiSelectElement(action_id="a", placeholder="Where", max_selected_items=3),
        kit.ChannelSelectElement(action_id="a", placeholder="Where", initial_channel="C1"),
        kit.ExternalDataSelectElement(action_id="a", placeholder="What", min_query_length=1),
        kit.StaticMultiSelectElement(action_id="a", placeholder="What", options=options),
        kit.NumberInputElement(action_id="a", is_decimal_allowed=False, min_value="1"),
    ]
    built = [kit.InputBlock(label="L", element=each, hint="H", optional=True) for each in elements]

    assert faults([each.to_dict() for each in built], "modal") == []


WORDS = st.sampled_from(["type", "section", "text", "mrkdwn", "elements", "actions", "button", "action_id", "options"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_no_json_breaks_it(blocks: object) -> None:
    """Whatever JSON comes as blocks, the answer is a list of faults, never an exception."""
    assert isinstance(faults(blocks, "message"), list)
    assert text_length(blocks) >= 0
