"""The proxies that the environment names, and which of them leads to an address. Pure.

The variables mean what they mean to curl: `https_proxy`, `http_proxy` and `all_proxy` in either case, the lower case
first, and `no_proxy` with its exceptions. Unlike with curl this machine itself is never reached through a proxy.
"""

import ipaddress
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from bot.network.addresses import is_possible_host

_SCHEMES = ("https", "http")
_SAME_AS = {"wss": "https", "ws": "http"}
_DEFAULT_PORTS = {"https": 443, "http": 80}
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+:[0-9a-f:.]+")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class UnusableProxy(Exception):
    """A proxy that the bot can't use: which variable names it, and what is wrong with it. Never its value."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable} is wrong: {problem}")
        self.variable = variable
        self.problem = problem


@dataclass(frozen=True)
class Proxy:
    """A proxy: its scheme, host and port as a URL, and the user name and password it wants, if any."""

    url: str
    credentials: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that authenticate a request to the proxy."""
        if self.credentials is None:
            return {}
        return {"Proxy-Authorization": f"Basic {b64encode(':'.join(self.credentials).encode()).decode()}"}


@dataclass(frozen=True)
class Exemption:
    """An entry of `no_proxy`: a domain with its subdomains or a network, on one port or on any."""

    domain: str | None = None
    network: Network | None = None
    port: int | None = None

    def covers(self, host: str, port: int) -> bool:
        if self.port not in (None, port):
            return False
        address = _address(host)
        if address is not None:
            return self.network is not None and address in self.network
        return self.domain is not None and (host == self.domain or host.endswith(f".{self.domain}"))


@dataclass(frozen=True)
class Proxies:
    """A proxy for each scheme that has one, and the addresses that are reached directly all the same."""

    by_scheme: Mapping[str, Proxy] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()

    def leading_to(self, scheme: str, host: str, port: int | None = None) -> Proxy | None:
        """The proxy through which to reach an address; None to reach it directly."""
        scheme = _SAME_AS.get(scheme, scheme)
        proxy = self.by_scheme.get(scheme)
        if proxy is None:
            return None
        host, port = host.strip("[]").rstrip(".").lower(), port or _DEFAULT_PORTS[scheme]
        if _is_this_machine(host) or any(each.covers(host, port) for each in self.exemptions):
            return None
        return proxy


DIRECT = Proxies()


def read_proxies(environment: Mapping[str, str | None]) -> Proxies:
    """The proxies that the environment names. Raises UnusableProxy."""
    direct = re.split(r"[\s,]+", _first(environment, "no_proxy")[1])
    if "*" in direct:
        return DIRECT
    named = {scheme: _first(environment, f"{scheme}_proxy", "all_proxy") for scheme in _SCHEMES}
    used = {scheme: (variable, value) for scheme, (variable, value) in named.items() if value}
    return Proxies(
        {scheme: _parsed(variable, value) for scheme, (variable, value) in used.items()},
        tuple(found for entry in direct if (found := _exemption(entry)) is not None),
    )


def _first(environment: Mapping[str, str | None], *names: str) -> tuple[str, str]:
    """The first variable that isn't empty, and its value; two empty texts if there is none."""
    spellings = (spelling for name in names for spelling in (name, name.upper()))
    found = ((each, value.strip()) for each in spellings if (value := environment.get(each)) and value.strip())
    return next(found, ("", ""))


def _parsed(variable: str, value: str) -> Proxy:
    scheme, separator, _ = value.partition("://")
    if not separator or scheme.lower() not in _SCHEMES:
        socks = "; a SOCKS proxy can't be used" if scheme.lower().startswith("socks") else ""
        raise UnusableProxy(variable, f"it must start with http:// or https://{socks}")
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    is_bare = bool(host) and parts.path in ("", "/") and not parts.query and not parts.fragment
    if not is_bare or re.search(r"[\s\x00-\x1f\x7f\\\ud800-\udfff]", value) or not _is_host(host) or port == 0:
        raise UnusableProxy(
            variable,
            "it must be a URL such as http://proxy.example.com:3128; special characters in its user name or password "
            "must be percent-encoded",
        )
    address = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme}://{address}:{port or _DEFAULT_PORTS[parts.scheme]}"
    if parts.username is None:
        return Proxy(url)
    return Proxy(url, (unquote(parts.username), unquote(parts.password or "")))


def _is_host(host: str) -> bool:
    return _HOST.fullmatch(host) is not None and is_possible_host(host)


def _exemption(entry: str) -> Exemption | None:
    """An entry of `no_proxy`; None if it is malformed, which curl ignores, too."""
    entry = entry.lower()
    if (network := _network(entry)) is not None:
        return Exemption(network=network)
    host, _, port = entry.rpartition(":")
    if not host:
        host, port = port, ""
    if port and not (port.isascii() and port.isdecimal()):
        return None
    number = int(port) if port else None
    if (network := _network(host)) is not None:
        return Exemption(network=network, port=number)
    domain = host.removeprefix("*").strip(".")
    return Exemption(domain=domain, port=number) if domain and "/" not in domain else None


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text.removeprefix("[").removesuffix("]"), strict=False)
    except ValueError:
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_this_machine(host: str) -> bool:
    address = _address(host)
    return address.is_loopback if address is not None else host == "localhost"
