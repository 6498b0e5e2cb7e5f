"""Settings: defaults, what is accepted, and how wrong ones are reported."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import Settings, WrongSettings, read_settings, read_store_settings

ROOT = Path(__file__).parent.parent
MARK = "SECRET-MARK"
GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "signing",
    "INFORMATICA_LOGIN_URL": "https://dm-us.informaticacloud.com",
    "INFORMATICA_USERNAME": "bot@example.com",
    "INFORMATICA_PASSWORD": "hunter22",
}
REQUIRED = sorted(set(GOOD) - {"SLACK_SIGNING_SECRET", "INFORMATICA_LOGIN_URL"})


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in (GOOD | variables).items():
        monkeypatch.setenv(name, value)
    return read_settings()


def test_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """With only the required settings, the others have their documented defaults."""
    settings = read(monkeypatch)
    assert settings.database_url.get_secret_value() == "sqlite:///jobwatch.db"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert (settings.poll_interval, settings.port) == (30.0, None)
    assert (settings.log_level, settings.log_format) == ("INFO", None)
    assert (settings.slack_app_token, settings.informatica_server_uri) == (None, None)


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, how: str) -> None:
    """A required setting that is missing or empty is named."""
    for other, value in GOOD.items():
        monkeypatch.setenv(other, value)
    if how == "missing":
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, "")
    with pytest.raises(WrongSettings) as wrong:
        read_settings()
    assert str(wrong.value) == f"{name} is missing"


_WRONG = {
    "a blank token": ("SLACK_BOT_TOKEN", "   "),
    "a person's token": ("SLACK_BOT_TOKEN", f"xoxp-{MARK}"),
    "the app's token as the bot's": ("SLACK_BOT_TOKEN", f"xapp-{MARK}"),
    "the bot's token as the app's": ("SLACK_APP_TOKEN", f"xoxb-{MARK}"),
    "two tokens": ("SLACK_BOT_TOKEN", f"xoxb-{MARK}\nxoxb-{MARK}"),
    "a token with a word beside it": ("SLACK_APP_TOKEN", f"xapp-{MARK} # {MARK}"),
    "a secret that Slack doesn't make": ("SLACK_SIGNING_SECRET", f"{MARK}é"),
    "bytes that are no text": ("INFORMATICA_PASSWORD", f"{MARK}\udcff"),
    "an address that is no text": ("INFORMATICA_LOGIN_URL", f"https://{MARK}\udcff.test"),
    "a blank password": ("INFORMATICA_PASSWORD", "   "),
    "a blank user name": ("INFORMATICA_USERNAME", "  "),
    "not a URL": ("INFORMATICA_LOGIN_URL", MARK),
    "a password in a URL": ("INFORMATICA_LOGIN_URL", f"https://bot:{MARK}@x.test"),
    "a space in a host": ("INFORMATICA_LOGIN_URL", f"https://{MARK} x.test"),
    "a backslash in a host": ("INFORMATICA_LOGIN_URL", f"https://x.test\\.{MARK}"),
    "another scheme": ("INFORMATICA_LOGIN_URL", f"ftp://{MARK}"),
    "no host": ("INFORMATICA_LOGIN_URL", "https://"),
    "a broken address": ("INFORMATICA_LOGIN_URL", f"https://[{MARK}"),
    "a host with two dots in a row": ("INFORMATICA_LOGIN_URL", f"https://{MARK}..x.test"),
    "a host with a label of great length": ("SLACK_API_URL", f"https://{MARK * 6}.x.test/api/"),
    "a host in a broken code": ("INFORMATICA_SERVER_URI", f"https://xn--a.{MARK}.test"),
    "a broken port": ("INFORMATICA_LOGIN_URL", f"https://host:{MARK}"),
    "a URL's port too high": ("INFORMATICA_LOGIN_URL", "https://host:65536"),
    "a login over http": ("INFORMATICA_LOGIN_URL", f"http://{MARK}.example"),
    "a host that only starts like localhost": ("INFORMATICA_LOGIN_URL", "http://localhost.evil.example"),
    "localhost as a user name": ("INFORMATICA_LOGIN_URL", "http://localhost@evil.example"),
    "a server over http": ("INFORMATICA_SERVER_URI", f"http://{MARK}.example"),
    "an API over http": ("SLACK_API_URL", f"http://{MARK}.example/api/"),
    "an API with its path in a query": ("SLACK_API_URL", f"https://x.test/api?{MARK}=/api/"),
    "an API with its path in a fragment": ("SLACK_API_URL", f"https://x.test/#{MARK}/api/"),
    "an address with port zero": ("INFORMATICA_LOGIN_URL", f"https://{MARK}.test:0"),
    "an API without its path": ("SLACK_API_URL", f"https://{MARK}.example/"),
    "a job's page without its ID": ("INFORMATICA_JOB_URL", f"https://{MARK}.example/jobs"),
    "a job's page with another placeholder": ("INFORMATICA_JOB_URL", f"https://{MARK}.example/{{dataflow}}/{{name}}"),
    "a job's page with a lone brace": ("INFORMATICA_JOB_URL", f"https://{MARK}.example/{{dataflow}}/}}"),
    "a job's page at a host with an ID": ("INFORMATICA_JOB_URL", f"https://{{dataflow}}.{MARK}.example/"),
    "a job's page without a scheme": ("INFORMATICA_JOB_URL", f"{MARK}.example/{{dataflow}}"),
    "a job's page as a script": ("INFORMATICA_JOB_URL", f"javascript:{MARK}//x/{{dataflow}}"),
    "a job's page with a password": ("INFORMATICA_JOB_URL", f"https://bot:{MARK}@x.test/{{dataflow}}"),
    "a job's page with a space": ("INFORMATICA_JOB_URL", f"https://x.test/{MARK} {{dataflow}}"),
    "a job's page with a broken port": ("INFORMATICA_JOB_URL", f"https://x.test:{MARK}/{{dataflow}}"),
    "a job's page of great length": ("INFORMATICA_JOB_URL", f"https://x.test/{MARK * 100}/{{dataflow}}"),
    "another database": ("DATABASE_URL", f"mysql://root:{MARK}@host/db"),
    "not a database URL": ("DATABASE_URL", MARK),
    "a database's broken port": ("DATABASE_URL", f"postgresql://u:{MARK}@host:port/db"),
    "letters for a port": ("PORT", MARK),
    "port zero": ("PORT", "0"),
    "a negative port": ("PORT", "-1"),
    "a port too high": ("PORT", "65536"),
    "a fraction of a port": ("PORT", "3000.5"),
    "letters for an interval": ("POLL_INTERVAL", MARK),
    "no number for an interval": ("POLL_INTERVAL", "nan"),
    "an endless interval": ("POLL_INTERVAL", "inf"),
    "an interval of zero": ("POLL_INTERVAL", "0"),
    "a negative interval": ("POLL_INTERVAL", "-1"),
    "an interval that floods the service": ("POLL_INTERVAL", "0.09"),
    "an interval of weeks": ("POLL_INTERVAL", "1e9"),
    "an unknown level": ("LOG_LEVEL", MARK),
    "an unknown format": ("LOG_FORMAT", MARK),
}


@pytest.mark.parametrize(("name", "value"), _WRONG.values(), ids=_WRONG.keys())
def test_a_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """One line names the variable and what is wrong with it, but not its value, which may be a secret."""
    with pytest.raises(WrongSettings) as wrong:
        read(monkeypatch, **{name: value})
    text = str(wrong.value)
    assert text.startswith(f"{name} is wrong: ")
    assert "\n" not in text
    assert MARK not in text
    assert wrong.value.__cause__ is None
    assert wrong.value.__suppress_context__


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All wrong settings can be corrected in one go."""
    with pytest.raises(WrongSettings) as wrong:
        read(monkeypatch, PORT="x", POLL_INTERVAL="y", LOG_LEVEL="z")
    assert all(name in str(wrong.value) for name in ("PORT", "POLL_INTERVAL", "LOG_LEVEL"))


