"""An index of the subscriptions that reconciliation is to consider: a tick without any reads nothing.

It only adds an index, so that the release before keeps running on the new schema.

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = sa.text("considered IS NULL AND paused_because IS NULL AND muted_until IS NULL")
    op.create_index(
        "ix_subscriptions_unconsidered",
        "subscriptions",
        ["watched_job_id", "id"],
        sqlite_where=where,
        postgresql_where=where,
    )
