"""What the doctor finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What was checked, the result, and what to do; `remedy` is None if all is well."""

    checked: str
    result: str
    remedy: str | None = None