@pytest.mark.parametrize(
    ("name", "value", "field", "meant"),
    [
        ("INFORMATICA_LOGIN_URL", " https://dm-us.example/identity-service/home ", "informatica_login_url", "https://dm-us.example"),
        ("INFORMATICA_LOGIN_URL", "http://127.0.0.1:8080", "informatica_login_url", "http://127.0.0.1:8080"),
        ("INFORMATICA_LOGIN_URL", "http://localhost:8080/", "informatica_login_url", "http://localhost:8080"),
        ("INFORMATICA_LOGIN_URL", "http://[::1]:8080", "informatica_login_url", "http://[::1]:8080"),
        ("INFORMATICA_SERVER_URI", "https://usw1.example:444/x", "informatica_server_uri", "https://usw1.example:444"),
        ("INFORMATICA_JOB_URL", " https://x.test/{dataflow}?run={run} ", "informatica_job_url", "https://x.test/{dataflow}?run={run}"),
        ("INFORMATICA_JOB_URL", "http://intranet/{dataflow}", "informatica_job_url", "http://intranet/{dataflow}"),
        ("INFORMATICA_JOB_URL", "", "informatica_job_url", None),
        ("SLACK_API_URL", "http://127.0.0.1:1/api/", "slack_api_url", "http://127.0.0.1:1/api/"),
        ("POLL_INTERVAL", "0.1", "poll_interval", 0.1),
        ("POLL_INTERVAL", "86400", "poll_interval", 86_400.0),
        ("PORT", "1", "port", 1),
        ("PORT", "65535", "port", 65_535),
        ("PORT", "", "port", None),
        ("LOG_FORMAT", "json", "log_format", "json"),
        ("LOG_FORMAT", "Text", "log_format", "text"),
        ("LOG_LEVEL", "info", "log_level", "INFO"),
        ("LOG_LEVEL", " Warning ", "log_level", "WARNING"),
        ("INFORMATICA_USERNAME", '"bot@example.com"', "informatica_username", "bot@example.com"),
        ("INFORMATICA_USERNAME", '"', "informatica_username", '"'),
        ("INFORMATICA_LOGIN_URL", "'https://dm-us.example'", "informatica_login_url", "https://dm-us.example"),
        ("PORT", '"3000"', "port", 3000),
        ("PORT", '""', "port", None),
        ("POLL_INTERVAL", " '5' ", "poll_interval", 5.0),
    ],
)  # fmt: skip
def test_accepted_values(monkeypatch: pytest.MonkeyPatch, name: str, value: str, field: str, meant: object) -> None:
    """URLs may be pasted with a path and spaces; each number may be as small and as large as documented."""
    assert getattr(read(monkeypatch, **{name: value}), field) == meant


