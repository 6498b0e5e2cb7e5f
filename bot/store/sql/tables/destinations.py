"""The tables of what channels and people chose."""

from datetime import datetime

from sqlalchemy import (
    Index,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.sql.tables.base import Number, Table, index_where


class ChannelSettingsRow(Table):
    """What a channel, or a person's direct messages, set for all alerts there. None for the default."""

    __tablename__ = "channel_settings"
    __table_args__ = (
        index_where("ix_channel_settings_digest", ("digest_due_at",), "digest IS NOT NULL"),
        index_where("ix_channel_settings_quiet", ("quiet_due_at",), "quiet_due_at IS NOT NULL"),  # serves turn_due
    )

    workspace: Mapped[str] = mapped_column(primary_key=True)
    destination: Mapped[str] = mapped_column(primary_key=True)
    threads: Mapped[bool | None]  # whether an incident's alerts form a thread; by default they do
    default_filter: Mapped[str | None]  # `StatusFilter.text`, of watches without a filter
    time_zone: Mapped[str | None]  # an IANA name; None for UTC
    digest: Mapped[str | None]  # `DigestSchedule.text`
    digest_due_at: Mapped[datetime | None]  # when the next digest is due; None if it is still to be planned
    digest_since: Mapped[datetime | None]  # when the period of the next digest began
    quiet_hours: Mapped[str | None]  # `QuietHours.text`
    quiet_filter: Mapped[str | None]  # `QuietHours.exceptions`: what breaks through
    quiet_since: Mapped[datetime | None]  # when the quiet hours in force began; None outside of them
    quiet_due_at: Mapped[datetime | None]  # when quiet hours begin or end next; long ago if that is to be planned
    changes_by: Mapped[str | None]  # settings.ChangesBy; None for everyone
    guests_may_change: Mapped[bool | None]
    restricted_by: Mapped[str | None]  # who chose `changes_by`, unless that is everyone


class SilenceRow(Table):
    """A planned window, such as maintenance, in which the jobs of a destination that match a glob are muted."""

    __tablename__ = "silences"
    __table_args__ = (
        Index(None, "workspace", "destination"),
        index_where("ix_silences_open", ("ends_at",), "ended_at IS NULL"),  # serves silences.end_due
        Index(None, "ended_at"),  # serves retention
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    workspace: Mapped[str]
    destination: Mapped[str]
    pattern: Mapped[str]  # casefolded; "*" is all jobs
    reason: Mapped[str | None]
    created_by: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # when it ended, and what happened in it was queued for delivery


class AppHomeRow(Table):
    """A person's Home tab: what they look at there, what was published, and when to look whether that is still so."""

    __tablename__ = "app_homes"
    __table_args__ = (Index(None, "opened_at"),)  # serves homes.refreshing and retention

    workspace: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    direct_message: Mapped[str]  # the Slack ID of the person's direct messages with the bot
    opened_at: Mapped[datetime]  # or used, last: it isn't kept up to date for ever
    page: Mapped[int]
    words: Mapped[str]  # what they search for; empty for all
    channels: Mapped[str | None]  # a JSON list of the channels that the person is in; None if that must be asked
    channels_at: Mapped[datetime | None]  # when Slack was asked
    # when what it shows was last compared with what was published; in the future while somebody does that
    compared_at: Mapped[datetime]
    due_at: Mapped[datetime | None]  # when to compare whatever else happens: something shown ends by then
    shown: Mapped[str | None]  # a hash of what was published, which needs no second publishing
    view_hash: Mapped[str | None]  # Slack's hash of the published view
