"""The limits of the blocks of 2025 and 2026, and of the elements: accepted at the limit, refused one above."""

from collections.abc import Callable

import pytest

from bot.demo.block_kit import Surface, faults
from bot.demo.slack_blocks import interactive
from tests.demo.gallery import (
    BLOCKS,
    CARD,
    ELEMENTS,
    STANDING,
    Json,
    chart,
    count,
    holding,
    mrkdwn,
    plain,
    raw,
    rich,
    said,
    task,
)

IN_LENGTH = "must be less than {} characters"
IN_COUNT = "no more than {} items allowed"


def x(number: int) -> str:
    return "x" * number


def card(**more: object) -> Json:
    return {"type": "card", "title": plain("orders_cdc"), **more}


def buttons(number: int, **more: object) -> list[Json]:
    one: Json = {"type": "button", "text": plain("Go")}
    return [{**one, "action_id": f"a{each}", **more} for each in range(number)]


def container(**more: object) -> Json:
    return {"type": "container", "title": plain("Night"), "child_blocks": [{"type": "divider"}], **more}


def data_table(*rows: list[Json], **more: object) -> Json:
    return {"type": "data_table", "caption": "Jobs", "rows": list(rows), **more}


def rows_of(number: int, columns: int = 1, text: str = "x") -> list[list[Json]]:
    return [[raw(text)] * columns] * number


def pie(number: int, value: float = 1) -> Json:
    segments = [{"label": f"s{each}", "value": value} for each in range(number)]
    return {"type": "data_visualization", "title": "Jobs", "chart": {"type": "pie", "segments": segments}}


def line(categories: int = 1, series: int = 1, **more: object) -> Json:
    names = [f"c{each}" for each in range(categories)]
    data = [{"label": name, "value": -1.5} for name in names]
    drawn = {
        "type": "line",
        "series": [{"name": f"s{each}", "data": data} for each in range(series)],
        "axis_config": {"categories": names, **more},
    }
    return {"type": "data_visualization", "title": "Jobs", "chart": drawn}


def video(**more: object) -> Json:
    return {**BLOCKS["video"][0], **more}


def held(element: str, **more: object) -> Json:
    """The element, with these fields, in a block that takes it."""
    places = ("input", "context_actions", "actions")
    block = holding(next(place for place in places if element in STANDING[place]), element)
    for _, kept in interactive([block]):
        kept.update(more)
    return block


def plan(number: int) -> Json:
    return {"type": "plan", "title": "Repair", "tasks": [task(f"t{each}", "Look", "pending") for each in range(number)]}


