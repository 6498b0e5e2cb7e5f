"""Whose certificates the bot trusts: those that the machine trusts, towards every service alike."""

import ssl
from functools import cache


@cache
def trust_store() -> ssl.SSLContext:
    """The machine's trust store; OpenSSL replaces it by `SSL_CERT_FILE` and `SSL_CERT_DIR` if they are set.

    Made once and shared by all connections: reading the certificates takes 20 to 60 ms.
    """
    return ssl.create_default_context()
