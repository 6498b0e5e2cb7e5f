"""What the garbage collector need not look at."""

import gc
from collections.abc import Mapping


def freeze_survivors(phase: str, info: Mapping[str, int]) -> None:
    """After each full collection, let the collector look no more at what survived it: with 20,000 jobs in memory, the
    event loop would stand still for a tenth of a second each time. What isn't used any more is freed all the same,
    unless it refers to itself: that waits for `thaw_survivors`."""
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()


def thaw_survivors() -> None:
    """Let the collector look through everything once more."""
    gc.unfreeze()
    gc.collect()
