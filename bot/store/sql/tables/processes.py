"""The tables of the bot itself: its processes, its installation, and the requests it handled."""

from datetime import datetime

from sqlalchemy import (
    Index,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.sql.tables.base import Table


class WorkerRow(Table):
    """A process that polls and delivers, and its last heartbeat by the database's clock. It serves every workspace, so
    it belongs to none."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    heartbeat_at: Mapped[datetime] = mapped_column("seen_at", key="heartbeat_at")
    last_answer_at: Mapped[datetime | None] = mapped_column("good_at", key="last_answer_at")  # of the jobs service


class InstallationRow(Table):
    """The app as a workspace installed it, and the name of its command there."""

    __tablename__ = "installations"

    workspace: Mapped[str] = mapped_column(primary_key=True)
    command: Mapped[str]


class HandledRequestRow(Table):
    """A request of Slack's that was handled, so that its second delivery has no second effect."""

    __tablename__ = "handled_requests"
    __table_args__ = (Index(None, "at"),)

    workspace: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
