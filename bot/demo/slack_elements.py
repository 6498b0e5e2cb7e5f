"""The small parts of Block Kit: text objects, composition objects, images and buttons."""

from collections.abc import Iterator

from bot.demo.slack_shapes import (
    Check,
    Maybe,
    among,
    array,
    every,
    fault,
    flag,
    of_type,
    one_of,
    record,
    some_of,
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


BLOCK_ID = Maybe(string(255))
ACTION_ID = Maybe(string(255))
SLACK_ID = string(255)
PLACEHOLDER = Maybe(plain_text(150))
_STYLE = Maybe(among("primary", "danger"))
_LABEL = Maybe(string(75))
# The SDK's reference of `icon_button` names ten, that of `button` no number.
_VISIBLE_TO = Maybe(array(SLACK_ID, 10))

CONFIRM = record(
    title=plain_text(100),
    text=any_text(300),
    confirm=plain_text(30),
    deny=plain_text(30),
    style=_STYLE,
)
OPTION = record(text=plain_text(75), value=string(150), description=Maybe(plain_text(75)))
_LINK_OPTION = record(text=plain_text(75), value=string(150), description=Maybe(plain_text(75)), url=Maybe(url(3000)))
MARKED_OPTION = record(text=any_text(75), value=string(150), description=Maybe(any_text(75)))
OPTION_GROUP = record(label=plain_text(75), options=array(OPTION, 100))
DISPATCH = record(trigger_actions_on=array(among("on_enter_pressed", "on_character_entered"), 2))
CONVERSATION_FILTER = every(
    record(
        include=Maybe(array(among("im", "mpim", "private", "public"), 4)),
        exclude_external_shared_channels=Maybe(flag),
        exclude_bot_users=Maybe(flag),
    ),
    some_of("include", "exclude_external_shared_channels", "exclude_bot_users"),
)
SLACK_FILE = every(record(id=Maybe(SLACK_ID), url=Maybe(url())), one_of("id", "url"))

IMAGE: dict[str, Check | Maybe] = {
    "alt_text": string(2000),
    "image_url": Maybe(url(3000, ("http", "https"))),
    "slack_file": Maybe(SLACK_FILE),
}
IMAGE_ELEMENT = every(record(**IMAGE), one_of("image_url", "slack_file"))
IMAGE_OBJECT = of_type({"image": IMAGE_ELEMENT})

INTERACTIVE: dict[str, Check | Maybe] = {"action_id": ACTION_ID, "confirm": Maybe(CONFIRM)}


def _prompted(value: object, at: str) -> Iterator[str]:
    """What is shown in place of a prompt needs one."""
    if isinstance(value, dict) and "agent_prompt_display" in value and "agent_prompt" not in value:
        yield fault("missing required field: agent_prompt", at)


BUTTON = every(
    record(
        **INTERACTIVE,
        text=plain_text(75),
        url=Maybe(url(3000)),
        value=Maybe(string(2000)),
        style=_STYLE,
        accessibility_label=_LABEL,
        agent_prompt=Maybe(string(4000)),
        agent_prompt_display=_LABEL,  # no length is documented; it stands in for the button's text, which has this one
        visible_to_user_ids=_VISIBLE_TO,
    ),
    _prompted,
)
OVERFLOW = record(**INTERACTIVE, options=array(_LINK_OPTION, 5))
WORKFLOW_BUTTON = record(
    **INTERACTIVE,
    text=plain_text(75),
    workflow=record(
        trigger=record(
            url=url(3000, ("https",)),
            customizable_input_parameters=Maybe(array(record(name=string(255), value=string(3000, 0)), 100, 0)),
        )
    ),
    style=_STYLE,
    accessibility_label=_LABEL,
)
ICON_BUTTON = record(
    **INTERACTIVE,
    icon=among("trash"),  # the only one that the reference names
    text=plain_text(75),
    value=Maybe(string(2000)),
    accessibility_label=_LABEL,
    visible_to_user_ids=_VISIBLE_TO,
)
_FEEDBACK = record(text=plain_text(75), value=string(2000), accessibility_label=_LABEL)
FEEDBACK_BUTTONS = record(action_id=ACTION_ID, positive_button=_FEEDBACK, negative_button=_FEEDBACK)
URL_SOURCE = of_type({"url": record(url=url(), text=string(3000))})
