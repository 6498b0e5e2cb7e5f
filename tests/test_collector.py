"""The garbage collector of a long-lived process."""

import gc
from collections.abc import Iterator

import pytest

from bot.app import freeze_survivors


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Undo what a test does to the collector."""
    yield
    gc.callbacks.remove(freeze_survivors)
    gc.unfreeze()


def test_what_survived_once_is_not_looked_through_again() -> None:
    """After a full collection the collector has nothing left to look through, which would stop the event loop; after
    one of the young objects alone, nothing is kept from it."""
    gc.callbacks.append(freeze_survivors)
    gc.collect(0)
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert gc.get_freeze_count() > 1_000
    assert len(gc.get_objects(generation=2)) < 1_000
