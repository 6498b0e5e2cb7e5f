"""The columns of subscriptions and patterns that say how often a watch reminds, and whom it notifies."""

from collections.abc import Mapping

from bot.domain.reminding import Failing, Reminding
from bot.store.sql.mapping import to_reminding
from bot.store.sql.tables import PatternRow, SubscriptionRow


def columns(reminding: Reminding) -> Mapping[str, str | int | None]:
    """What the columns hold."""
    reminders, escalation = reminding.reminders, reminding.escalation
    return {
        "remind_every": round(reminders.every.total_seconds()) if reminders else None,
        "remind_while": _word(reminders.during) if reminders else None,
        "escalate_to": escalation.to if escalation else None,
        "escalate_after": round(escalation.after.total_seconds()) if escalation else None,
        "escalate_while": _word(escalation.during) if escalation else None,
    }


def write(row: SubscriptionRow | PatternRow, reminding: Reminding) -> None:
    """Write the columns of a row."""
    for name, value in columns(reminding).items():
        setattr(row, name, value)


def columns_of(row: SubscriptionRow | PatternRow) -> Mapping[str, str | int | None]:
    """The columns of a row, to be written to others."""
    return columns(to_reminding(row))


def _word(during: Failing) -> str | None:
    return None if during is Failing.ERROR else during.value
