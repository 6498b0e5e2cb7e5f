"""Emoji by the names that Slack has for them. Pure."""

import re

import emoji

NAME = re.compile(r":([a-z0-9_+'-]+):(?::skin-tone-([2-6]):)?")

_TONES = {tone: chr(0x1F3FB + tone - 2) for tone in range(2, 7)}
_FLAG = re.compile(r"flag-([a-z]{2})")
# Names of Slack that the library has others for.
_OF_SLACK = {
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "large_orange_circle": "🟠",
    "large_purple_circle": "🟣",
    "large_brown_circle": "🟤",
    "large_red_square": "🟥",
    "large_green_square": "🟩",
    "large_yellow_square": "🟨",
    "large_orange_square": "🟧",
    "large_blue_square": "🟦",
    "double_vertical_bar": "⏸️",
    "black_right_pointing_triangle_with_double_vertical_bar": "⏯️",
    "simple_smile": "🙂",
    "thinking_face": "🤔",
    "slightly_smiling_face": "🙂",
    "hugging_face": "🤗",
}


def emojis(text: str) -> str:
    """The text with `:names:` as the emoji that they stand for. A name that nobody knows stays as it is."""
    return NAME.sub(lambda found: named(found[1], int(found[2] or 0)) or found[0], text)


def named(name: str, tone: int = 0) -> str | None:
    """The emoji of that name, in a skin tone from 2 to 6 if there is one."""
    if flag := _FLAG.fullmatch(name):
        return "".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in flag[1])
    code = f":{name}:"
    found = _OF_SLACK.get(name) or emoji.emojize(code, language="alias")
    if found == code:
        return None
    return found.removesuffix("\ufe0f") + _TONES[tone] if tone in _TONES else found


def sign(icon: str) -> str:
    """An emoji in the place of one of Slack's own icons."""
    return _ICONS.get(icon, "◻️")


_ICONS_TEXT = """
archive=🗄️ book=📖 bookmark=🔖 bot=🤖 bug=🐛 calendar=📅 call=📞 caret-left=◂ caret-right=▸ check=✅
clipboard=📋 code=💻 comment=💬 compass=🧭 copy=📑 cube=🧊 download=⬇️ edit=✏️ email=✉️ eye-closed=🙈
eye-open=👁️ file=📄 flag=🚩 folder=📁 gear=⚙️ globe=🌐 heart=❤️ help=❓ image=🖼️ info=ℹ️ key=🔑 lightbulb=💡
link=🔗 map=🗺️ mobile=📱 new-window=↗️ pin=📌 plus=➕ refine=🎚️ refresh=🔄 rocket=🚀 save=💾 screen=🖥️
share=📤 sparkle=✨ star=☆ star-filled=⭐ tag=🏷️ thumbs-down=👎 thumbs-up=👍 trash=🗑️ upload=⬆️ user=👤 warning=⚠️
"""
_ICONS = dict(pair.split("=") for pair in _ICONS_TEXT.split())