def test_a_secret_is_stripped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A newline pasted with a token doesn't make it wrong."""
    assert read(monkeypatch, SLACK_BOT_TOKEN=" xoxb-1\n").slack_bot_token.get_secret_value() == "xoxb-1"


def test_quotes_around_a_secret_are_not_part_of_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`docker --env-file` passes on the quotes of a line, and a web page may have made typographic ones of them; with
    them every request of Slack's would be refused. Quotes inside a value stay, also in `.env`, whose reader takes off
    the outer ones."""
    taken_off = ('"signing"', "'signing'", "“signing”", " ‘signing’ ")
    for quoted, meant in (*((each, "signing") for each in taken_off), ("a\"b'", "a\"b'"), ("'a\"", "'a\"")):
        found = read(monkeypatch, SLACK_SIGNING_SECRET=quoted).slack_signing_secret
        assert found is not None
        assert found.get_secret_value() == meant
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("SLACK_SIGNING_SECRET='\"signing\"'")
    found = read_settings().slack_signing_secret
    assert found is not None
    assert found.get_secret_value() == '"signing"'


def test_a_placeholder_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`.env.example` as it is starts no bot: each value to fill in is named."""
    monkeypatch.chdir(tmp_path)
    example = (ROOT / ".env.example").read_text()
    (tmp_path / ".env").write_text(example.replace("#SLACK_APP_TOKEN", "SLACK_APP_TOKEN"))
    with pytest.raises(WrongSettings) as wrong:
        read_settings()
    named = {fault.split(" is wrong: it is still a placeholder")[0] for fault in str(wrong.value).split("; ")}
    to_fill_in = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN")
    assert named == {*to_fill_in, "INFORMATICA_USERNAME", "INFORMATICA_PASSWORD"}
    for value in ("…", "...", '"xoxb-…"', "“xoxb-…”", "xoxb-..."):
        with pytest.raises(WrongSettings, match=r"^SLACK_BOT_TOKEN is wrong: it is still a placeholder"):
            read(monkeypatch, SLACK_BOT_TOKEN=value)
    with pytest.raises(WrongSettings, match=r"^DATABASE_URL is wrong: it is still a placeholder"):
        read(monkeypatch, SLACK_BOT_TOKEN="xoxb-1", DATABASE_URL="postgresql://…")


