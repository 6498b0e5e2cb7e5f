from pathlib import Path

import pytest

from bot.settings import WrongSettings, read_settings

MARKER = "m4rk3r"
GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "signing",
    "INFORMATICA_LOGIN_URL": "https://x.test",
    "INFORMATICA_USERNAME": "bot",
    "INFORMATICA_PASSWORD": "pass",
}


def refusal(monkeypatch: pytest.MonkeyPatch, **changed: str) -> str:
    for name, value in (GOOD | changed).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings) as caught:
        read_settings()
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INFORMATICA_LOGIN_URL", f"https://bot:{MARKER}@x.test"),
        ("INFORMATICA_LOGIN_URL", f"https://x.test:{MARKER}"),
        ("INFORMATICA_LOGIN_URL", "https://x.test:65536"),
        ("INFORMATICA_LOGIN_URL", f"https://{MARKER} x.test"),
        ("INFORMATICA_LOGIN_URL", f"https://x.test\\.{MARKER}"),
        ("INFORMATICA_USERNAME", "  "),
    ],
)
def test_what_only_looks_right_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password in a URL, a port that is none, a blank in a host and a user name of blanks are refused by name."""
    text = refusal(monkeypatch, **{name: value})
    assert text.startswith(f"{name} is wrong: ")
    assert MARKER not in text


def test_the_signing_secret_is_named_with_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing for HTTP is said together with every other fault, and not where Socket Mode was meant."""
    text = refusal(monkeypatch, SLACK_SIGNING_SECRET="", INFORMATICA_PASSWORD="", PORT="0")
    assert [fault.split(" is ")[0] for fault in text.split("; ")] == [
        "SLACK_SIGNING_SECRET",
        "INFORMATICA_PASSWORD",
        "PORT",
    ]
    assert refusal(monkeypatch, SLACK_SIGNING_SECRET="", SLACK_APP_TOKEN=" ", INFORMATICA_PASSWORD="x", PORT="1") == (
        "SLACK_APP_TOKEN is wrong: it is empty"
    )


def test_a_file_that_is_no_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file .env in another encoding is refused in one line that shows nothing of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(f"INFORMATICA_PASSWORD={MARKER}".encode("utf-16"))
    text = refusal(monkeypatch)
    assert ".env" in text
    assert MARKER not in text
