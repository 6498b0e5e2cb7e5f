"""Standard Markdown, as the block `markdown` takes it, to HTML. What is HTML in it stays text."""

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from bot.demo.page.emojis import emojis
from bot.demo.page.links import can_be_followed

_FRAME = Markup('<span class="frame" role="img" aria-label="{}">{}</span>')


class _Renderer(RendererHTML):
    """Images aren't loaded: their words are shown in a frame."""

    def image(self, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
        words = tokens[index].content or "image"
        return str(_FRAME.format(words, words))

    def link_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[index]
        token.attrs = {**token.attrs, "target": "_blank", "rel": "noopener noreferrer"}
        return self.renderToken(tokens, index, options, env)

    def text(self, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
        return str(Markup.escape(emojis(tokens[index].content)))


class _Reading(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name for it
        return can_be_followed(url)


_READING = _Reading("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer).enable(
    ["table", "strikethrough"]
)


def markdown(text: str) -> Markup:
    """The text as HTML: paragraphs, headings, lists, tables, code."""
    return Markup(_READING.render(str(text)))  # noqa: S704 - the library escapes all text, and takes no HTML
