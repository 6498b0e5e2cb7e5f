"""A stand-in of the jobs service on loopback, a client of it, and a clock that tests move."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

import pytest

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, served
from bot.domain.job import JobRef
from bot.informatica.client import JobsService, connected

DOCUMENTED = JobRef("1948938e-3923-4602-aba8-f122e3d66faf", 42559)
PASSWORD = "open-sesame"
# The answer to a login, for services that a test writes itself.
LOGIN = {"userInfo": {"sessionId": "S"}, "products": [{"baseApiUrl": "http://pod.x.test/saas"}]}

# Faults that only a time limit ends.
SILENT = (Fault.HANG, Fault.DRIP)

Connect = Callable[..., AbstractAsyncContextManager[JobsService]]


@contextmanager
def impatient(service: JobsService, fault: Fault) -> Iterator[None]:
    """Let requests end soon while a fault lasts that never answers. All others have time enough on any machine."""
    with pytest.MonkeyPatch.context() as patch:
        if fault in SILENT:
            patch.setattr(service._resources._connections, "_time_limit", 0.1)
        yield


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def standin() -> JobsServiceStandIn:
    return JobsServiceStandIn()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(standin: JobsServiceStandIn, clock: Clock) -> Connect:
    """Connect a client to the stand-in; options go to `connected`."""

    @asynccontextmanager
    async def client(password: str = PASSWORD, **options: Any) -> AsyncIterator[JobsService]:
        async with (
            served(standin) as url,
            connected(url, "jobwatch", password, clock=clock, **{"connections": 4} | options) as service,
        ):
            yield service

    return client
