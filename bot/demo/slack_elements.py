"""The small parts of Block Kit: text objects, composition objects, and the elements that stand in blocks."""

from collections.abc import Iterator

from bot.demo.slack_shapes import (
    Check,
    Maybe,
    among,
    array,
    every,
    fault,
    flag,
    integer,
    of_type,
    one_of,
    record,
    string,
    url,
)


def plain_text(most: int) -> Check:
    return of_type({"plain_text": record(text=string(most), emoji=Maybe(flag))}, "must be a valid enum value")


def any_text(most: int) -> Check:
    return of_type(
        {
            "plain_text": record(text=string(most), emoji=Maybe(flag)),
            "mrkdwn": record(text=string(most), verbatim=Maybe(flag)),
        },
        "must be a valid enum value",
    )


_ID = string(255)
_SLACK_ID = string(255)
_STYLE = among("primary", "danger")
_PLACEHOLDER = Maybe(plain_text(150))
_DATE = string(10, pattern=r"\d{4}-\d{2}-\d{2}")
_TIME = string(5, pattern=r"\d{2}:\d{2}")

CONFIRM = record(
    title=plain_text(100),
    text=any_text(300),
    confirm=plain_text(30),
    deny=plain_text(30),
    style=Maybe(_STYLE),
)
_OPTION = record(text=plain_text(75), value=string(150), description=Maybe(plain_text(75)))
_LINK_OPTION = record(text=plain_text(75), value=string(150), description=Maybe(plain_text(75)), url=Maybe(url(3000)))
_MARKED_OPTION = record(text=any_text(75), value=string(150), description=Maybe(any_text(75)))
_OPTION_GROUP = record(label=plain_text(75), options=array(_OPTION, 100))
_DISPATCH = record(trigger_actions_on=array(among("on_enter_pressed", "on_character_entered"), 2))
_FILTER = record(
    include=Maybe(array(among("im", "mpim", "private", "public"), 4)),
    exclude_external_shared_channels=Maybe(flag),
    exclude_bot_users=Maybe(flag),
)
SLACK_FILE = every(record(id=Maybe(_SLACK_ID), url=Maybe(url())), one_of("id", "url"))

_INTERACTIVE: dict[str, Check | Maybe] = {"action_id": Maybe(_ID), "confirm": Maybe(CONFIRM)}
_FOCUSED: dict[str, Check | Maybe] = {**_INTERACTIVE, "focus_on_load": Maybe(flag)}
_SELECT: dict[str, Check | Maybe] = {**_FOCUSED, "placeholder": _PLACEHOLDER}
_MULTI_SELECT: dict[str, Check | Maybe] = {**_SELECT, "max_selected_items": Maybe(integer(1))}
_TYPED: dict[str, Check | Maybe] = {
    "action_id": Maybe(_ID),
    "placeholder": _PLACEHOLDER,
    "dispatch_action_config": Maybe(_DISPATCH),
    "focus_on_load": Maybe(flag),
}


