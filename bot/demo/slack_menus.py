"""The elements that offer a choice: select menus, checkboxes and radio buttons."""

from collections.abc import Iterator

from bot.demo.slack_elements import (
    CONVERSATION_FILTER,
    INTERACTIVE,
    MARKED_OPTION,
    OPTION,
    OPTION_GROUP,
    PLACEHOLDER,
    SLACK_ID,
)
from bot.demo.slack_shapes import Check, Maybe, array, every, fault, flag, integer, one_of, record

FOCUSED: dict[str, Check | Maybe] = {**INTERACTIVE, "focus_on_load": Maybe(flag)}
_SELECT: dict[str, Check | Maybe] = {**FOCUSED, "placeholder": PLACEHOLDER}
_MULTI_SELECT: dict[str, Check | Maybe] = {**_SELECT, "max_selected_items": Maybe(integer(1))}


def _offered(name: str) -> Check:
    """What is selected at first must be among what is offered."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict) or name not in value:
            return
        groups = [group for group in _list(value.get("option_groups")) if isinstance(group, dict)]
        offered = [*_list(value.get("options")), *(each for group in groups for each in _list(group.get("options")))]
        chosen = value[name] if isinstance(value[name], list) else [value[name]]
        if any(each not in offered for each in chosen):
            yield fault(f"invalid {name}", f"{at}/{name}")

    return check


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _static(fields: dict[str, Check | Maybe], initial: str, initially: Check) -> Check:
    offers = {"options": Maybe(array(OPTION, 100)), "option_groups": Maybe(array(OPTION_GROUP, 100))}
    shape = record(**fields, **offers, **{initial: Maybe(initially)})
    return every(shape, one_of("options", "option_groups"), _offered(initial))


SELECTS: dict[str, Check] = {
    "static_select": _static(_SELECT, "initial_option", OPTION),
    "external_select": record(**_SELECT, initial_option=Maybe(OPTION), min_query_length=Maybe(integer(0))),
    "users_select": record(**_SELECT, initial_user=Maybe(SLACK_ID)),
    "conversations_select": record(
        **_SELECT,
        initial_conversation=Maybe(SLACK_ID),
        default_to_current_conversation=Maybe(flag),
        response_url_enabled=Maybe(flag),
        filter=Maybe(CONVERSATION_FILTER),
    ),
    "channels_select": record(**_SELECT, initial_channel=Maybe(SLACK_ID), response_url_enabled=Maybe(flag)),
    "multi_static_select": _static(_MULTI_SELECT, "initial_options", array(OPTION, 100)),
    "multi_external_select": record(
        **_MULTI_SELECT, initial_options=Maybe(array(OPTION, 100)), min_query_length=Maybe(integer(0))
    ),
    "multi_users_select": record(**_MULTI_SELECT, initial_users=Maybe(array(SLACK_ID, 100))),
    "multi_conversations_select": record(
        **_MULTI_SELECT,
        initial_conversations=Maybe(array(SLACK_ID, 100)),
        default_to_current_conversation=Maybe(flag),
        filter=Maybe(CONVERSATION_FILTER),
    ),
    "multi_channels_select": record(**_MULTI_SELECT, initial_channels=Maybe(array(SLACK_ID, 100))),
}

CHECKED: dict[str, Check] = {
    "checkboxes": every(
        record(**FOCUSED, options=array(MARKED_OPTION, 10), initial_options=Maybe(array(MARKED_OPTION, 10))),
        _offered("initial_options"),
    ),
    "radio_buttons": every(
        record(**FOCUSED, options=array(MARKED_OPTION, 10), initial_option=Maybe(MARKED_OPTION)),
        _offered("initial_option"),
    ),
}
