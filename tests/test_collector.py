"""The garbage collector of a long-lived process."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from bot.app.collector import freeze_survivors, thaw_survivors


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Undo what a test does to the collector, from which everything imported is kept meanwhile."""
    gc.unfreeze()
    yield
    gc.callbacks.remove(freeze_survivors)
    gc.freeze()


def test_what_survived_once_is_not_looked_through_again() -> None:
    """After a full collection the collector has nothing left to look through, which would stop the event loop; after
    one of the young objects alone, nothing is kept from it."""
    gc.callbacks.append(freeze_survivors)
    gc.collect(0)
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert gc.get_freeze_count() > 1_000
    assert len(gc.get_objects(generation=2)) < 1_000


def test_what_refers_to_itself_is_freed_at_night() -> None:
    """What became garbage after it survived a collection is kept from the collector, but not for longer than a day."""

    class Circle:
        def __init__(self) -> None:
            self.itself = self

    circle = Circle()
    alive = weakref.ref(circle)
    gc.callbacks.append(freeze_survivors)
    gc.collect()
    del circle
    gc.collect()
    assert alive() is not None
    thaw_survivors()
    assert alive() is None
