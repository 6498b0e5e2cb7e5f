"""Names from outside: what is seen of them, and what finds them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.names import EMPTY, INVISIBLE, search_key, visible

_ODD = st.text(
    st.sampled_from(
        "aB -\t\x00\u0300\u034f\u115f\u200b\u200d\u200e\u202e\u2028\u2060\u2800\u3164\ufe0f\uffa0\U000e0041❤👩—’…▯"
    )
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("orders-to-lake", "orders-to-lake"),
        ("orders\u200b-to-lake", "orders▯-to-lake"),
        ("\u200b\u200b", "▯▯"),
        ("\u3164", "▯"),
        ("\u115f\u1160 x", "▯▯ x"),
        ("x\U000e0068\U000e0069", "x▯▯"),
        ("\u2800", "▯"),
        ("soft\u00adhyphen", "soft▯hyphen"),
        ("a\ufe0fb", "a▯b"),
        ("\u202eetal", "etal"),
        ("\u200e\u200f", "▯"),
        ("two\nlines", "two lines"),
        (" \t\u00a0", ""),
        ("👩\u200d💻 clicks", "👩\u200d💻 clicks"),
        ("❤\ufe0f\u200d🔥 1\ufe0f\u20e3", "❤\ufe0f\u200d🔥 1\ufe0f\u20e3"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("葛\U000e0100飾", "葛\U000e0100飾"),
    ],
)
def test_nothing_in_a_name_is_invisible(name: str, shown: str) -> None:
    """What can't be seen has a placeholder, unless a script or an emoji needs it; marks that turn a line go."""
    assert visible(name) == shown


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Zu\u0308rich", "Zürich"),
        ("Zu\u200b\u0308rich", "Zürich"),
        ("\u1100\u00ad\u1161", "가"),
        ("ORDERS  to lake", "orders to Lake"),
        ("orders–to—lake", "orders-to-lake"),
        ("orders—to", "orders--to"),
        ("orders\u2011to\u2212lake", "orders-to-lake"),
        ("orders⸺to", "orders-to"),
        ("users’ orders", "users' orders"),
        ("users´ orders", "users' orders"),
        ("5″ pipes", '5" pipes'),
        ("O‘Hara`s", "O'Hara's"),
        ("“big” orders", '"big" orders'),
        ("orders…", "orders..."),
        ("ｏｒｄｅｒｓ", "orders"),
        ("ﬁnance", "finance"),
        ("STRASSE", "straße"),
        ("orders-lake", "orders\u200b-lake"),
        ("orders▯-lake", "orders\u200b-lake"),
        ("▯", "\u3164\u3164"),
        ("\u3164", "▯"),
        ("x", "x\U000e0041"),
        ("❤", "❤\ufe0f"),
        (EMPTY, ""),
        (EMPTY, "\t"),
    ],
)
def test_another_spelling_has_the_same_key(typed: str, name: str) -> None:
    """However a name was typed, on whatever keyboard, it finds the job."""
    assert search_key(typed) == search_key(name)


@given(st.text() | _ODD)
def test_what_is_seen_finds_the_name(name: str) -> None:
    """The name as it is shown has the key of the name. No key is empty, and a key is its own key."""
    key = search_key(name)
    assert search_key(visible(name) or EMPTY) == key
    assert key
    assert search_key(key) == key


@given(st.text() | _ODD)
def test_a_name_is_one_line_with_something_to_see(name: str) -> None:
    """A name breaks no line; it is blank only if it has spaces and breaks alone."""
    shown = visible(name)
    assert not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in shown)
    assert bool(INVISIBLE.sub("", shown).strip()) == bool(shown)
    assert visible(shown) == shown
