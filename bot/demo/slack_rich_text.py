"""The shape of `rich_text`: sections, lists, quotes and preformatted text of typed inline elements."""

from bot.demo.slack_elements import BLOCK_ID
from bot.demo.slack_shapes import Check, Maybe, among, array, flag, integer, of_type, record, string, url

# The reference names no limit; each of these is far above what a message may hold in all.
_MANY = 1000
_LONG = 12_000

_NAME = string(255)
_STYLE = Maybe(record(**{name: Maybe(flag) for name in ("bold", "italic", "strike", "code", "underline")}))
_MENTION_STYLE = Maybe(
    record(
        **{name: Maybe(flag) for name in ("bold", "italic", "strike", "highlight", "client_highlight", "unlink")},
    )
)

_PLAIN: dict[str, Check] = {
    "text": record(text=string(_LONG), style=_STYLE),
    "link": record(url=url(), text=Maybe(string(_LONG)), unsafe=Maybe(flag), style=_STYLE),
}
_INLINE: dict[str, Check] = {
    **_PLAIN,
    "emoji": record(name=_NAME, unicode=Maybe(_NAME), skin_tone=Maybe(integer(1, 6)), url=Maybe(url()), style=_STYLE),
    "user": record(user_id=_NAME, style=_MENTION_STYLE),
    "channel": record(channel_id=_NAME, style=_MENTION_STYLE),
    "usergroup": record(usergroup_id=_NAME, style=_MENTION_STYLE),
    "team": record(team_id=_NAME, style=_MENTION_STYLE),
    "broadcast": record(range=among("here", "channel", "everyone"), style=_STYLE),
    "date": record(
        timestamp=integer(),
        format=string(_LONG),
        url=Maybe(url()),
        fallback=Maybe(string(_LONG)),
        style=_STYLE,
    ),
    "color": record(value=string(7, pattern="#[0-9A-Fa-f]{6}"), style=_STYLE),
}

_ELEMENTS = array(of_type(_INLINE), _MANY)
_BORDER = Maybe(integer(0, 1))
_SECTION = record(elements=_ELEMENTS)

_PARTS = array(
    of_type(
        {
            "rich_text_section": _SECTION,
            "rich_text_list": record(
                elements=array(of_type({"rich_text_section": _SECTION}), _MANY),
                style=among("bullet", "ordered"),
                indent=Maybe(integer(0, 8)),
                offset=Maybe(integer(0)),
                border=_BORDER,
            ),
            # The reference and the types of Slack's Node SDK: text and links only.
            "rich_text_preformatted": record(
                elements=array(of_type(_PLAIN), _MANY), border=_BORDER, language=Maybe(_NAME)
            ),
            "rich_text_quote": record(elements=_ELEMENTS, border=_BORDER),
        }
    ),
    _MANY,
)

RICH_TEXT = record(block_id=BLOCK_ID, elements=_PARTS)
RICH_TEXT_OBJECT = of_type({"rich_text": RICH_TEXT})
