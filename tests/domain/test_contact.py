"""Owners and runbooks, and how a contact changes."""

from bot.domain.subscription import LONGEST_RUNBOOK, NONE, Contact, is_owner, is_runbook


def test_what_may_be_a_runbook() -> None:
    """A runbook is a web address that is short, plain and without a password."""
    for url in (
        "https://wiki.example.com",
        "http://wiki/x",
        "https://wiki.example.com:8443/a_(b)?c=1&d=%7C#e",
        "https://[::1]/x",
        "https://x/" + "a" * (LONGEST_RUNBOOK - 10),
    ):
        assert is_runbook(url), url
    for text in (
        "",
        "wiki.example.com",
        "ftp://wiki.example.com",
        "javascript://x/%0aalert(1)",
        "https://",
        "https:///x",
        "https://ann:secret@wiki.example.com",
        "https://a b",
        "https://a|b",
        "https://a>b",
        'https://a"b',
        "https://a\n",
        "https://a\x00",
        "https://é.example",
        "https://[::1",
        "https://x:99999",
        "https://x/" + "a" * LONGEST_RUNBOOK,
    ):
        assert not is_runbook(text), text


def test_who_may_be_an_owner() -> None:
    """An owner is the ID of a person or of a user group."""
    assert [is_owner(id) for id in ("U0ANN", "W0ANN", "S0TEAM")] == [True] * 3
    assert [is_owner(id) for id in ("C0LAKE", "D0ANN", "here", "U", "u0ann", "U0ANN>", "")] == [False] * 7


def test_a_contact_changes_as_it_was_said() -> None:
    """What isn't said stays, “none” clears, and anything else replaces."""
    both = Contact("U0ANN", "https://x")
    assert both.changed_by(Contact()) == both
    assert both.changed_by(Contact(NONE)) == Contact(None, "https://x")
    assert both.changed_by(Contact("S0TEAM", NONE)) == Contact("S0TEAM")
    assert Contact().changed_by(Contact(NONE, NONE)) == Contact()
    assert Contact("U0ANN").completed_by(Contact("U0BEN", "https://y")) == Contact("U0ANN", "https://y")
