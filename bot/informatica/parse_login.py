"""Parse the answers to a login: a session ID, its server, and its lifetime. Pure.

Pages: "Login" of the REST API version 3, and "Login" of the identity service, version 1.
"""

import base64
import re
from typing import Any, NamedTuple

from bot.informatica.errors import BadAnswer
from bot.informatica.parse import fields_of
from bot.informatica.values import load_json, parse_time, text

# The service documents up to 16,000 characters. Visible ASCII only: httpx would refuse anything else as a header,
# with an error that quotes it.
_SESSION_ID = re.compile(r"[\x21-\x7e]{1,16000}", re.ASCII)
_JWT = re.compile(r"[\w-]+\.([\w-]+)\.[\w-]+", re.ASCII)
# Seconds. A shorter lifetime is ignored until the service answers 401; otherwise each look-up would log in.
_SHORTEST_LIFE = 1.0


class Product(NamedTuple):
    """A product that the organisation uses, and the base address of its API."""

    name: str
    address: str


def parse_login(body: bytes) -> tuple[str, list[Product]]:
    """The session ID, and the organisation's products that have an address, in their order.

    Version 1 has the session ID at the top level and no products. Raises BadAnswer without a session ID that fits
    into a header.
    """
    fields = fields_of(body)
    user, products = fields.get("userInfo"), fields.get("products")
    session_id = (user if isinstance(user, dict) else fields).get("sessionId")
    if not isinstance(session_id, str) or not _SESSION_ID.fullmatch(session_id):
        raise BadAnswer(status=200, detail="the answer to the login has no session ID")
    found = [p for p in products if isinstance(p, dict)] if isinstance(products, list) else []
    return session_id, [
        Product(text(p.get("name")) or "", address) for p in found if isinstance(address := p.get("baseApiUrl"), str)
    ]


def life_of(session_id: str, now: float) -> float | None:
    """The lifetime in seconds of a session ID that is a JWT; None for any other. Never raises.

    `now` (seconds since 1970) is used only if the token has no time of issue: the token's times come from the
    service's clock, and this machine's may be wrong.
    """
    claims = _claims(session_id)
    end = parse_time(claims.get("exp"))
    if end is None:
        return None
    issued = parse_time(claims.get("iat"))
    life = end.timestamp() - (issued.timestamp() if issued is not None else now)
    return life if life > _SHORTEST_LIFE else None


def _claims(session_id: str) -> dict[str, Any]:
    shape = _JWT.fullmatch(session_id)
    if shape is None:
        return {}
    try:
        claims = load_json(base64.urlsafe_b64decode(shape[1] + "=" * (-len(shape[1]) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
