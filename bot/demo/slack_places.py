"""Where each element may stand: in which block, and on which surface.

Which block takes which element: Slack's list of blocks (`blocks.json` of its documentation), which the types of its
Node SDK repeat. On which surface: the table at the head of its reference of block elements.
"""

from typing import Literal

from bot.demo.slack_elements import BUTTON, FEEDBACK_BUTTONS, ICON_BUTTON, IMAGE_ELEMENT, OVERFLOW, WORKFLOW_BUTTON
from bot.demo.slack_inputs import DATETIME_PICKER, FORM_INPUTS, PICKERS, PLAIN_TEXT_INPUT, RICH_TEXT_INPUT
from bot.demo.slack_menus import CHECKED, SELECTS
from bot.demo.slack_shapes import Check, Maybe, flag, of_type, record, string

Surface = Literal["message", "modal", "home"]

_BUTTONS: dict[str, Check] = {"button": BUTTON, "overflow": OVERFLOW}
_CHOICES: dict[str, Check] = {**SELECTS, **CHECKED, **PICKERS}
# What stands on some surfaces only.
_SOME: dict[str, dict[Surface, dict[str, Check]]] = {
    "section": {"message": {"workflow_button": WORKFLOW_BUTTON}},
    # The table names no actions block for multi-select menus and `rich_text_input`; the list of blocks does.
    "actions": {
        "message": {"workflow_button": WORKFLOW_BUTTON, **DATETIME_PICKER},
        "modal": {**DATETIME_PICKER, **RICH_TEXT_INPUT},
        "home": RICH_TEXT_INPUT,
    },
    "input": {
        "message": DATETIME_PICKER,
        "modal": {**DATETIME_PICKER, **RICH_TEXT_INPUT, **FORM_INPUTS},
        "home": RICH_TEXT_INPUT,
    },
}


def in_section(surface: Surface) -> Check:
    return of_type({**_BUTTONS, **_CHOICES, "image": IMAGE_ELEMENT, **_SOME["section"].get(surface, {})})


def in_actions(surface: Surface) -> Check:
    return of_type({**_BUTTONS, **_CHOICES, **_SOME["actions"][surface]})


def in_input(surface: Surface) -> Check:
    return of_type({**_CHOICES, **PLAIN_TEXT_INPUT, **_SOME["input"][surface]})


IN_CONTEXT = of_type(
    {
        "image": IMAGE_ELEMENT,
        "mrkdwn": record(text=string(3000), verbatim=Maybe(flag)),
        "plain_text": record(text=string(3000), emoji=Maybe(flag)),
    }
)
IN_CONTEXT_ACTIONS = of_type({"feedback_buttons": FEEDBACK_BUTTONS, "icon_button": ICON_BUTTON})
IN_CARD = of_type({"button": BUTTON})
