import ssl
from collections.abc import Iterator

import pytest

from bot.network.trust_store import trust_store
from tests.network.servers import CERTIFICATE


def _forget() -> None:
    trust_store.cache_clear()
    ssl.create_default_context.cache_clear()  # type: ignore[attr-defined] # all tests share one


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine trusts the tests' certificate, as an operator would have it do."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    _forget()
    yield
    _forget()
