"""The addresses that settings name: what is accepted, and as what. Each raises `ValueError` without the address."""

import re
from urllib.parse import urlsplit

_JOB_URL_LIMIT = 1_000  # characters: with long IDs in it, it must fit what Slack allows


def is_possible_host(host: str) -> bool:
    """Whether a host's name can be looked up at all. Two dots in a row, say, make resolvers raise foreign errors."""
    try:
        host.encode("idna").decode("idna")
    except UnicodeError:
        return False
    return True


def http_url(value: str) -> str:
    """A URL that a password may be sent to: https, or http on this machine for a stand-in."""
    try:
        parts = urlsplit(value.strip())
        host = parts.hostname or ""
        port = parts.port  # raises if it isn't a port
    except ValueError:
        raise ValueError("it isn't a URL") from None
    if len(value.split()) > 1 or "\\" in value or port == 0 or not is_possible_host(host):
        raise ValueError("it isn't a URL")
    if parts.username is not None:
        raise ValueError("it must not contain a user name or password")
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("it must start with https://")
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("it must start with https://, because a password or token is sent there")
    return value.strip()


def host_url(value: str) -> str:
    """Keep scheme and host only: people paste the login page's address with its path."""
    parts = urlsplit(http_url(value))
    return f"{parts.scheme}://{parts.netloc}"


def api_url(value: str) -> str:
    """The base of a Web API."""
    if not http_url(value).endswith("/api/") or re.search("[?#]", value):  # methods' names are put after it
        raise ValueError("it must end with /api/")
    return value.strip()


def job_url(value: str) -> str:
    """The address of a job's page, which people open: the bot sends nothing there."""
    address = value.strip()
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port  # raises if it isn't a port
    except ValueError:
        raise ValueError("it isn't a URL") from None
    if parts.scheme not in ("http", "https") or not host or len(address.split()) > 1:
        raise ValueError("it must be a URL that starts with https:// or http://")
    if parts.username is not None:
        raise ValueError("it must not contain a user name or password")
    if "{dataflow}" not in address or "{" in parts.netloc:
        raise ValueError("it must contain {dataflow} after the host")
    if re.search("[{}]", address.replace("{dataflow}", "").replace("{run}", "")):
        raise ValueError("it can't contain other braces than {dataflow} and {run}")
    if len(address) > _JOB_URL_LIMIT:
        raise ValueError(f"it must not be longer than {_JOB_URL_LIMIT:,} characters")
    return address
