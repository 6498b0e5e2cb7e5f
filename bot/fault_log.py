"""The log of a fault that lasts."""

import structlog


class FaultLog:
    """Logs a fault that lasts once when it begins and once when it ends: loops meet it at every attempt.

    `recovery` is what the log says at its end.
    """

    def __init__(self, log: structlog.stdlib.BoundLogger, recovery: str) -> None:
        self._log = log
        self._recovery = recovery
        self._lasts = False

    def note_fault(self, event: str, /, **facts: object) -> None:
        """Log the fault, with facts about this attempt, unless it lasts already."""
        if not self._lasts:
            self._lasts = True
            self._log.error(event, **facts)

    def note_success(self) -> None:
        """Log the end of the fault, if there is one."""
        if self._lasts:
            self._lasts = False
            self._log.info(self._recovery)
