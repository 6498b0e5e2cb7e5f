"""Every setting, once: name, type, default, meaning. Read from the environment or a file `.env`."""

import os
import re
import ssl
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote

from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bot.network.addresses import api_url, host_url, job_url
from bot.network.proxies import Proxies, UnusableProxy, read_proxies
from bot.store.database import UnusableURL, passwords_in, url_of


class WrongSettings(Exception):
    """Settings are missing or wrong. The text names each variable and what is wrong with it, never its value."""


def _database_url(value: SecretStr) -> SecretStr:
    try:
        url_of(value.get_secret_value())
    except UnusableURL as error:
        raise ValueError(str(error)) from None
    return value


def _filled(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("it is empty")
    return SecretStr(value.get_secret_value().strip())


def _one_word(value: SecretStr) -> SecretStr:
    """What Slack hands out. Two of them in two lines, say, can't be sent and would fit no signature."""
    if not re.fullmatch("[!-~]+", value.get_secret_value()):
        raise ValueError("it must be one word of ASCII characters, as the app's page shows it")
    return value


def _bot_token(value: SecretStr) -> SecretStr:
    return _beginning_with("xoxb-", value)


def _app_token(value: SecretStr) -> SecretStr:
    return _beginning_with("xapp-", value)


def _beginning_with(prefix: str, value: SecretStr) -> SecretStr:
    """Tokens are mixed up easily; with a person's, which Slack accepts, the bot would act as that person."""
    if not value.get_secret_value().startswith(prefix):
        raise ValueError(f"it must start with {prefix}")
    return value


# The login host of each point of delivery (POD), from the documentation. New ones appear, so a login URL is accepted
# instead of a region.
_LOGIN_HOSTS = {
    "dm-us": "USW1 USE2 USW3 USE4 USW5 USE6",
    "dm1-us": "USW1-1 USW3-1",
    "dm2-us": "USW1-2",
    "dm-na": "CAC1",
    "dm-ap": "APSE1",
    "dm1-apse": "APSE2",
    "dm1-ap": "APNE1",
    "dm-apne": "APNE2",
    "dm1-apau": "APAUC1",
    "dm-em": "EMW1",
    "dm1-em": "EMC1",
    "dm-uk": "UK1",
}
_REGIONS = {
    pod.lower(): f"https://{host}.informaticacloud.com" for host, pods in _LOGIN_HOSTS.items() for pod in pods.split()
}


def _region(value: str) -> str:
    region = value.strip().lower()
    if region not in _REGIONS:
        raise ValueError(
            f"it must be one of {', '.join(_REGIONS)}; for any other, set INFORMATICA_LOGIN_URL to the address of its "
            "login page instead"
        )
    return region


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class _Environment(EnvSettingsSource):
    """The environment, without the quotes that `docker --env-file` keeps around a value. `.env` loses its own."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        value, key, is_complex = super().get_field_value(field, field_name)
        return _unquoted(value) if isinstance(value, str) else value, key, is_complex


def _unquoted(value: str) -> str | None:
    """The value without matching quotes around it; None if nothing is left."""
    quoted = re.fullmatch(r"""\s*(["'])(.*)\1\s*""", value, re.DOTALL)
    return quoted[2] or None if quoted else value


# What `.env.example` and the README have where a value belongs, also as typed without the character "…".
_PLACEHOLDER = re.compile(r"\s*(xox[a-z]-|xapp-|[a-z]+://)?(…|\.\.\.)\s*")
# A page that a value is copied from may have made these of its quotes. No reader of `.env` takes them off.
_TYPOGRAPHIC_QUOTES = re.compile(r"\s*(?:“(.*)”|‘(.*)’)\s*", re.DOTALL)

DEFAULT_PORT = 3000  # of `run` and `web`

S = TypeVar("S", bound=BaseSettings)
Secret = Annotated[SecretStr, AfterValidator(_filled)]
SlackSecret = Annotated[Secret, AfterValidator(_one_word)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
HostURL = Annotated[str, AfterValidator(host_url)]
Region = Annotated[str, AfterValidator(_region)]


class _Variables(BaseSettings):
    """Whatever is read from the environment or from `.env`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return _Environment(settings_cls), dotenv_settings


class _ProxyVariables(_Variables):
    """What other programs call their proxies, in both cases: whoever sets both means the lower one for curl."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, case_sensitive=True)

    https_proxy: str | None = None
    HTTPS_PROXY: str | None = None
    http_proxy: str | None = None
    HTTP_PROXY: str | None = None
    all_proxy: str | None = None
    ALL_PROXY: str | None = None
    no_proxy: str | None = None
    NO_PROXY: str | None = None

    @classmethod
    def values(cls) -> list[str]:
        """Those that are set."""
        return [value for value in _read(cls).model_dump().values() if value]


def _named_proxies() -> Proxies:
    try:
        return read_proxies(_read(_ProxyVariables).model_dump())
    except UnusableProxy as wrong:
        raise WrongSettings(str(wrong)) from None


def _certificates(file: str) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError:  # what OpenSSL raises is one, too
        raise ValueError("no certificates can be read from that file") from None
    return file


def _folders(folders: str) -> str:
    if not all(Path(folder).is_dir() for folder in folders.split(os.pathsep)):
        raise ValueError("there is no such folder")
    return folders


def _key_log(file: str) -> str:
    try:
        Path(file).open("a").close()
    except OSError:
        raise ValueError("that file can't be written") from None
    return file


class _TrustVariables(BaseSettings):
    """What OpenSSL and Python's `ssl` read from the environment by themselves. They ignore a wrong trust store without
    a word, and take an empty one for a store without certificates."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, case_sensitive=True, hide_input_in_errors=True
    )

    SSL_CERT_FILE: Annotated[str, AfterValidator(_certificates)] | None = None
    SSL_CERT_DIR: Annotated[str, AfterValidator(_folders)] | None = None
    SSLKEYLOGFILE: Annotated[str, AfterValidator(_key_log)] | None = None

    def put_into_environment(self) -> None:
        """Let them find what the file `.env` names, and nothing where nothing is named."""
        for name, value in self.model_dump().items():
            if value:
                os.putenv(name, value)
            else:
                os.unsetenv(name)


class StoreSettings(_Variables):
    """The settings of `migrate`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = SecretStr("sqlite:///jobwatch.db")
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = "INFO"
    # None: text on a terminal, otherwise json
    log_format: Annotated[Literal["text", "json"] | None, BeforeValidator(_lower)] = None

    @property
    def secrets(self) -> list[str]:
        """The values that must not appear in a log: the passwords of the database and of proxies."""
        url = self.database_url.get_secret_value()
        as_typed = [password for each in (url, *_ProxyVariables.values()) for password in _passwords_as_typed(each)]
        return [*passwords_in(url_of(url)), *as_typed]

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_placeholder(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if any("\ud800" <= character <= "\udfff" for character in value):  # bytes that Python couldn't decode
            raise ValueError("it isn't UTF-8 text")
        quoted = _TYPOGRAPHIC_QUOTES.fullmatch(value)
        value = (quoted[1] or quoted[2] or "") if quoted else value
        if _PLACEHOLDER.fullmatch(value):
            raise ValueError("it is still a placeholder")
        return value


class Settings(StoreSettings):
    """The settings of a running bot."""

    slack_bot_token: Annotated[SlackSecret, AfterValidator(_bot_token)]
    slack_app_token: Annotated[SlackSecret, AfterValidator(_app_token)] | None = None  # if set: Socket Mode
    slack_signing_secret: Annotated[SlackSecret | None, Field(validate_default=True)] = None  # required for HTTP
    slack_api_url: Annotated[str, AfterValidator(api_url)] = "https://slack.com/api/"

    informatica_region: Region | None = None  # short for a login URL
    informatica_login_url: Annotated[HostURL, Field(validate_default=True)] = ""  # required without a region
    informatica_username: Text
    informatica_password: Secret
    informatica_server_uri: HostURL | None = None  # None: from the login's answer
    informatica_job_url: Annotated[str, AfterValidator(job_url)] | None = None  # None: no button that opens a job

    poll_interval: Annotated[float, Field(ge=0.1, le=86_400, allow_inf_nan=False)] = 30.0  # seconds
    poll_concurrency: Annotated[int, Field(ge=1, le=200)] = 20  # polls in flight
    history_days: Annotated[int, Field(ge=1, le=3_650)] = 90  # how long changes are kept
    host: Text | None = None  # None: all of this machine's addresses, IPv6 and IPv4
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None  # None: the default, but none for `worker`
    metrics_port: Annotated[int, Field(ge=1, le=65_535)] | None = None  # of /metrics and /readyz; None: `port`

    _proxies: Proxies = PrivateAttr(default_factory=_named_proxies)

    @field_validator("slack_signing_secret")
    @classmethod
    def _required_for_http(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A wrong app token is missing from `info.data` and has an error of its own.
        if value is None and "slack_app_token" in info.data and info.data["slack_app_token"] is None:
            raise PydanticCustomError(
                "missing_for_http",
                "copy it from the app's page “Basic Information”, or set SLACK_APP_TOKEN for Socket Mode",
            )
        return value

    @field_validator("informatica_login_url", mode="before")
    @classmethod
    def _from_region_if_missing(cls, value: object, info: ValidationInfo) -> object:
        if "informatica_region" not in info.data:
            return value or next(iter(_REGIONS.values()))  # a wrong region has an error of its own
        region = info.data["informatica_region"]
        if region and value:
            raise ValueError("INFORMATICA_REGION is set, too; set only one of them")
        if not region and not value:
            raise PydanticCustomError(
                "missing_without_region",
                "copy the login page's address, or set INFORMATICA_REGION, such as usw1",
            )
        return value or _REGIONS[region]

    @property
    def proxies(self) -> Proxies:
        """The proxies that the environment names."""
        return self._proxies

    @property
    def secrets(self) -> list[str]:
        """The values that must not appear in a log."""
        own = (self.slack_bot_token, self.slack_signing_secret, self.slack_app_token, self.informatica_password)
        return [*super().secrets, *(secret.get_secret_value() for secret in own if secret is not None)]


def _passwords_as_typed(url: str) -> list[str]:
    """The password in a URL: as it is, and as the URL spells it. By hand: what can't be parsed has one, too."""
    credentials, at, _ = url.rpartition("@")
    _, colon, password = credentials.rpartition("//")[2].partition(":")
    return [password, unquote(password)] if at and colon and password else []


def read_settings() -> Settings:
    """Read the settings of a running bot. Raises WrongSettings."""
    _check_file()
    _read(_TrustVariables).put_into_environment()
    return _read(Settings)


def read_store_settings() -> StoreSettings:
    """Read the settings of `migrate`. Raises WrongSettings."""
    _check_file()
    return _read(StoreSettings)


def _check_file() -> None:
    """Refuse a file `.env` of which a line can't be read. What reads the settings from it leaves out such lines, and
    another database than the one that is meant, say, would be used."""
    try:
        with Path(".env").open(encoding="utf-8") as file:
            wrong = next((binding.original.line for binding in parse_stream(file) if binding.error), None)
    except (FileNotFoundError, IsADirectoryError):  # some call a virtual environment so
        return
    except UnicodeDecodeError:
        raise WrongSettings("the file .env is wrong: it isn't UTF-8 text") from None
    except OSError as error:
        raise WrongSettings(f"the file .env is wrong: it can't be read ({error.strerror})") from error
    if wrong is not None:
        raise WrongSettings(f"the file .env is wrong: line {wrong} can't be read; is a quote not closed?")


def _read(kind: type[S]) -> S:
    try:
        return kind()
    except ValidationError as error:
        raise WrongSettings("; ".join(_explain(fault) for fault in error.errors())) from None


# What pydantic finds wrong, in our words.
_WORDS = {
    "string_too_short": "it is empty",
    "int_parsing": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "float_parsing": "it must be a number",
    "finite_number": "it must be a number",
    "greater_than_equal": "it must be at least {ge:,}",
    "less_than_equal": "it must be at most {le:,}",
    "literal_error": "it must be {expected}",
}


def _explain(fault: ErrorDetails) -> str:
    name = str(fault["loc"][0]).upper() if fault["loc"] else "the settings"
    if fault["type"] == "missing":
        return f"{name} is missing"
    if fault["type"].startswith("missing_"):
        return f"{name} is missing: {fault['msg']}"
    words = _WORDS.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    return f"{name} is wrong: {words.format(**fault.get('ctx', {})) if fault['type'] in _WORDS else words}"
