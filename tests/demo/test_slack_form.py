"""What Slack's client says of a form before it sends it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.slack_form import REQUIRED, complaints
from bot.demo.slack_state import FIELDS, values_of
from tests.demo.test_slack_state import element, form


def said(kind: str, *words: str, optional: bool = False, **more: object) -> str | None:
    blocks: list[dict[str, Any]] = form(element(kind, **more))
    blocks[1]["optional"] = optional
    found = complaints(blocks, values_of(blocks, {("block", "field"): list(words)}))
    assert found.keys() <= {"block"}
    return found.get("block")


@given(st.sampled_from(sorted(FIELDS)), st.booleans())
def test_only_a_required_field_must_be_filled_in(kind: str, optional: bool) -> None:
    """An empty field is complained about, in Slack's words, unless it is optional."""
    assert said(kind, optional=optional, min_length=2) == (None if optional else REQUIRED)


@pytest.mark.parametrize(
    ("kind", "words", "more", "part"),
    [
        ("plain_text_input", ["ab"], {"min_length": 3}, "at least 3"),
        ("plain_text_input", ["abc"], {"min_length": 3, "max_length": 3}, None),
        ("plain_text_input", ["abcd"], {"max_length": 3}, "at most 3"),
        ("plain_text_input", ["x" * 3001], {}, "at most 3000"),
        ("email_text_input", ["ann@example.com"], {}, None),
        ("email_text_input", ["ann@example"], {}, "email"),
        ("email_text_input", ["ann example.com"], {}, "email"),
        ("url_text_input", ["https://example.com/x"], {}, None),
        ("url_text_input", ["example.com"], {}, "URL"),
        ("url_text_input", ["https://"], {}, "URL"),
        ("url_text_input", ["https://[x"], {}, "URL"),
        ("number_input", ["12"], {"is_decimal_allowed": False}, None),
        ("number_input", ["1.5"], {"is_decimal_allowed": True, "min_value": "1.5", "max_value": "1.5"}, None),
        ("number_input", ["1.5"], {"is_decimal_allowed": False}, "whole"),
        ("number_input", ["-1"], {"is_decimal_allowed": False, "min_value": "0"}, "at least 0"),
        ("number_input", ["11"], {"is_decimal_allowed": False, "max_value": "10"}, "at most 10"),
        ("number_input", ["NaN"], {"is_decimal_allowed": True}, "valid number"),
        ("number_input", ["ten"], {"is_decimal_allowed": True}, "valid number"),
        ("checkboxes", ["a", "b"], {}, None),
        ("multi_static_select", ["a", "b"], {"max_selected_items": 2}, None),
        ("multi_static_select", ["a", "b", "c"], {"max_selected_items": 2}, "at most 2"),
        ("multi_users_select", ["U1", "U2"], {"max_selected_items": 1}, "at most 1"),
        ("file_input", ["F1", "F2"], {"max_files": 1}, "at most 1"),
    ],
)
def test_bounds_hold(kind: str, words: list[str], more: dict[str, Any], part: str | None) -> None:
    """Lengths, numbers, addresses and counts are complained about just beyond their bounds, not at them."""
    words_below = said(kind, *words, **more)
    assert words_below is None if part is None else words_below is not None and part in words_below


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    """Whatever is typed into a field, it is judged without a crash."""
    for kind in ("plain_text_input", "email_text_input", "url_text_input", "number_input"):
        said(kind, text, min_value="1", max_value="9", min_length=1)
