import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pattern import matches, normalize


@pytest.mark.parametrize(
    ("glob", "title", "expected"),
    [
        (None, "whatever", True),
        ("*", "", True),
        ("orders-*", "Orders-EU", True),
        ("ORDERS-*", "orders-eu", True),
        ("orders-*", "my-orders-eu", False),
        ("orders", "orders-eu", False),
        ("orders-??", "orders-eu", True),
        ("orders-??", "orders-e", False),
        ("[oc]*", "clicks", True),
        ("[!oc]*", "clicks", False),
        ("orders to *", "Orders  to   lake", True),
        ("STRASSE*", "straße-1", True),
        ("*.x", "a\nb.x", True),
        ("[", "[", True),
        ("a.c", "abc", False),
        ("orders–*", "orders-eu", True),
        ("zu\u0308*", "Zürich", True),
        ("pay*", "p\u200bayments", True),
        ("\u3164", "\u115f", True),
    ],
)
def test_a_glob_matches_these_names(glob: str | None, title: str, expected: bool) -> None:
    """Only `*`, `?` and `[…]` are special; case and the number of spaces don't matter."""
    assert matches(normalize(glob), title) is expected


@given(st.text(min_size=1, max_size=40))
def test_a_name_without_special_characters_matches_itself(name: str) -> None:
    """Any name without special characters is a glob that matches that name, normalized once or twice."""
    if " ".join(name.split()) and not set(name) & set("*?["):
        assert matches(normalize(name), name)
        assert normalize(normalize(name)) == normalize(name)


def test_no_glob_takes_long() -> None:
    """A glob that makes a naive search try everything is matched quickly."""
    began = time.monotonic()
    for glob in ("*a" * 400 + "b", "*" * 900 + "b", "?*" * 300 + "b", "[a-z]*" * 150 + "1"):
        assert not matches(normalize(glob), "a" * 1_000)
    assert time.monotonic() - began < 5
