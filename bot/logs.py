"""Logging: one format for our own events and the libraries', on standard error, with no secret in it."""

import json
import logging
import sys
from collections.abc import Sequence
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Libraries whose ordinary chatter would drown ours: a line a tick, a line a request.
_QUIET = ("apscheduler", "uvicorn", "httpx", "httpcore", "aiosqlite", "alembic", "asyncio")

_SPELLINGS = (repr, json.dumps)


def set_up_logging(level: str, form: Literal["text", "json"] | None, secrets: Sequence[str] = ()) -> None:
    """Configure structlog and the standard library's logging, which the libraries use, to the same output.

    `form` None means text on a terminal, else JSON, one object a line. Every occurrence of one of `secrets` is
    replaced: nothing should log one, and nothing that does gets through.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = form == "json" or (form is None and not sys.stderr.isatty())
    # Tracebacks without the values of variables: those hold passwords.
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
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


class _Redaction:
    """Replaces secrets in every text of an event, however deep."""

    def __init__(self, secrets: Sequence[str]) -> None:
        # Also as a repr or JSON spells them: so they stand in the text of many an error.
        spellings = {s for secret in secrets for s in (secret, *(spell(secret)[1:-1] for spell in _SPELLINGS))}
        # The longest first: one secret may be part of another.
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
