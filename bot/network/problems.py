"""Why a request got no answer, in plain words for whoever runs the bot. The words name no address."""

import os
import socket
import ssl

import aiohttp


def why_unanswered(error: BaseException) -> str:
    """A clause that completes "the service can't be reached: …", for an error of aiohttp or of the system."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"its name, or that of the proxy to it, can't be resolved{_systems_words(error.os_error)}"
        case aiohttp.ClientProxyConnectionError():
            return f"no connection to the proxy can be made{_systems_words(error.os_error)}"
        case aiohttp.ClientHttpProxyError():
            return f"the proxy answers {error.status} {error.message}"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return f"no secure connection can be made{_systems_words(error)}"
        case aiohttp.ClientConnectorError():
            return f"no connection can be made{_systems_words(error.os_error)}"
        case aiohttp.ClientResponseError():
            return "what answers there doesn't speak HTTP"
        case aiohttp.ClientPayloadError():
            return "its answer was cut off"
    return "the connection was lost"


def _systems_words(error: OSError) -> str:
    """What the operating system or OpenSSL says, in parentheses; nothing if it tried several addresses."""
    if isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    if isinstance(error, ssl.SSLError):
        words = getattr(error, "reason", None)  # a constant of OpenSSL's; it isn't always there
        return f" ({words.replace('_', ' ').lower()})" if words else ""
    if isinstance(error, socket.gaierror):
        return f" ({error.strerror})" if error.strerror else ""
    return f" ({os.strerror(error.errno)})" if error.errno and error.errno > 0 else ""
