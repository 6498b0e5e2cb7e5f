"""Which proxy the environment names for an address."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.network.proxies import DIRECT, Proxy, UnusableProxy, read_proxies

MARK = "SECRET-MARK"
PROXY = "http://proxy.example:3128"


def through(environment: dict[str, str], scheme: str = "https", host: str = "slack.com") -> str | None:
    proxy = read_proxies(environment).leading_to(scheme, host)
    return proxy.url if proxy else None


@pytest.mark.parametrize(
    ("environment", "scheme", "expected"),
    [
        ({}, "https", None),
        ({"HTTPS_PROXY": "http://a:1"}, "https", "http://a:1"),
        ({"https_proxy": "http://a:1"}, "https", "http://a:1"),
        ({"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"}, "https", "http://a:1"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://b:1"}, "https", "http://b:1"),
        ({"HTTPS_PROXY": "http://a:1"}, "wss", "http://a:1"),
        ({"HTTPS_PROXY": "http://a:1"}, "http", None),
        ({"HTTP_PROXY": "http://a:1"}, "https", None),
        ({"HTTP_PROXY": "http://a:1"}, "http", "http://a:1"),
        ({"HTTP_PROXY": "http://a:1"}, "ws", "http://a:1"),
        ({"ALL_PROXY": "http://a:1"}, "https", "http://a:1"),
        ({"all_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"}, "https", "http://b:1"),
        ({"all_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"}, "http", "http://a:1"),
        ({"HTTPS_PROXY": "https://a"}, "https", "https://a:443"),
        ({"HTTPS_PROXY": " HTTP://A.Example/ "}, "https", "http://a.example:80"),
        ({"HTTPS_PROXY": "http://[::1]:3128"}, "https", "http://[::1]:3128"),
    ],
)
def test_which_variable_counts(environment: dict[str, str], scheme: str, expected: str | None) -> None:
    """The scheme's own variable counts before the one for all, and the lower case before the upper, as with curl."""
    assert through(environment, scheme) == expected


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "direct"),
    [
        ("slack.com", "slack.com", None, True),
        ("slack.com", "hooks.slack.com", None, True),
        (".slack.com", "hooks.slack.com", None, True),
        (".slack.com", "slack.com", None, True),
        ("*.slack.com", "hooks.slack.com", None, True),
        ("SLACK.com.", "slack.COM", None, True),
        ("slack.com", "slack.com.", None, True),
        ("slack.com", "notslack.com", None, False),
        ("slack.com", "slack.com.example", None, False),
        ("hooks.slack.com", "slack.com", None, False),
        ("a.example, slack.com", "slack.com", None, True),
        ("a.example slack.com", "slack.com", None, True),
        ("*", "slack.com", None, True),
        ("a.example,*", "slack.com", None, True),
        ("slack.com:443", "slack.com", None, True),
        ("slack.com:443", "slack.com", 8443, False),
        ("slack.com:8443", "slack.com", 8443, True),
        ("slack.com:https", "slack.com", None, False),
        ("10.0.0.0/8", "10.1.2.3", None, True),
        ("10.0.0.0/8", "11.1.2.3", None, False),
        ("10.1.2.3/8", "10.9.9.9", None, True),
        ("10.1.2.3", "10.1.2.3", None, True),
        ("10.1.2.3:8443", "10.1.2.3", 8443, True),
        ("10.1.2.3:8443", "10.1.2.3", 443, False),
        ("1.2.3", "0.1.2.3", None, False),
        ("10.0.0.0/99", "10.0.0.1", None, False),
        ("10.0.0.0/8", "example.10.0.0.0", None, False),
        ("fd00::/8", "fd00::5", None, True),
        ("[fd00::5]", "fd00::5", None, True),
        ("fd00::5", "[fd00::5]", None, True),
        ("[fd00::5]:8443", "fd00::5", 8443, True),
        ("[fd00::5]:8443", "fd00::5", 443, False),
        ("fd00::5", "fd00::6", None, False),
        ("", "slack.com", None, False),
        (" , ,", "slack.com", None, False),
        (".", "slack.com", None, False),
        ("", "localhost", None, True),
        ("", "127.0.0.1", None, True),
        ("", "127.8.9.10", None, True),
        ("", "::1", None, True),
        ("", "[::1]", None, True),
        ("", "localhost.example", None, False),
    ],
)
def test_what_is_reached_directly(no_proxy: str, host: str, port: int | None, direct: bool) -> None:
    """NO_PROXY names domains with their subdomains, addresses and networks, each with a port or without; this machine
    is always reached directly."""
    for name in ("no_proxy", "NO_PROXY"):
        proxies = read_proxies({"HTTPS_PROXY": PROXY, name: no_proxy})
        assert (proxies.leading_to("https", host, port) is None) == direct


