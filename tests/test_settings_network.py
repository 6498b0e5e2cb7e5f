"""The variables that other programs read, too: proxies and the trust store."""

import ctypes
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli
from bot.settings import WrongSettings, read_settings
from tests.network.servers import CERTIFICATE
from tests.test_settings import GOOD, read

MARK = "SECRET-MARK"


def test_proxies_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is used, and its password is a secret like the others."""
    settings = read(monkeypatch, HTTPS_PROXY=f"http://user:{MARK}@proxy.example:3128", NO_PROXY="slack.com")
    proxy = settings.proxies.leading_to("https", "dm-us.informaticacloud.com")
    assert proxy is not None
    assert proxy.url == "http://proxy.example:3128"
    assert settings.proxies.leading_to("https", "hooks.slack.com") is None
    assert MARK in settings.secrets
    assert MARK not in repr(settings)


def test_or_from_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file `.env` may name them, too; the environment wins."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("HTTPS_PROXY=http://file.example:1\nHTTP_PROXY=http://file.example:2\n")
    settings = read(monkeypatch, HTTP_PROXY="http://environment.example:3")
    found = [settings.proxies.leading_to(scheme, "slack.com") for scheme in ("https", "http")]
    assert [each and each.url for each in found] == ["http://file.example:1", "http://environment.example:3"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", f"socks5://user:{MARK}@proxy.example:1080"),
        ("HTTPS_PROXY", f"user:{MARK}@proxy.example:3128"),
        ("https_proxy", f"http://user:{MARK}@proxy.example:port"),
        ("http_proxy", f"http://user:{MARK}@proxy.example:99999"),
        ("https_proxy", f"http://{MARK}..example:1"),
        ("SSL_CERT_FILE", f"/{MARK}/certificates.pem"),
        ("SSL_CERT_FILE", __file__),
        ("SSL_CERT_DIR", f"/{MARK}"),
        ("SSLKEYLOGFILE", f"/{MARK}/keys"),
    ],
)
@pytest.mark.parametrize("command", ["run", "web", "worker", "doctor"])
def test_a_wrong_one_ends_the_start(monkeypatch: pytest.MonkeyPatch, command: str, name: str, value: str) -> None:
    """A proxy or a trust store that can't be used is a wrong setting: exit code 2 and one line with the variable's
    name, never its value."""
    for each, good in (GOOD | {name: value}).items():
        monkeypatch.setenv(each, good)
    result = CliRunner().invoke(cli, [command])
    assert result.exit_code == 2
    assert result.output.startswith(f"{name} is wrong: ")
    assert result.output.count("\n") == 1
    assert value not in result.output
    assert MARK not in result.output


def test_a_trust_store_that_can_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file with certificates, and one or several folders, are accepted."""
    read(monkeypatch, SSL_CERT_FILE=str(CERTIFICATE), SSL_CERT_DIR=f"{tmp_path}:{tmp_path.parent}")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path))
    with pytest.raises(WrongSettings, match="SSL_CERT_FILE"):
        read_settings()


def of_process(name: str) -> str | None:
    """A variable as libraries in C see it."""
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    found: bytes | None = getenv(name.encode())
    return None if found is None else found.decode()


def test_the_trust_store_that_the_file_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file `.env` may name it, too: OpenSSL finds it, and never an empty one, which would hold no certificate."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, "")
    monkeypatch.chdir(tmp_path)
    read(monkeypatch)
    assert (of_process("SSL_CERT_FILE"), of_process("SSL_CERT_DIR")) == (None, None)
    (tmp_path / ".env").write_text(f"SSL_CERT_FILE={CERTIFICATE}\n")
    read(monkeypatch)
    assert of_process("SSL_CERT_FILE") == str(CERTIFICATE)
    (tmp_path / ".env").write_text(f"SSL_CERT_FILE={tmp_path}/missing.pem\n")
    with pytest.raises(WrongSettings, match="SSL_CERT_FILE"):
        read_settings()