def _offered(name: str) -> Check:
    """What is selected at first must be among what is offered."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict) or name not in value:
            return
        groups = [group for group in value.get("option_groups") or [] if isinstance(group, dict)]
        offered = [*(value.get("options") or []), *(each for group in groups for each in group.get("options") or [])]
        chosen = value[name] if isinstance(value[name], list) else [value[name]]
        if any(each not in offered for each in chosen):
            yield fault(f"invalid {name}", f"{at}/{name}")

    return check


def _static(fields: dict[str, Check | Maybe], initial: str, initially: Check) -> Check:
    offers = {"options": Maybe(array(_OPTION, 100)), "option_groups": Maybe(array(_OPTION_GROUP, 100))}
    shape = record(**fields, **offers, **{initial: Maybe(initially)})
    return every(shape, one_of("options", "option_groups"), _offered(initial))


_SELECTS: dict[str, Check] = {
    "static_select": _static(_SELECT, "initial_option", _OPTION),
    "external_select": record(**_SELECT, initial_option=Maybe(_OPTION), min_query_length=Maybe(integer(0))),
    "users_select": record(**_SELECT, initial_user=Maybe(_SLACK_ID)),
    "conversations_select": record(
        **_SELECT,
        initial_conversation=Maybe(_SLACK_ID),
        default_to_current_conversation=Maybe(flag),
        response_url_enabled=Maybe(flag),
        filter=Maybe(_FILTER),
    ),
    "channels_select": record(**_SELECT, initial_channel=Maybe(_SLACK_ID), response_url_enabled=Maybe(flag)),
    "multi_static_select": _static(_MULTI_SELECT, "initial_options", array(_OPTION, 100)),
    "multi_external_select": record(
        **_MULTI_SELECT, initial_options=Maybe(array(_OPTION, 100)), min_query_length=Maybe(integer(0))
    ),
    "multi_users_select": record(**_MULTI_SELECT, initial_users=Maybe(array(_SLACK_ID, 100))),
    "multi_conversations_select": record(
        **_MULTI_SELECT,
        initial_conversations=Maybe(array(_SLACK_ID, 100)),
        default_to_current_conversation=Maybe(flag),
        filter=Maybe(_FILTER),
    ),
    "multi_channels_select": record(**_MULTI_SELECT, initial_channels=Maybe(array(_SLACK_ID, 100))),
}

_CHOICES: dict[str, Check] = {
    "checkboxes": every(
        record(**_FOCUSED, options=array(_MARKED_OPTION, 10), initial_options=Maybe(array(_MARKED_OPTION, 10))),
        _offered("initial_options"),
    ),
    "radio_buttons": every(
        record(**_FOCUSED, options=array(_MARKED_OPTION, 10), initial_option=Maybe(_MARKED_OPTION)),
        _offered("initial_option"),
    ),
    "datepicker": record(**_SELECT, initial_date=Maybe(_DATE)),
    "timepicker": record(**_SELECT, initial_time=Maybe(_TIME), timezone=Maybe(string(255))),
    "datetimepicker": record(**_FOCUSED, initial_date_time=Maybe(integer(0))),
}

_BUTTONS: dict[str, Check] = {
    "button": record(
        **_INTERACTIVE,
        text=plain_text(75),
        url=Maybe(url(3000)),
        value=Maybe(string(2000)),
        style=Maybe(_STYLE),
        accessibility_label=Maybe(string(75)),
    ),
    "overflow": record(**_INTERACTIVE, options=array(_LINK_OPTION, 5)),
}

_TEXT_INPUTS: dict[str, Check] = {
    "plain_text_input": record(
        **_TYPED,
        initial_value=Maybe(string(3000, 0)),
        multiline=Maybe(flag),
        min_length=Maybe(integer(0, 3000)),
        max_length=Maybe(integer(1, 3000)),
    ),
    "email_text_input": record(**_TYPED, initial_value=Maybe(string(3000))),
    "url_text_input": record(**_TYPED, initial_value=Maybe(string(3000))),
    "number_input": record(
        **_TYPED,
        is_decimal_allowed=flag,
        initial_value=Maybe(string(100)),
        min_value=Maybe(string(100)),
        max_value=Maybe(string(100)),
    ),
}

IMAGE: dict[str, Check | Maybe] = {
    "alt_text": string(2000),
    "image_url": Maybe(url(3000, ("http", "https"))),
    "slack_file": Maybe(SLACK_FILE),
}
_IMAGE_ELEMENT = every(record(**IMAGE), one_of("image_url", "slack_file"))

IN_SECTION = of_type({**_BUTTONS, **_SELECTS, **_CHOICES, "image": _IMAGE_ELEMENT})
IN_ACTIONS = of_type({**_BUTTONS, **_SELECTS, **_CHOICES})
IN_INPUT = of_type({**_SELECTS, **_CHOICES, **_TEXT_INPUTS})
IN_CONTEXT = of_type(
    {
        "image": _IMAGE_ELEMENT,
        "mrkdwn": record(text=string(3000), verbatim=Maybe(flag)),
        "plain_text": record(text=string(3000), emoji=Maybe(flag)),
    }
)