def test_user_name_and_password() -> None:
    """They are decoded, sent as UTF-8 and shown in no repr."""
    proxies = read_proxies({"HTTPS_PROXY": "http://us%65r:p%C3%A4ss%40word@proxy.example:3128"})
    proxy = proxies.leading_to("https", "slack.com")
    assert proxy is not None
    assert proxy.url == PROXY
    assert proxy.headers == {"Proxy-Authorization": "Basic " + base64.b64encode("user:päss@word".encode()).decode()}
    assert "ss" not in repr(proxies).removeprefix("Proxies")
    assert Proxy(PROXY).headers == {}


@pytest.mark.parametrize(
    "value",
    [
        f"socks5://user:{MARK}@proxy.example:1080",
        f"socks5h://{MARK}",
        f"ftp://{MARK}",
        f"{MARK}:3128",
        f"user:{MARK}@proxy.example:3128",
        MARK,
        f"//{MARK}:3128",
        f"http:/{MARK}",
        "http://",
        f"http://user:{MARK}@",
        f"http://user:{MARK}@:3128",
        f"http://user:{MARK}@proxy.example:port",
        f"http://user:{MARK}@proxy.example:65536",
        f"http://user:{MARK}@proxy.example:0",
        f"http://user:{MARK}@proxy.example:-1",
        f"http://user:{MARK}@proxy example:1",
        f"http://user:{MARK}\n@proxy.example:1",
        f"http://user:{MARK}#1@proxy.example:1",
        f"http://user:1/{MARK}@proxy.example:1",
        f"http://proxy.example:1/{MARK}",
        f"http://proxy.example:1/?{MARK}",
        f"http://[{MARK}]:1",
        f"http://user:{MARK}\udce4@proxy.example:1",
        f"http://{MARK}ü:1",
    ],
)
def test_a_proxy_that_cannot_be_used(value: str) -> None:
    """It is refused by the name of its variable, and its value isn't shown."""
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        with pytest.raises(UnusableProxy) as caught:
            read_proxies({name: value})
        assert caught.value.variable == name
        assert str(caught.value).startswith(f"{name} is wrong: it must ")
        assert MARK not in str(caught.value) + repr(caught.value)


def test_a_proxy_for_nothing_is_not_read() -> None:
    """A variable that others stand before is as good as unset."""
    used = {"https_proxy": "http://a:1", "http_proxy": "http://a:1"}
    assert read_proxies(used | {"HTTPS_PROXY": "x", "ALL_PROXY": "socks5://x"}) == read_proxies(used)
    assert read_proxies({"NO_PROXY": "*", "HTTPS_PROXY": PROXY}) == DIRECT


_PIECES = st.sampled_from(["http://", "https://", "user", ":", "@", "[", "]", "/", "%", "#", "1", "a.example", "\x00"])


@given(st.text() | st.lists(_PIECES).map("".join), st.text() | st.lists(_PIECES).map("".join))
def test_any_value(proxy: str, no_proxy: str) -> None:
    """Any value is a proxy that can be asked for, none, or refused."""
    try:
        proxies = read_proxies({"ALL_PROXY": proxy, "NO_PROXY": no_proxy})
    except UnusableProxy:
        return
    found = proxies.leading_to("https", "slack.com")
    assert found is None or found.headers is not None
