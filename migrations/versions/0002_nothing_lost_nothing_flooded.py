"""Workers and their leases, outages, mutes, what each subscription wants and was told; deliveries hold their news.

Revision: 0002, after 0001
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seen_at", time, nullable=False),
        sa.Column("good_at", time, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_table(
        "outages",
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("since", time, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "cause", "destination", name="pk_outages"),
    )
    _subscriptions()
    _deliveries()
    _watched_jobs()


def _watched_jobs() -> None:
    op.drop_index("ix_watched_jobs_next_look_at", "watched_jobs")
    with op.batch_alter_table("watched_jobs") as table:
        table.add_column(sa.Column("unseen_told_at", time, nullable=True))
        table.drop_column("next_look_at")
        table.drop_column("leased_until")
    op.execute("UPDATE watched_jobs SET leased_by = NULL")
    op.create_index("ix_watched_jobs_leased_by", "watched_jobs", ["leased_by"])


def _subscriptions() -> None:
    with op.batch_alter_table("subscriptions") as table:
        table.add_column(sa.Column("wants", sa.Text(), nullable=True))
        table.add_column(sa.Column("told_status", sa.Text(), nullable=True))
        table.add_column(sa.Column("muted_until", time, nullable=True))
        table.add_column(sa.Column("muted_at", time, nullable=True))
        table.add_column(sa.Column("muted_by", sa.Text(), nullable=True))
        table.add_column(sa.Column("given_up_at", time, nullable=True))
        table.add_column(sa.Column("given_up_because", sa.Text(), nullable=True))
    # Every change was recorded for every live subscription, so each was told what is known, or is about to be.
    op.execute(
        "UPDATE subscriptions SET wants = 'changes', told_status = "
        "(SELECT status FROM watched_jobs WHERE watched_jobs.id = subscriptions.watched_job_id)"
    )
    # A paused one was told no more than what came before the first change after the last that was told there.
    op.execute(
        "UPDATE subscriptions SET told_status = coalesce("
        "(SELECT old_status FROM changes WHERE changes.watched_job_id = subscriptions.watched_job_id AND changes.at > "
        "coalesce((SELECT max(told.at) FROM changes AS told JOIN deliveries ON deliveries.change_id = told.id "
        "WHERE deliveries.subscription_id = subscriptions.id AND deliveries.message_ts IS NOT NULL), created_at) "
        "ORDER BY changes.at, changes.id LIMIT 1), told_status) WHERE paused_because IS NOT NULL"
    )
    with op.batch_alter_table("subscriptions") as table:
        table.alter_column("wants", existing_type=sa.Text(), nullable=False)
        table.alter_column("told_status", existing_type=sa.Text(), nullable=False)


def _deliveries() -> None:
    last_id = _last_id()
    with op.batch_alter_table("deliveries", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(sa.Column("news", sa.Text(), nullable=True))
        table.add_column(sa.Column("told_before", sa.Text(), nullable=True))
        table.add_column(sa.Column("created_at", time, nullable=True))
        table.add_column(sa.Column("tried_at", time, nullable=True))
        table.drop_column("leased_until")
        table.alter_column("next_try_at", existing_type=time, nullable=True)
        table.alter_column("change_id", existing_type=number, nullable=True)
        table.alter_column("subscription_id", existing_type=number, nullable=True)
    _write_news()
    op.execute("UPDATE deliveries SET leased_by = NULL")
    with op.batch_alter_table("deliveries", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.alter_column("news", existing_type=sa.Text(), nullable=False)
        table.alter_column("created_at", existing_type=time, nullable=False)
    op.create_index("ix_deliveries_leased_by", "deliveries", ["leased_by"])
    if last_id is not None:
        _go_on_after(last_id)


def _last_id() -> int | None:
    """On SQLite, the last ID that a delivery was ever given. A table that is made anew forgets those that are gone."""
    if op.get_bind().dialect.name != "sqlite":
        return None
    return op.get_bind().scalar(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'"))


def _go_on_after(last_id: int) -> None:
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'deliveries'")
    op.execute(sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('deliveries', :last)").bindparams(last=last_id))


def _write_news() -> None:
    """Each delivery gets the change that it tells, as JSON: what it had joined until now."""
    connection = op.get_bind()
    deliveries = sa.table(
        "deliveries", *map(sa.column, ("id", "change_id", "news", "told_before")), sa.column("created_at", time)
    )
    changes = sa.table(
        "changes",
        *map(sa.column, ("id", "watched_job_id", "title", "old_status", "new_status", "version", "started_by")),
        sa.column("old_since", time),
        sa.column("at", time),
    )
    jobs = sa.table("watched_jobs", *map(sa.column, ("id", "dataflow", "run")))
    rows = connection.execute(
        sa.select(deliveries.c.id.label("delivery"), changes, jobs.c.dataflow, jobs.c.run)
        .join(changes, changes.c.id == deliveries.c.change_id)
        .join(jobs, jobs.c.id == changes.c.watched_job_id)
    )
    for row in rows.mappings().all():
        connection.execute(
            deliveries.update()
            .where(deliveries.c.id == row["delivery"])
            .values(news=json.dumps(_news(row)), created_at=row["at"], told_before=row["old_status"])
        )


def _news(row: Any) -> dict[str, object]:
    return {
        "kind": "change",
        "ref": {"dataflow": row["dataflow"], "run": row["run"]},
        "title": row["title"],
        "old": _status(row["old_status"]),
        "new": _status(row["new_status"]),
        "old_since": _moment(row["old_since"]),
        "at": _moment(row["at"]),
        "version": row["version"],
        "started_by": row["started_by"],
    }


def _status(raw: str) -> dict[str, str]:
    return {"key": re.sub(r"[\s_-]+", "", raw).casefold(), "raw": raw}


def _moment(at: datetime | None) -> str | None:
    if at is None:
        return None
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).isoformat()