LIMITS: list[tuple[str, Surface, Callable[[int], Json], int, str, str]] = [
    ("alert", "modal", lambda n: {"type": "alert", "text": mrkdwn(x(n))}, 200, IN_LENGTH, "/text/text"),
    ("card title", "home", lambda n: card(title=mrkdwn(x(n))), 150, IN_LENGTH, "/title/text"),
    ("card subtitle", "modal", lambda n: card(subtitle=plain(x(n))), 150, IN_LENGTH, "/subtitle/text"),
    ("card body", "message", lambda n: card(body=mrkdwn(x(n))), 200, IN_LENGTH, "/body/text"),
    ("card subtext", "message", lambda n: card(subtext=plain(x(n))), 200, IN_LENGTH, "/subtext/text"),
    ("card actions", "message", lambda n: card(actions=buttons(n)), 3, IN_COUNT, "/actions"),
    ("carousel", "home", lambda n: {"type": "carousel", "elements": [card()] * n}, 10, IN_COUNT, "/elements"),
    ("container title", "message", lambda n: container(title=plain(x(n))), 150, IN_LENGTH, "/title/text"),
    ("container subtitle", "message", lambda n: container(subtitle=mrkdwn(x(n))), 150, IN_LENGTH, "/subtitle/text"),
    ("children", "message", lambda n: container(child_blocks=[{"type": "divider"}] * n), 10, IN_COUNT, "/child_blocks"),
    ("data rows", "message", lambda n: data_table(*rows_of(n)), 101, IN_COUNT, "/rows"),
    ("data columns", "message", lambda n: data_table(*rows_of(2, n)), 20, IN_COUNT, "/rows/0"),
    ("data text", "home", lambda n: data_table([raw("x")], [raw(x(n - 1))]), 10_000, IN_LENGTH, "/rows"),
    ("page size", "home", lambda n: data_table(*rows_of(2), page_size=n), 100, "must be less than {}", "/page_size"),
    (
        "row header",
        "message",
        lambda n: data_table(*rows_of(2, 3), row_header_column_index=n),
        2,
        "must be less than {}",
        "/row_header_column_index",
    ),
    ("chart title", "message", lambda n: {**pie(1), "title": x(n)}, 50, IN_LENGTH, "/title"),
    ("segments", "message", pie, 6, IN_COUNT, "/chart/segments"),
    ("series", "message", lambda n: line(1, n), 6, IN_COUNT, "/chart/series"),
    ("points", "message", lambda n: line(n), 20, IN_COUNT, "/chart/series/0/data"),
    ("axis", "message", lambda n: line(x_label=x(n)), 50, IN_LENGTH, "/chart/axis_config/x_label"),
    ("tasks", "message", plan, 50, IN_COUNT, "/tasks"),
    ("video title", "modal", lambda n: video(title=plain(x(n))), 199, IN_LENGTH, "/title/text"),
    ("video author", "home", lambda n: video(author_name=x(n)), 49, IN_LENGTH, "/author_name"),
    (
        "context actions",
        "message",
        lambda n: {"type": "context_actions", "elements": [ELEMENTS["icon_button"]] * n},
        5,
        IN_COUNT,
        "/elements",
    ),
    (
        "feedback",
        "message",
        lambda n: held("feedback_buttons", positive_button={"text": plain(x(n)), "value": "v"}),
        75,
        IN_LENGTH,
        "/elements/0/positive_button/text/text",
    ),
    (
        "seen by",
        "message",
        lambda n: held("icon_button", visible_to_user_ids=["U1"] * n),
        10,
        IN_COUNT,
        "/elements/0/visible_to_user_ids",
    ),
    ("prompt", "home", lambda n: held("button", agent_prompt=x(n)), 4000, IN_LENGTH, "/elements/0/agent_prompt"),
    ("files", "modal", lambda n: held("file_input", max_files=n), 10, "must be less than {}", "/element/max_files"),
    (
        "lines",
        "home",
        lambda n: held("rich_text_input", max_lines=n),
        100,
        "must be less than {}",
        "/element/max_lines",
    ),
]


@pytest.mark.parametrize(
    ("surface", "build", "limit", "words", "at"), [pytest.param(*row[1:], id=row[0]) for row in LIMITS]
)
def test_a_limit_is_the_last_that_is_accepted(
    surface: Surface, build: Callable[[int], Json], limit: int, words: str, at: str
) -> None:
    """A block is accepted at the limit; one above, the answer says which limit and where."""
    assert faults([build(limit)], surface) == []

    above = words.format(limit if "items" in words else limit + 1)
    assert f"[ERROR] {above} [json-pointer:/blocks/0{at}]" in faults([build(limit + 1)], surface)


def with_child(block: Json) -> Json:
    return container(child_blocks=[block])


