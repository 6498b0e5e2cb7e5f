"""The cast of the tests: people, places, and jobs in a given status."""

from datetime import UTC, datetime, timedelta

from bot.domain.change import Change
from bot.domain.job import Job, JobRef, Status

WORKSPACE, OTHER_WORKSPACE = "T1", "T2"
ANN, BEN = "U1", "U2"
OPS, DEV = "C1", "C2"

ORDERS = JobRef("1948938e-3923-4602-aba8-f122e3d66faf", 42559)
CLICKS = JobRef("5f0c7a52-8d1e-4b53-9d57-0f6f3c1b2a10", 48211)

NOON = datetime(2026, 2, 14, 12, 0, tzinfo=UTC)  # past, whenever the tests run
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)

UP, WARNING, ERROR, ENDED = (
    Status.of(words) for words in ("Up and Running", "Running with Warning", "Running with Error", "Undeployed")
)
DEPLOYING, STOPPED = Status.of("Deploying"), Status.of("Stopped")


def job(status: Status = UP, ref: JobRef = ORDERS, name: str | None = "orders") -> Job:
    return Job(ref=ref, status=status, name=name, deployed_version="3", started_by="ann")


def change(old: Status = UP, new: Status = ERROR, at: datetime = NOON, ref: JobRef = ORDERS) -> Change:
    return Change(
        ref,
        "orders",
        old,
        new,
        at - 3 * 60 * MINUTE - 12 * MINUTE,
        at,
        "3",
        "ann",
        old_seen_at=at - MINUTE,
        old_since_is_exact=True,
    )
