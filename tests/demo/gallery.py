"""One valid example of every block and element, in each place where Slack allows it: `GALLERY[surface][name]`.

Where each may stand is written down here once more, from Slack's documentation, apart from what it is a test of.
"""

from collections.abc import Iterator

from bot.demo.slack.block_kit.validation import Surface

Json = dict[str, object]

SURFACES: tuple[Surface, ...] = ("message", "modal", "home")
EVERYWHERE: frozenset[Surface] = frozenset(SURFACES)
MESSAGE: frozenset[Surface] = frozenset({"message"})
MODAL: frozenset[Surface] = frozenset({"modal"})
MESSAGE_AND_HOME: frozenset[Surface] = frozenset({"message", "home"})
MESSAGE_AND_MODAL: frozenset[Surface] = frozenset({"message", "modal"})
MODAL_AND_HOME: frozenset[Surface] = frozenset({"modal", "home"})
NOWHERE: frozenset[Surface] = frozenset()


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def count(value: float, text: str) -> Json:
    return {"type": "raw_number", "value": value, "text": text}


def option(text: str, value: str, **more: object) -> Json:
    return {"text": plain(text), "value": value, **more}


def image(name: str, alt_text: str) -> Json:
    return {"type": "image", "image_url": f"https://ingest.example.com/pictures/{name}.png", "alt_text": alt_text}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(parts)}]}


def said(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def listed(style: str, indent: int, *lines: str) -> Json:
    items = [{"type": "rich_text_section", "elements": [said(line)]} for line in lines]
    return {"type": "rich_text_list", "style": style, "indent": indent, "elements": items}


CONFIRM: Json = {
    "title": plain("Stop orders_cdc?"),
    "text": mrkdwn("Its consumers see *no new orders* until it runs again."),
    "confirm": plain("Stop it"),
    "deny": plain("Let it run"),
    "style": "danger",
}
STREAMS = [
    option("orders_cdc", "orders_cdc", description=plain("Orders from the shop's database")),
    option("clickstream", "clickstream", description=plain("Events of the web site")),
    option("payments_kafka", "payments_kafka"),
]
LEVELS = [
    {"text": mrkdwn("*Failures*"), "value": "failed", "description": mrkdwn("a job that _stopped by itself_")},
    {"text": mrkdwn("*Delays*"), "value": "late", "description": mrkdwn("no rows for `15` minutes")},
    {"text": plain("Everything"), "value": "all"},
]
GROUPS = [
    {"label": plain("Databases"), "options": STREAMS[:1]},
    {"label": plain("Message queues"), "options": STREAMS[1:]},
]
TYPED: Json = {"dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed", "on_character_entered"]}}