REFUSED: list[tuple[str, Surface, list[Json], str, str | None]] = [
    ("an empty card", "message", [{"type": "card", "subtitle": plain("x")}], "must provide at least one of", "/0"),
    (
        "two icons",
        "home",
        [card(icon=ELEMENTS["image"], slack_icon={"type": "icon", "name": "bot"})],
        "at most one",
        "/0",
    ),
    (
        "an icon of no set",
        "home",
        [card(slack_icon={"type": "icon", "name": "owl"})],
        "valid enum",
        "/0/slack_icon/name",
    ),
    ("a select on a card", "message", [holding("card", "static_select")], "unsupported type", "/0/actions/0/type"),
    (
        "a section in a carousel",
        "home",
        [{"type": "carousel", "elements": [BLOCKS["section"][0]]}],
        "unsupported",
        None,
    ),
    ("an empty carousel", "home", [{"type": "carousel", "elements": []}], "no less than 1 items", "/0/elements"),
    ("a container in a container", "message", [with_child(container())], "unsupported type: container", None),
    ("a card in a container", "message", [with_child(card())], "unsupported type: card", "/0/child_blocks/0/type"),
    ("markdown in a container", "message", [with_child(BLOCKS["markdown"][0])], "unsupported type: markdown", None),
    ("a file_input in a container", "message", [with_child(holding("input", "file_input"))], "unsupported type", None),
    (
        "a container without a title",
        "message",
        [{"type": "container", "child_blocks": [{"type": "divider"}]}],
        "must provide at least one of: title, rich_text_title",
        "/0",
    ),
    ("mrkdwn as its title", "message", [container(title=mrkdwn("x"))], "must be a valid enum value", "/0/title/type"),
    ("folded but fixed", "message", [container(default_collapsed=True)], "requires is_collapsible", None),
    ("a line that folds", "message", [container(has_header_divider=True, is_collapsible=True)], "cannot be set", None),
    ("a wide word", "message", [container(width="huge")], "must be a valid enum value", "/0/width"),
    ("no data under the header", "message", [data_table([raw("Job")])], "no less than 2 items allowed", "/0/rows"),
    ("uneven rows", "message", [data_table([raw("a")], [raw("b"), raw("c")])], "the same number of cells", "/0/rows"),
    (
        "a rich header",
        "home",
        [data_table([rich(said("a"))], [raw("b")])],
        "unsupported type: rich_text",
        "/0/rows/0/0/type",
    ),
    ("no caption", "home", [{"type": "data_table", "rows": rows_of(2)}], "missing required field: caption", "/0"),
    (
        "a number unsaid",
        "home",
        [data_table([raw("a")], [{"type": "raw_number", "value": 1}])],
        "field: text",
        "/0/rows/1/0",
    ),
    ("an empty cell", "home", [data_table([raw("a")], [raw("")])], "must be more than 0", "/0/rows/1/0/text"),
    (
        "long tables together",
        "message",
        [data_table(*rows_of(6, 1, x(1000))), data_table(*rows_of(6, 1, x(1000)))],
        "tables must be less than 10001 characters in all blocks together",
        "",
    ),
    (
        "tables in containers",
        "message",
        [container(child_blocks=[{"type": "table", "rows": rows_of(1)}])] * 2,
        "only_one_table",
        None,
    ),
    ("a slice of nothing", "message", [pie(1, value=0)], "must be more than 0", "/0/chart/segments/0/value"),
    ("a third chart", "message", [chart("bar")] * 3, "no more than 2 data_visualization blocks allowed", "/2"),
    ("a ring", "message", [{**pie(1), "chart": {"type": "donut", "segments": []}}], "unsupported type: donut", None),
    ("a task undone", "message", [task("t", "Look", "started")], "must be a valid enum value", "/0/status"),
    ("a task without status", "message", [{"type": "task_card", "task_id": "t", "title": "x"}], "field: status", "/0"),
    ("a bare source", "message", [task("t", "x", "error", sources=[{"url": "https://e.com"}])], "field: type", None),
    ("text as details", "message", [task("t", "x", "error", details="y")], "must provide an object", "/0/details"),
    (
        "a task twice",
        "message",
        [{"type": "plan", "title": "x", "tasks": [task("t", "x", "error")] * 2}],
        "unique",
        "/0/tasks",
    ),
    (
        "a section as a task",
        "message",
        [{"type": "plan", "title": "x", "tasks": [{**task("t", "x", "error"), "type": "section"}]}],
        "valid enum",
        None,
    ),
    (
        "an uploaded file",
        "message",
        [{"type": "file", "external_id": "x", "source": "local"}],
        "valid enum",
        "/0/source",
    ),
    ("a video over http", "home", [video(video_url="http://videos.example.com/1")], "invalid url", "/0/video_url"),
    ("an icon that isn't there", "message", [held("icon_button", icon="pencil")], "valid enum", "/0/elements/0/icon"),
    (
        "half of a feedback",
        "message",
        [{"type": "context_actions", "elements": [{"type": "feedback_buttons"}]}],
        "positive_button",
        None,
    ),
    ("a prompt's name alone", "home", [held("button", agent_prompt_display="x")], "agent_prompt", "/0/elements/0"),
    (
        "no workflow",
        "message",
        [{"type": "actions", "elements": [{"type": "workflow_button", "text": plain("x")}]}],
        "workflow",
        None,
    ),
    (
        "an hour too many",
        "home",
        [held("timepicker", initial_time="24:00")],
        "expected pattern",
        "/0/element/initial_time",
    ),
    (
        "a zone of no land",
        "home",
        [held("timepicker", timezone="Mars/Base")],
        "invalid timezone",
        "/0/element/timezone",
    ),
    (
        "a zone outside",
        "home",
        [held("timepicker", timezone="../etc/passwd")],
        "invalid timezone",
        "/0/element/timezone",
    ),
    ("30 February", "home", [held("datepicker", initial_date="2026-02-30")], "invalid date", "/0/element/initial_date"),
    ("milliseconds", "modal", [held("datetimepicker", initial_date_time=1_795_500_000_000)], "must be less", None),
    (
        "a number in words",
        "modal",
        [held("number_input", initial_value="ten")],
        "expected pattern",
        "/0/element/initial_value",
    ),
    ("a bare number", "modal", [held("number_input", min_value=1)], "must be a string", "/0/element/min_value"),
    (
        "an empty range",
        "modal",
        [held("number_input", min_value="90", max_value="9")],
        "min_value cannot be greater",
        None,
    ),
    ("below the range", "modal", [held("number_input", initial_value="0.5")], "min_value cannot be greater", None),
    (
        "no length fits",
        "home",
        [held("plain_text_input", min_length=600)],
        "min_length cannot be greater",
        "/0/element/min_length",
    ),
    ("no height fits", "home", [held("rich_text_input", min_lines=11)], "min_lines cannot be greater", None),
    ("mrkdwn as rich text", "home", [held("rich_text_input", initial_value=mrkdwn("x"))], "unsupported type", None),
    (
        "no extension",
        "modal",
        [held("file_input", filetypes=[])],
        "no less than 1 items allowed",
        "/0/element/filetypes",
    ),
    ("a filter of nothing", "home", [held("conversations_select", filter={})], "at least one of", "/0/element/filter"),
    (
        "two cursors",
        "home",
        [
            held("static_select", focus_on_load=True, action_id="a"),
            held("datepicker", focus_on_load=True, action_id="b"),
        ],
        "focus_on_load can be set on one element only",
        "/1",
    ),
    (
        "an emoji in code",
        "home",
        [
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "emoji", "name": "x"}]}],
            }
        ],
        "unsupported type: emoji",
        None,
    ),
    (
        "a name within",
        "message",
        [{"type": "divider", "block_id": "a"}, with_child({"type": "divider", "block_id": "a"})],
        "block_id `a` already exists",
        None,
    ),
    (
        "a card's action twice",
        "message",
        [card(actions=[*buttons(1), *buttons(1)])],
        "action_id `a0` already exists",
        "/0/actions",
    ),
    ("a call", "message", [{"type": "call", "call_id": "R1"}], "unsupported type: call", "/0/type"),
]


