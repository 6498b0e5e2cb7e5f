"""The Jinja environment of the page."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from bot.demo.page.rendering import fields, menus, rich_text, text_objects
from bot.demo.page.rendering.links import is_local, is_safe
from bot.demo.page.rendering.mrkdwn import mrkdwn


def environment() -> Environment:
    """Templates escape whatever they insert, except what a filter returns as markup."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        mrkdwn=mrkdwn,
        text=text_objects.text,
        words=text_objects.words,
        label=text_objects.label,
        inline=rich_text.inline,
        field_name=fields.field_name,
        sent_on=fields.sent_on,
        question=fields.question,
        to_local_time=fields.to_local_time,
        element_id=fields.element_id,
        initial_values=menus.initial_values,
        initial_options=menus.initial_options,
        menu=menus.menu,
    )
    templates.globals.update(found_options=menus.found_options)
    templates.tests.update(local=is_local, safe_link=is_safe)
    return templates
