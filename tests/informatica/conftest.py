"""A jobs service on loopback and a client of it; and a clock that only moves when told."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from bot.demo.jobs_service import Fault, JobsServiceStandIn, served
from bot.domain.job import JobRef
from bot.informatica.client import JobsService, connected

DOCUMENTED = JobRef("1948938e-3923-4602-aba8-f122e3d66faf", 42559)
PASSWORD = "open-sesame"

# What does not answer is not waited for; whatever else is busy on this machine, an answer is.
_ANSWERLESS = (Fault.HANG, Fault.DRIP)

Looking = Callable[..., AbstractAsyncContextManager[JobsService]]


def limit(fault: Fault) -> float:
    """The seconds that a request may take in a test of this fault."""
    return 0.2 if fault in _ANSWERLESS else 5.0


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
def looking(standin: JobsServiceStandIn, clock: Clock) -> Looking:
    """A client of the stand-in; options go to `connected`."""

    @asynccontextmanager
    async def client(password: str = PASSWORD, **options: Any) -> AsyncIterator[JobsService]:
        async with (
            served(standin) as url,
            connected(url, "jobwatch", password, clock=clock, **{"connections": 4} | options) as service,
        ):
            yield service

    return client
