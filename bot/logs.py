"""Logging: one format for our events and the libraries', on standard error, with secrets redacted."""

import json
import logging
import sys
from collections.abc import Sequence
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Libraries that log every tick or request: only their warnings are kept.
_QUIET = ("apscheduler", "uvicorn", "httpx", "httpcore", "aiosqlite", "alembic", "asyncio")

_SPELLINGS = (repr, json.dumps)


def set_up_logging(level: str, form: Literal["text", "json"] | None, secrets: Sequence[str] = ()) -> None:
    """Send the events of structlog and of the standard library's logging to standard error.

    `form` None means text on a terminal, otherwise JSON with one object per line. Every occurrence of one of `secrets`
    is replaced, in case some text contains one.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = form == "json" or (form is None and not sys.stderr.isatty())
    # Tracebacks without the values of variables, which may be passwords.
    traceback: Processor = structlog.processors.format_exc_info
    renderer: Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                traceback,
                _Redaction(secrets),
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # It logs every attempt of a loop that may last as long as an outage; who retries says what failed.
    logging.getLogger("stamina").setLevel(logging.ERROR)
    # Its warnings are about strangers' requests that aren't HTTP, and recommend packages that the bot doesn't need.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


class _Redaction:
    """Replaces secrets in every text of an event, at any depth."""

    def __init__(self, secrets: Sequence[str]) -> None:
        # Errors quote values as repr or JSON, so those spellings are replaced, too.
        spellings = {s for secret in secrets for s in (secret, *(spell(secret)[1:-1] for spell in _SPELLINGS))}
        # The longest first, because one secret may be part of another.
        self._secrets = sorted((spelling for spelling in spellings if len(spelling) >= 4), key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
        return {key: self._clean(value) for key, value in event.items()}

    def _clean(self, value: object) -> object:
        if isinstance(value, int | float | bool | None):
            return value
        if isinstance(value, dict):
            return {str(self._clean(key)): self._clean(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(inner) for inner in value]
        text = value if isinstance(value, str) else repr(value)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text
