"""A valid example of every block and element that the demo knows, by surface and name: `GALLERY[surface][name]`."""

from collections.abc import Iterator

from bot.demo.slack.block_kit.validation import Surface

Json = dict[str, object]

SURFACES: tuple[Surface, ...] = ("message", "modal")
EVERYWHERE: frozenset[Surface] = frozenset(SURFACES)
MESSAGE: frozenset[Surface] = frozenset({"message"})
MODAL: frozenset[Surface] = frozenset({"modal"})


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
    "multi_users_select": {
        "type": "multi_users_select",
        "placeholder": plain("For whom"),
        "max_selected_items": 5,
    },
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
    },
    "actions": {
        **dict.fromkeys(f"button overflow {_CHOICES}".split(), EVERYWHERE),
        "datetimepicker": EVERYWHERE,
    },
    "input": {
        **dict.fromkeys(f"plain_text_input {_CHOICES}".split(), EVERYWHERE),
        "datetimepicker": EVERYWHERE,
        **dict.fromkeys(("email_text_input", "url_text_input", "number_input"), MODAL),
    },
    "context": {"image": EVERYWHERE},
}


def holding(block: str, element: str) -> Json:
    """A block of this type with that element in it."""
    held = ELEMENTS[element] if element == "image" else {**ELEMENTS[element], "action_id": f"try_{element}"}
    match block:
        case "section":
            return {"type": "section", "text": mrkdwn("*orders_cdc* runs since 06:12"), "accessory": held}
        case "input":
            return {"type": "input", "label": plain("For orders_cdc"), "element": held, "hint": plain("Any time")}
    return {"type": block, "elements": [held]}


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
                        {"type": "channel", "channel_id": "C0DEMOOPS1"},
                        {"type": "broadcast", "range": "here"},
                        {"type": "link", "url": "https://ingest.example.com/jobs/orders_cdc", "text": "its page"},
                        {
                            "type": "date",
                            "timestamp": 1_795_500_000,
                            "format": "{date_short} {time}",
                            "fallback": "today",
                        },
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
        MESSAGE,
    ),
}


def examples() -> Iterator[tuple[str, Json, frozenset[Surface]]]:
    """Each example by name: a block, and the surfaces on which it may stand."""
    for name, (block, surfaces) in BLOCKS.items():
        yield name, block, surfaces
    for place, elements in STANDING.items():
        for element, surfaces in elements.items():
            yield f"{place} with {element}", holding(place, element), surfaces


def modal_with(blocks: list[Json]) -> Json:
    """A modal with these blocks."""
    return {"type": "modal", "title": plain("Job"), "submit": plain("Save"), "close": plain("Back"), "blocks": blocks}


GALLERY: dict[Surface, dict[str, list[Json]]] = {
    surface: {name: [block] for name, block, surfaces in examples() if surface in surfaces} for surface in SURFACES
}
