"""What Slack's client says of a form before it sends it."""

from typing import Any

from bot.demo.slack.people.fields import FIELDS, REQUIRED, form_errors, values_of
from tests.demo.slack.test_fields import element, form


def said(kind: str, *words: str, optional: bool = False, **more: Any) -> str | None:
    blocks: list[dict[str, Any]] = form(element(kind, **more))
    blocks[1]["optional"] = optional
    found = form_errors(blocks, values_of(blocks, {("block", "field"): list(words)}))
    assert found.keys() <= {"block"}
    return found.get("block")


def test_only_a_required_field_must_be_filled_in() -> None:
    """An empty field is complained about, in Slack's words, unless it is optional."""
    for kind in FIELDS:
        assert said(kind, min_length=2) == REQUIRED, kind
        assert said(kind, min_length=2, optional=True) is None, kind


def test_bounds_hold() -> None:
    """Lengths and counts are complained about just beyond their bounds, not at them."""
    bounds: list[tuple[str, list[str], dict[str, Any], str]] = [
        ("plain_text_input", ["ab"], {"min_length": 3}, "at least 3"),
        ("plain_text_input", ["abc"], {"min_length": 3, "max_length": 3}, ""),
        ("plain_text_input", ["abcd"], {"max_length": 3}, "at most 3"),
        ("plain_text_input", ["x" * 3001], {}, "at most 3000"),
        ("checkboxes", ["a", "b"], {}, ""),
        ("multi_static_select", ["a", "b"], {"max_selected_items": 2}, ""),
        ("multi_static_select", ["a", "b", "c"], {"max_selected_items": 2}, "at most 2"),
    ]
    for kind, words, more, part in bounds:
        found = said(kind, *words, **more)
        assert found is None if not part else found is not None and part in found, (kind, words)
