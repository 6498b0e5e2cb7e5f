"""HTTP sessions: each address is reached through its proxy, and trusted as this machine trusts it."""

from typing import Any

import aiohttp

from bot.network.proxies import Proxies
from bot.network.trust_store import trust_store


def open_session(
    proxies: Proxies,
    *middlewares: aiohttp.ClientMiddlewareType,
    limit: int = 100,
    keepalive: float = 15.0,
    **options: Any,
) -> aiohttp.ClientSession:
    """A session of at most `limit` connections, each kept for `keepalive` idle seconds; `options` are aiohttp's.

    It doesn't read the environment by itself (`trust_env`): aiohttp would take passwords from `~/.netrc`, in place of
    the bot's tokens and towards response URLs. It expands no compressed body: a small one can become a huge one.
    """

    async def through_proxy(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        url = request.url
        if (proxy := proxies.leading_to(url.scheme, url.raw_host or "", url.port)) is not None:
            request.update_proxy(type(url)(proxy.url), None, proxy.headers)
            if not request.is_ssl():  # no tunnel: the proxy reads the request itself
                request.headers.update(proxy.headers)
        return await send(request)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trust_store(), limit=limit, keepalive_timeout=keepalive),
        auto_decompress=False,
        # Without a proxy there is nothing to look up at each request.
        middlewares=(*middlewares, through_proxy) if proxies.by_scheme else middlewares,
        **options,
    )
