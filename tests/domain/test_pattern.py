import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pattern import matches, normalize


@pytest.mark.parametrize(
    ("glob", "title", "is_meant"),
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
    ],
)
def test_which_names_are_meant(glob: str | None, title: str, is_meant: bool) -> None:
    """`*`, `?` and `[…]` are all that is special; capitals and the number of spaces don't matter."""
    assert matches(normalize(glob), title) is is_meant


@given(st.text(min_size=1, max_size=40))
def test_a_name_without_anything_special_means_itself(name: str) -> None:
    """However odd it is."""
    if " ".join(name.split()) and not set(name) & set("*?["):
        assert matches(normalize(name), name)
        assert normalize(normalize(name)) == normalize(name)


def test_no_pattern_takes_long() -> None:
    """Somebody may type what makes a naive search try everything."""
    began = time.monotonic()
    for glob in ("*a" * 400 + "b", "*" * 900 + "b", "?*" * 300 + "b", "[a-z]*" * 150 + "1"):
        assert not matches(normalize(glob), "a" * 1_000)
    assert time.monotonic() - began < 5