# Each element, as it stands in a block.
ELEMENTS: dict[str, Json] = {
    "button": {
        "type": "button",
        "text": plain("Stop job"),
        "value": "orders_cdc",
        "style": "danger",
        "confirm": CONFIRM,
    },
    "overflow": {
        "type": "overflow",
        "options": [
            option("Show runs", "runs"),
            option("Open in the console", "open", url="https://ingest.example.com/jobs/orders_cdc"),
        ],
    },
    "workflow_button": {
        "type": "workflow_button",
        "text": plain("Declare an incident"),
        "workflow": {
            "trigger": {
                "url": "https://slack.com/shortcuts/Ft0DEMO00001/1f2e3d4c",
                "customizable_input_parameters": [{"name": "job", "value": "orders_cdc"}],
            }
        },
        "style": "primary",
        "accessibility_label": "Declare an incident for the job orders_cdc",
    },
    "static_select": {
        "type": "static_select",
        "placeholder": plain("Choose a stream"),
        "options": STREAMS,
        "initial_option": STREAMS[1],
    },
    "external_select": {"type": "external_select", "placeholder": plain("Find a job"), "min_query_length": 2},
    "users_select": {"type": "users_select", "placeholder": plain("Who is on call"), "initial_user": "U0DEMOBEN1"},
    "conversations_select": {
        "type": "conversations_select",
        "placeholder": plain("Where alerts go"),
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    },
    "channels_select": {"type": "channels_select", "placeholder": plain("Channel"), "initial_channel": "C0DEMOOPS1"},
    "multi_static_select": {
        "type": "multi_static_select",
        "placeholder": plain("Streams to watch"),
        "option_groups": GROUPS,
        "initial_options": STREAMS[:2],
        "max_selected_items": 3,
    },
    "multi_external_select": {
        "type": "multi_external_select",
        "placeholder": plain("Find jobs"),
        "min_query_length": 0,
    },
    "multi_users_select": {"type": "multi_users_select", "placeholder": plain("Who is told"), "max_selected_items": 5},
    "multi_conversations_select": {
        "type": "multi_conversations_select",
        "placeholder": plain("Where alerts go"),
        "filter": {"include": ["im", "mpim", "public", "private"]},
    },
    "multi_channels_select": {
        "type": "multi_channels_select",
        "placeholder": plain("Channels"),
        "initial_channels": ["C0DEMOOPS1", "C0DEMOGEN1"],
    },
    "checkboxes": {"type": "checkboxes", "options": LEVELS, "initial_options": LEVELS[:1]},
    "radio_buttons": {"type": "radio_buttons", "options": LEVELS, "initial_option": LEVELS[1]},
    "datepicker": {"type": "datepicker", "placeholder": plain("Replay from"), "initial_date": "2026-11-24"},
    "timepicker": {
        "type": "timepicker",
        "placeholder": plain("Quiet from"),
        "initial_time": "22:30",
        "timezone": "Europe/Berlin",
    },
    "datetimepicker": {"type": "datetimepicker", "initial_date_time": 1_795_500_000},
    "image": image("lag", "Lag of orders_cdc over the last hour"),
    "plain_text_input": {
        "type": "plain_text_input",
        "placeholder": plain("What was done"),
        "initial_value": "Restarted after the broker's upgrade.",
        "multiline": True,
        "min_length": 3,
        "max_length": 500,
        **TYPED,
    },
    "rich_text_input": {
        "type": "rich_text_input",
        "placeholder": plain("Notes for who comes next"),
        "initial_value": rich(said("The offset was "), said("reset", bold=True), said(" to Monday.")),
        "min_lines": 3,
        "max_lines": 10,
        **TYPED,
    },
    "email_text_input": {"type": "email_text_input", "placeholder": plain("ops@example.com"), **TYPED},
    "url_text_input": {
        "type": "url_text_input",
        "placeholder": plain("https://…"),
        "initial_value": "https://ingest.example.com/runbooks/orders_cdc",
        **TYPED,
    },
    "number_input": {
        "type": "number_input",
        "is_decimal_allowed": False,
        "initial_value": "15",
        "min_value": "1",
        "max_value": "120",
        "placeholder": plain("Minutes without rows"),
        **TYPED,
    },
    "file_input": {"type": "file_input", "filetypes": ["csv", "json"], "max_files": 3},
    "feedback_buttons": {
        "type": "feedback_buttons",
        "positive_button": {"text": plain("Good"), "value": "good", "accessibility_label": "This summary helped"},
        "negative_button": {"text": plain("Bad"), "value": "bad", "accessibility_label": "This summary did not help"},
    },
    "icon_button": {
        "type": "icon_button",
        "icon": "trash",
        "text": plain("Delete"),
        "value": "summary-1",
        "accessibility_label": "Delete this summary",
        "visible_to_user_ids": ["U0DEMOBEN1"],
    },
}
_CHOICES = (
    "static_select external_select users_select conversations_select channels_select multi_static_select "
    "multi_external_select multi_users_select multi_conversations_select multi_channels_select checkboxes "
    "radio_buttons datepicker timepicker"
)
# Which element may stand in which block, and on which surfaces.
STANDING: dict[str, dict[str, frozenset[Surface]]] = {
    "section": {
        **dict.fromkeys(f"button overflow image {_CHOICES}".split(), EVERYWHERE),
        "workflow_button": MESSAGE,
    },
    "actions": {
        **dict.fromkeys(f"button overflow {_CHOICES}".split(), EVERYWHERE),
        "workflow_button": MESSAGE,
        "datetimepicker": MESSAGE_AND_MODAL,
        "rich_text_input": MODAL_AND_HOME,
    },
    "input": {
        **dict.fromkeys(f"plain_text_input {_CHOICES}".split(), EVERYWHERE),
        "datetimepicker": MESSAGE_AND_MODAL,
        "rich_text_input": MODAL_AND_HOME,
        **dict.fromkeys(("email_text_input", "url_text_input", "number_input", "file_input"), MODAL),
    },
    "context": {"image": EVERYWHERE},
    "context_actions": {"feedback_buttons": MESSAGE, "icon_button": MESSAGE},
    "card": {"button": EVERYWHERE},
}