@pytest.mark.parametrize(("surface", "blocks", "words", "at"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_what_slack_refuses_is_refused(surface: Surface, blocks: list[Json], words: str, at: str | None) -> None:
    """A wrong block is refused, with Slack's words and the place, if it is a certain one."""
    found = faults(blocks, surface)

    assert any(words in each and (at is None or each.endswith(f"[json-pointer:/blocks{at}]")) for each in found), found


@pytest.mark.parametrize("wrong", ["labels", "more", "series", "categories"])
def test_a_chart_is_consistent(wrong: str) -> None:
    """A chart has one point for each category in every series, and no name twice."""
    block = line(2, 2)
    drawn: dict[str, list[Json]] = block["chart"]  # type: ignore[assignment]
    axis: dict[str, list[str]] = drawn["axis_config"]  # type: ignore[assignment]
    match wrong:
        case "labels":
            drawn["series"][1]["data"] = [{"label": "c0", "value": 1}, {"label": "c7", "value": 1}]
        case "more":
            axis["categories"].append("c2")
        case "series":
            drawn["series"][1]["name"] = "s0"
        case "categories":
            axis["categories"][1] = "c0"

    words = {"series": "series names must be unique", "categories": "categories must be unique"}
    assert any(
        words.get(wrong, "data labels must match the axis categories") in each for each in faults([block], "message")
    )


def test_two_tables_share_the_characters_of_one() -> None:
    """Tables of both kinds count together: half and half is accepted, and a table by itself as well."""
    half = rows_of(5, 1, x(1000))

    assert faults([{"type": "table", "rows": half}, data_table(*half)], "message") == []
    assert faults([CARD, data_table([raw("n")], [count(1, x(9_999))])], "home") == []
