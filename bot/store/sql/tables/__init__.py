"""The tables. Every row belongs to a workspace; every time is aware UTC; IDs, not names, are stored."""

from bot.store.sql.tables.base import Table, UtcDateTime
from bot.store.sql.tables.deliveries import DeliveryRow, IncidentRow, OutageRow
from bot.store.sql.tables.destinations import AppHomeRow, ChannelSettingsRow, SilenceRow
from bot.store.sql.tables.jobs import ChangeRow, GapRow, TrackedJobRow
from bot.store.sql.tables.processes import HandledRequestRow, InstallationRow, WorkerRow
from bot.store.sql.tables.watches import PatternMemberRow, PatternRow, SubscriptionRow

__all__ = [
    "AppHomeRow",
    "ChangeRow",
    "ChannelSettingsRow",
    "DeliveryRow",
    "GapRow",
    "HandledRequestRow",
    "IncidentRow",
    "InstallationRow",
    "OutageRow",
    "PatternMemberRow",
    "PatternRow",
    "SilenceRow",
    "SubscriptionRow",
    "Table",
    "TrackedJobRow",
    "UtcDateTime",
    "WorkerRow",
]
