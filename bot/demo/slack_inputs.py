"""The elements that take what somebody types, a date or time, or files."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from bot.demo.slack_elements import ACTION_ID, DISPATCH, PLACEHOLDER
from bot.demo.slack_menus import FOCUSED
from bot.demo.slack_rich_text import RICH_TEXT_OBJECT
from bot.demo.slack_shapes import Check, Maybe, array, every, fault, flag, in_order, integer, record, string

_TYPED: dict[str, Check | Maybe] = {
    "action_id": ACTION_ID,
    "placeholder": PLACEHOLDER,
    "dispatch_action_config": Maybe(DISPATCH),
    "focus_on_load": Maybe(flag),
}
_LONG = 3000
_TIME = string(5, pattern="([01][0-9]|2[0-3]):[0-5][0-9]")
_DECIMAL = string(100, pattern=r"-?[0-9]*\.?[0-9]+")
_MOMENT = integer(1_000_000_000, 9_999_999_999)  # the reference: seconds since 1970, in ten digits
_LINES = Maybe(integer(1, 100))


def _date(value: object, at: str) -> Iterator[str]:
    wrong = list(string(10, pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}")(value, at))
    yield from wrong
    if not wrong:
        try:
            date.fromisoformat(str(value))
        except ValueError:
            yield fault("invalid date", at)


def _zone(value: object, at: str) -> Iterator[str]:
    """A name as in the IANA's database, such as `Europe/Berlin`."""
    wrong = list(string(255)(value, at))
    yield from wrong
    if not wrong:
        try:
            ZoneInfo(str(value))
        except (ValueError, OSError, LookupError):
            yield fault("invalid timezone", at)


PICKERS: dict[str, Check] = {
    "datepicker": record(**FOCUSED, placeholder=PLACEHOLDER, initial_date=Maybe(_date)),
    "timepicker": record(**FOCUSED, placeholder=PLACEHOLDER, initial_time=Maybe(_TIME), timezone=Maybe(_zone)),
}
DATETIME_PICKER: dict[str, Check] = {"datetimepicker": record(**FOCUSED, initial_date_time=Maybe(_MOMENT))}
PLAIN_TEXT_INPUT: dict[str, Check] = {
    "plain_text_input": every(
        record(
            **_TYPED,
            initial_value=Maybe(string(_LONG, 0)),
            multiline=Maybe(flag),
            min_length=Maybe(integer(0, _LONG)),
            max_length=Maybe(integer(1, _LONG)),
        ),
        in_order("min_length", "max_length"),
    )
}
RICH_TEXT_INPUT: dict[str, Check] = {
    "rich_text_input": every(
        record(**_TYPED, initial_value=Maybe(RICH_TEXT_OBJECT), min_lines=_LINES, max_lines=_LINES),
        in_order("min_lines", "max_lines"),
    )
}
FORM_INPUTS: dict[str, Check] = {
    "email_text_input": record(**_TYPED, initial_value=Maybe(string(_LONG))),
    "url_text_input": record(**_TYPED, initial_value=Maybe(string(_LONG))),
    "number_input": every(
        record(
            **_TYPED,
            is_decimal_allowed=flag,
            initial_value=Maybe(_DECIMAL),
            min_value=Maybe(_DECIMAL),
            max_value=Maybe(_DECIMAL),
        ),
        in_order("min_value", "max_value"),
        in_order("min_value", "initial_value"),
        in_order("initial_value", "max_value"),
    ),
    "file_input": record(
        action_id=ACTION_ID, filetypes=Maybe(array(string(255), 100)), max_files=Maybe(integer(1, 10))
    ),
}