def holding(block: str, element: str) -> Json:
    """A block of this type with that element in it."""
    held = ELEMENTS[element] if element == "image" else {**ELEMENTS[element], "action_id": f"try_{element}"}
    match block:
        case "section":
            return {"type": "section", "text": mrkdwn("*orders_cdc* runs since 06:12"), "accessory": held}
        case "input":
            return {"type": "input", "label": plain("For orders_cdc"), "element": held, "hint": plain("Any time")}
        case "card":
            return {"type": "card", "title": mrkdwn("*orders_cdc*"), "body": mrkdwn("Runs"), "actions": [held]}
    return {"type": block, "elements": [held]}


CARD: Json = {
    "type": "card",
    "slack_icon": {"type": "icon", "name": "rocket"},
    "title": mrkdwn("*orders_cdc*"),
    "subtitle": plain("PostgreSQL → Kafka"),
    "body": mrkdwn("Runs since 06:12, lag *4 s*, 1.2 million rows"),
    "subtext": plain("checked a minute ago"),
    "hero_image": image("orders", "Rows of orders_cdc per minute"),
    "actions": [
        {"type": "button", "text": plain("Details"), "action_id": "card_details", "value": "orders_cdc"},
        {"type": "button", "text": plain("Stop"), "action_id": "card_stop", "style": "danger", "confirm": CONFIRM},
    ],
}
HOURS = ["06:00", "07:00", "08:00", "09:00"]


def series(name: str, *values: float) -> Json:
    return {"name": name, "data": [{"label": hour, "value": each} for hour, each in zip(HOURS, values, strict=True)]}


def chart(kind: str) -> Json:
    drawn: Json = {
        "type": kind,
        "series": [series("orders_cdc", 410, 432.5, 398, 455), series("clickstream", 920, 1130, 1250, 1190)],
        "axis_config": {"categories": HOURS, "x_label": "Hour", "y_label": "Rows per second"},
    }
    segments = [{"label": "running", "value": 41}, {"label": "late", "value": 3}, {"label": "failed", "value": 1.5}]
    shown = {"type": "pie", "segments": segments} if kind == "pie" else drawn
    return {"type": "data_visualization", "title": f"Streams this morning ({kind})", "chart": shown}


def task(name: str, title: str, status: str, **more: object) -> Json:
    return {"type": "task_card", "task_id": name, "title": title, "status": status, **more}


