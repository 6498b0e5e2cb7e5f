"""Jobs that are followed from run to run; the runs of a redeployment in the history; patterns, and their jobs.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("watched_jobs") as table:
        # All that was watched so far is one run.
        table.add_column(sa.Column("followed", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("version", sa.Text(), nullable=True))
        table.drop_constraint("uq_watched_jobs_workspace_dataflow_run", type_="unique")
    with op.batch_alter_table("watched_jobs") as table:
        table.alter_column("followed", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    _unique("uq_watched_jobs_run", ["workspace", "dataflow", "run"], "NOT followed")
    _unique("uq_watched_jobs_followed", ["workspace", "dataflow"], "followed")
    for name, kind in (("run", sa.BigInteger()), ("old_run", sa.BigInteger()), ("old_version", sa.Text())):
        op.add_column("changes", sa.Column(name, kind, nullable=True))
    # Until now each change was of the run that was watched.
    op.execute("UPDATE changes SET run = (SELECT run FROM watched_jobs WHERE watched_jobs.id = changes.watched_job_id)")
    _patterns()


_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _patterns() -> None:
    op.create_table(
        "patterns",
        sa.Column("id", _NUMBER, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("workspace", "destination", "pattern", "created_by")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wants", sa.Text(), nullable=False),
        sa.Column("paused_because", sa.Text(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gathered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_patterns"),
        sa.UniqueConstraint("workspace", "destination", "pattern", name="uq_patterns_workspace_destination_pattern"),
    )
    op.create_table(
        "members",
        sa.Column("pattern_id", _NUMBER, nullable=False),
        sa.Column("dataflow", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["pattern_id"], ["patterns.id"], name="fk_members_pattern_id_patterns", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pattern_id", "dataflow", name="pk_members"),
    )
    with op.batch_alter_table("subscriptions") as table:
        table.add_column(sa.Column("pattern_id", _NUMBER, nullable=True))
        table.create_foreign_key(
            "fk_subscriptions_pattern_id_patterns", "patterns", ["pattern_id"], ["id"], ondelete="CASCADE"
        )
        table.create_index("ix_subscriptions_pattern_id", ["pattern_id"])


def _unique(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "watched_jobs", columns, unique=True, sqlite_where=where, postgresql_where=where)
