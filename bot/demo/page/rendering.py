"""The templates and what they use: how blocks become HTML."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from bot.demo.page import menus, presses, rich_text, texts
from bot.demo.page.charts import chart
from bot.demo.page.emojis import sign
from bot.demo.page.forms import field
from bot.demo.page.links import can_be_followed, is_near, link
from bot.demo.page.markdown import markdown
from bot.demo.page.mrkdwn import mrkdwn, plain


def environment() -> Environment:
    """Whatever a template inserts is escaped, unless a filter made it HTML."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        enable_async=True,
    )
    templates.filters.update(
        mrkdwn=mrkdwn,
        plain=plain,
        text=texts.text,
        said=texts.said,
        called=texts.called,
        markdown=markdown,
        inline=rich_text.inline,
        words=rich_text.words,
        link=link,
        field=field,
        press=presses.press,
        trigger=presses.trigger,
        question=presses.question,
        local=presses.local,
        anchor=presses.anchor,
        initially=menus.initially,
        initial_options=menus.initial_options,
        offered=menus.offered,
        chart=chart,
        sign=sign,
    )
    templates.globals.update(found=menus.found)
    templates.tests.update(near=is_near, followed=can_be_followed)
    return templates