SOURCES = [{"type": "url", "url": "https://ingest.example.com/runbooks/lag", "text": "Runbook: consumer lag"}]
# Each block, with the surfaces on which it may stand.
BLOCKS: dict[str, tuple[Json, frozenset[Surface]]] = {
    "header": ({"type": "header", "text": plain("3 of 45 ingestion jobs need you")}, EVERYWHERE),
    "divider": ({"type": "divider"}, EVERYWHERE),
    "section": (
        {"type": "section", "text": mrkdwn("*orders_cdc* failed: `offset out of range`"), "expand": True},
        EVERYWHERE,
    ),
    "section fields": (
        {
            "type": "section",
            "fields": [mrkdwn("*State*\nfailed"), mrkdwn("*Lag*\n12 min"), plain("Owner"), plain("Data Ops")],
        },
        EVERYWHERE,
    ),
    "context": (
        {
            "type": "context",
            "elements": [image("job", "A job"), mrkdwn("seen by <@U0DEMOBEN1>"), plain("a minute ago")],
        },
        EVERYWHERE,
    ),
    "image": ({**image("lag", "Lag of orders_cdc over a day"), "title": plain("Lag, 24 hours")}, EVERYWHERE),
    "rich_text": (
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        said("orders_cdc", bold=True, code=True),
                        said(" stopped. "),
                        {"type": "emoji", "name": "rotating_light"},
                        said(" Tell "),
                        {"type": "user", "user_id": "U0DEMOBEN1", "style": {"bold": True}},
                        {"type": "usergroup", "usergroup_id": "S0DEMOOPS1"},
                        {"type": "team", "team_id": "T0DEMO0001"},
                        {"type": "channel", "channel_id": "C0DEMOOPS1"},
                        {"type": "broadcast", "range": "here"},
                        {"type": "link", "url": "https://ingest.example.com/jobs/orders_cdc", "text": "its page"},
                        {
                            "type": "date",
                            "timestamp": 1_795_500_000,
                            "format": "{date_short} {time}",
                            "fallback": "today",
                        },
                        {"type": "color", "value": "#E01E5A"},
                    ],
                },
                listed("bullet", 0, "Check the broker", "Check the offset"),
                listed("ordered", 1, "Stop", "Reset", "Start"),
                {"type": "rich_text_quote", "elements": [said("Offset 7 is out of range", italic=True)], "border": 1},
                {"type": "rich_text_preformatted", "elements": [said("ERROR offset out of range")], "language": "text"},
            ],
        },
        EVERYWHERE,
    ),
    "video": (
        {
            "type": "video",
            "alt_text": "How to reset an offset",
            "title": plain("Resetting an offset"),
            "title_url": "https://videos.example.com/offsets",
            "video_url": "https://videos.example.com/embed/offsets",
            "thumbnail_url": "https://videos.example.com/offsets.png",
            "description": plain("Two minutes, no sound"),
            "author_name": "Data Ops",
            "provider_name": "Example Videos",
            "provider_icon_url": "https://videos.example.com/icon.png",
        },
        EVERYWHERE,
    ),
    "card": (CARD, EVERYWHERE),
    "card without pictures": ({"type": "card", "body": plain("clickstream is three minutes late")}, EVERYWHERE),
    "carousel": (
        {
            "type": "carousel",
            "elements": [
                {**CARD, "block_id": "card-orders"},
                {
                    "type": "card",
                    "icon": image("clicks", "Clicks"),
                    "title": mrkdwn("*clickstream*"),
                    "body": plain("Late"),
                },
                {"type": "card", "title": plain("payments_kafka"), "subtitle": mrkdwn("`1.5` rows/s")},
            ],
        },
        MESSAGE_AND_HOME,
    ),
    "container": (
        {
            "type": "container",
            "title": plain("Night of 24 November"),
            "subtitle": mrkdwn("*3* jobs restarted"),
            "icon": image("night", "A moon"),
            "width": "wide",
            "is_collapsible": True,
            "default_collapsed": True,
            "child_blocks": [
                {"type": "header", "text": plain("orders_cdc")},
                {
                    "type": "section",
                    "text": mrkdwn("Restarted at 02:14"),
                    "accessory": {**ELEMENTS["overflow"], "action_id": "more"},
                },
                {"type": "divider"},
                {"type": "actions", "elements": [{**ELEMENTS["button"], "action_id": "stop_again"}]},
                holding("input", "plain_text_input"),
                {"type": "context", "elements": [plain("by the watch")]},
            ],
        },
        MESSAGE,
    ),
    "container with a rich title": (
        {
            "type": "container",
            "rich_text_title": rich(said("clickstream", code=True)),
            "has_header_divider": True,
            "child_blocks": [
                {"type": "table", "rows": [[raw("Hour"), raw("Rows")], [raw("06:00"), count(920, "920")]]}
            ],
        },
        MESSAGE,
    ),
    "markdown": (
        {"type": "markdown", "text": "## Summary\n\n- **orders_cdc** is back\n- [runbook](https://example.com)"},
        MESSAGE,
    ),
    "table": (
        {
            "type": "table",
            "column_settings": [{"is_wrapped": True}, None, {"align": "right"}],
            "rows": [
                [raw("Job"), raw("State"), raw("Rows")],
                [rich(said("orders_cdc", bold=True)), raw("failed"), count(0, "0")],
                [raw("clickstream"), raw("running"), count(1_190, "1,190")],
            ],
        },
        MESSAGE_AND_HOME,
    ),
    "data_table": (
        {
            "type": "data_table",
            "caption": "Ingestion jobs by lag",
            "page_size": 2,
            "row_header_column_index": 0,
            "rows": [
                [raw("Job"), raw("Lag (s)")],
                [raw("orders_cdc"), count(720, "12 min")],
                [rich(said("clickstream", code=True)), count(180, "3 min")],
                [raw("payments_kafka"), count(1.5, "1.5 s")],
            ],
        },
        MESSAGE_AND_HOME,
    ),
    **{f"data_visualization {kind}": (chart(kind), MESSAGE) for kind in ("pie", "bar", "area", "line")},
    **{
        f"task_card {status}": (
            task(
                "lag",
                "Look why orders_cdc is late",
                status,
                details=rich(said("Reading the last 200 lines of its log")),
                output=rich(said("The broker was upgraded at 02:00")),
                sources=SOURCES,
            ),
            MESSAGE,
        )
        for status in ("pending", "in_progress", "complete", "error")
    },
    "plan": (
        {
            "type": "plan",
            "title": "Bring orders_cdc back",
            "tasks": [
                task("log", "Read its log", "complete", output=rich(said("Offset out of range"))),
                task("reset", "Reset the offset", "in_progress", sources=SOURCES),
                {"task_id": "start", "title": "Start it", "status": "pending"},
            ],
        },
        MESSAGE,
    ),
    "file": ({"type": "file", "external_id": "orders_cdc-log-2026-11-24", "source": "remote"}, MESSAGE),
    **{
        f"alert {level}": (
            {"type": "alert", "text": mrkdwn("This *stops* the job for everybody."), "level": level},
            MODAL,
        )
        for level in ("default", "info", "warning", "error", "success")
    },
}


def examples() -> Iterator[tuple[str, Json, frozenset[Surface]]]:
    """Each example by name: a block, and the surfaces on which it may stand."""
    for name, (block, surfaces) in BLOCKS.items():
        yield name, block, surfaces
    for place, elements in STANDING.items():
        for element, surfaces in elements.items():
            yield f"{place} with {element}", holding(place, element), surfaces


def as_view(surface: Surface, blocks: list[Json]) -> Json:
    """The modal or App Home with these blocks."""
    if surface == "home":
        return {"type": "home", "blocks": blocks}
    return {"type": "modal", "title": plain("Job"), "submit": plain("Save"), "close": plain("Back"), "blocks": blocks}


GALLERY: dict[Surface, dict[str, list[Json]]] = {
    surface: {name: [block] for name, block, surfaces in examples() if surface in surfaces} for surface in SURFACES
}
