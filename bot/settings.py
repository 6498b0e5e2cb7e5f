"""Every setting, once: name, type, default, meaning. Read from the environment or a file `.env`."""

from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.store.database import UnusableURL, url_of


class WrongSettings(Exception):
    """One or more settings are missing or wrong. Its text names each variable and what is wrong, never a value."""


def _database_url(value: SecretStr) -> SecretStr:
    try:
        url_of(value.get_secret_value())
    except UnusableURL as error:
        raise ValueError(str(error)) from None
    return value


def _http_url(value: str) -> str:
    """An address that a password may be sent to: https, or a loopback address for a stand-in."""
    try:
        parts = urlsplit(value.strip())
        host = parts.hostname or ""
        _ = parts.port  # raises for one that is no port
    except ValueError:
        raise ValueError("it is no URL") from None
    if len(value.split()) > 1 or "\\" in value:
        raise ValueError("it is no URL")
    if parts.username is not None:
        raise ValueError("it may hold no user name and no password")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("it must be a URL that starts with https://")
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("it must start with https://, since a password or token is sent there")
    return value.strip()


def _host_url(value: str) -> str:
    """Scheme and host alone: people paste the address of the log-in page with its path."""
    parts = urlsplit(_http_url(value))
    return f"{parts.scheme}://{parts.netloc}"


def _api_url(value: str) -> str:
    if not _http_url(value).endswith("/api/"):
        raise ValueError("it must end with /api/")
    return value.strip()


def _filled(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("it is empty")
    return SecretStr(value.get_secret_value().strip())


# The log-in host of each point of delivery (POD), as the documentation lists them. The list grows without us, so an
# address may always be given instead.
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
            f"no such region is known, but {', '.join(_REGIONS)}; set INFORMATICA_LOGIN_URL instead, "
            "which takes the address of any log-in page"
        )
    return region


S = TypeVar("S", bound=BaseSettings)
Secret = Annotated[SecretStr, AfterValidator(_filled)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
HostURL = Annotated[str, AfterValidator(_host_url)]
Region = Annotated[str, AfterValidator(_region)]


class StoreSettings(BaseSettings):
    """What `migrate` needs."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = SecretStr("sqlite:///jobwatch.db")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] | None = None  # None: text on a terminal, else json


class Settings(StoreSettings):
    """What a running bot needs."""

    slack_bot_token: Secret
    slack_app_token: Secret | None = None  # present: Socket Mode
    slack_signing_secret: Annotated[Secret | None, Field(validate_default=True)] = None  # required without it
    slack_api_url: Annotated[str, AfterValidator(_api_url)] = "https://slack.com/api/"

    informatica_region: Region | None = None  # stands for a login URL
    informatica_login_url: Annotated[HostURL, Field(validate_default=True)] = ""  # the region's, if that is set
    informatica_username: Text
    informatica_password: Secret
    informatica_server_uri: HostURL | None = None  # None: derived from the log-in

    poll_interval: Annotated[float, Field(ge=0.1, le=86_400, allow_inf_nan=False)] = 30.0  # seconds
    poll_concurrency: Annotated[int, Field(ge=1, le=200)] = 20  # looks at a time
    history_days: Annotated[int, Field(ge=1, le=3_650)] = 90  # how long changes are remembered
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None  # None: 3000, and no port for `worker`

    @field_validator("slack_signing_secret")
    @classmethod
    def _given_for_http(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # An app token that is wrong stands in no `info.data`: it is complained of by itself.
        if value is None and "slack_app_token" in info.data and info.data["slack_app_token"] is None:
            raise PydanticCustomError(
                "missing_for_http",
                "it is on the app's page “Basic Information” (or set SLACK_APP_TOKEN for Socket Mode)",
            )
        return value

    @field_validator("informatica_login_url", mode="before")
    @classmethod
    def _given_or_of_the_region(cls, value: object, info: ValidationInfo) -> object:
        if "informatica_region" not in info.data:
            return value or next(iter(_REGIONS.values()))  # a region that is wrong is complained of by itself
        region = info.data["informatica_region"]
        if region and value:
            raise ValueError("INFORMATICA_REGION is set too; set one of them")
        if not region and not value:
            raise PydanticCustomError(
                "missing_without_region",
                "it is the log-in page's address (or set INFORMATICA_REGION, such as usw1)",
            )
        return value or _REGIONS[region]

    @property
    def secrets(self) -> list[str]:
        """Every value that may stand in no log."""
        given = (self.slack_bot_token, self.slack_signing_secret, self.slack_app_token, self.informatica_password)
        return [secret.get_secret_value() for secret in given if secret is not None]


def read_settings() -> Settings:
    """The settings of a running bot. Raises `WrongSettings`."""
    return _read(Settings)


def read_store_settings() -> StoreSettings:
    """The settings of `migrate`. Raises `WrongSettings`."""
    return _read(StoreSettings)


def _read(kind: type[S]) -> S:
    try:
        return kind()
    except ValidationError as error:
        raise WrongSettings(
            "; ".join(_fault(fault["loc"], fault["type"], fault["msg"]) for fault in error.errors())
        ) from None
    except UnicodeDecodeError:
        raise WrongSettings("the file .env is wrong: it is no text in UTF-8") from None


def _fault(where: tuple[int | str, ...], kind: str, text: str) -> str:
    name = str(where[0]).upper() if where else "the settings"
    if kind == "missing":
        return f"{name} is missing"
    if kind.startswith("missing_"):
        return f"{name} is missing: {text}"
    return f"{name} is wrong: {text.removeprefix('Value error, ')}"
