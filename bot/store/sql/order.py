"""The order in which jobs are listed, for the database to sort by."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import SQLColumnExpression, case, func

from bot.domain.job import DOCUMENTED, StatusClass
from bot.store.sql.tables import TrackedJobRow


def worst_first() -> Sequence[SQLColumnExpression[Any]]:
    """The order in which tracked jobs are listed: the worst status first, then by name."""
    key = func.lower(TrackedJobRow.status)
    for character in " _-":
        key = func.replace(key, character, "")
    severities = {status.key: status.status_class.severity for status in DOCUMENTED}
    severity = case(severities, value=key, else_=StatusClass.UNKNOWN.severity)
    return severity, func.lower(TrackedJobRow.title), TrackedJobRow.dataflow, TrackedJobRow.run, TrackedJobRow.id
