"""What a measurement finds, and how a process is measured from outside. Linux only: it reads /proc."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """A line of the table. `met` is None if it has no goal; `values` are what the JSON has besides."""

    what: str
    goal: str
    figure: str
    met: bool | None = None
    values: Mapping[str, float] = field(default_factory=dict)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values doesn't exceed; NaN of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has used so far, with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """The memory that a process holds, in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