def test_http_needs_the_signing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the signing secret, requests can't be verified, so the bot doesn't start. Socket Mode needs none."""
    with pytest.raises(WrongSettings, match=r"^SLACK_SIGNING_SECRET is missing"):
        read(monkeypatch, SLACK_SIGNING_SECRET="")
    settings = read(monkeypatch, SLACK_SIGNING_SECRET="", SLACK_APP_TOKEN="xapp-1")
    assert settings.slack_signing_secret is None


def test_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`.env` is read, variables of other programs in it are ignored, and the environment overrides it."""
    lines = [f"{name}={value}" for name, value in GOOD.items()]
    lines += ["COMPOSE_PROJECT_NAME=x", "# a comment", "", "PORT=4000", "LOG_LEVEL=DEBUG"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("\n".join(lines))
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    settings = read_settings()
    assert settings.slack_bot_token.get_secret_value() == "xoxb-1"
    assert (settings.port, settings.log_level) == (4000, "ERROR")


def test_migrate_needs_only_the_database() -> None:
    """`migrate` runs without the settings of Slack and Informatica."""
    assert read_store_settings().database_url.get_secret_value() == "sqlite:///jobwatch.db"


def test_printed_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that are printed or logged show no secret."""
    settings = read(
        monkeypatch,
        SLACK_BOT_TOKEN=f"xoxb-{MARK}",
        SLACK_SIGNING_SECRET=MARK,
        SLACK_APP_TOKEN=f"xapp-{MARK}",
        INFORMATICA_PASSWORD=MARK,
        DATABASE_URL=f"postgresql://u:{MARK}@h/d",
    )
    assert MARK not in f"{settings!r} {settings} {settings.model_dump()}"
    assert {f"xoxb-{MARK}", MARK, f"xapp-{MARK}"} <= set(settings.secrets)


def test_passwords_of_the_database_and_of_proxies_are_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are redacted in logs as the others are, in both spellings, also by `migrate`, and even if the proxy can't
    be used."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:d%61ta%40@h/d")
    monkeypatch.setenv("HTTPS_PROXY", "http://u:pro%40xy@h:1")
    monkeypatch.setenv("ALL_PROXY", "u:no-scheme@h:port")
    monkeypatch.setenv("http_proxy", "http://no-password@h:1")
    secrets = set(read_store_settings().secrets)
    assert secrets == {"d%61ta%40", "data%40", "data@", "pro%40xy", "pro@xy", "no-scheme"}
    assert secrets <= set(read(monkeypatch, DATABASE_URL="postgresql://u:d%61ta%40@h/d").secrets)


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1))
def test_no_value_of_a_number_is_shown(value: str) -> None:
    """Any value of a number is either in its range or refused without being shown."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("POLL_INTERVAL", "PORT"):
            refused = ""
            try:
                settings = read(patch, **{name: value})
            except WrongSettings as wrong:
                refused = str(wrong)
            else:
                assert 0.1 <= settings.poll_interval <= 86_400
                assert settings.port is None or 1 <= settings.port <= 65_535
            assert not refused or refused.startswith(f"{name} is wrong: ")
            assert len(value) < 5 or value not in refused
            patch.delenv(name)


def test_a_missing_signing_secret_hides_no_other_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported together with every other fault, but not if Socket Mode was meant."""
    with pytest.raises(WrongSettings) as wrong:
        read(monkeypatch, SLACK_SIGNING_SECRET="", INFORMATICA_PASSWORD="", PORT="0")
    named = [fault.split(" is ")[0] for fault in str(wrong.value).split("; ")]
    assert named == ["SLACK_SIGNING_SECRET", "INFORMATICA_PASSWORD", "PORT"]
    with pytest.raises(WrongSettings) as wrong:
        read(monkeypatch, SLACK_SIGNING_SECRET="", SLACK_APP_TOKEN=" ", INFORMATICA_PASSWORD="x", PORT="1")
    assert str(wrong.value) == "SLACK_APP_TOKEN is wrong: it is empty"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (f"INFORMATICA_PASSWORD={MARK}".encode("utf-16"), "it isn't UTF-8 text"),
        (
            f'PORT=4000\nDATABASE_URL="postgresql://u:{MARK}@h/d\n'.encode(),
            "line 2 can't be read; is a quote not closed?",
        ),
        (f"INFORMATICA_PASSWORD='{MARK}'s'\n".encode(), "line 1 can't be read; is a quote not closed?"),
    ],
)
def test_an_env_file_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, why: str
) -> None:
    """A file `.env` in another encoding, or with a line that its reader would leave out, is refused in one line that
    shows nothing of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(WrongSettings) as wrong:
        read(monkeypatch)
    assert str(wrong.value) == f"the file .env is wrong: {why}"
    with pytest.raises(WrongSettings):
        read_store_settings()


def test_an_env_file_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One that this user may not read, say, is refused with the system's words; here it is one that nobody can read. A
    folder of that name, such as a virtual environment, is none."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").symlink_to("/proc/self/mem")
    with pytest.raises(WrongSettings, match=r"^the file \.env is wrong: it can't be read \(Input/output error\)$"):
        read(monkeypatch)
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").mkdir()
    assert read(monkeypatch).slack_bot_token.get_secret_value() == "xoxb-1"


def test_a_wrong_number_or_word_is_said_in_plain_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is expected of a number or a word is said as elsewhere, not in the words of a library."""
    for name, value, expected in (
        ("PORT", "x", "it must be a whole number"),
        ("PORT", "3000.5", "it must be a whole number"),
        ("PORT", "65536", "it must be at most 65,535"),
        ("POLL_INTERVAL", "30s", "it must be a number"),
        ("POLL_INTERVAL", "0", "it must be at least 0.1"),
        ("INFORMATICA_USERNAME", " ", "it is empty"),
        ("LOG_LEVEL", "loud", "it must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ):
        with monkeypatch.context() as patch, pytest.raises(WrongSettings) as wrong:
            read(patch, **{name: value})
        assert str(wrong.value) == f"{name} is wrong: {expected}"
