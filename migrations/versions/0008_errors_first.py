"""Which waiting notifications are urgent: a job fails. Their destinations are served first.

It only adds a column that may be empty, and an index, so that the release before keeps running on the new schema.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("urgent", sa.Boolean(), nullable=True))
    where = sa.text("urgent IS NOT NULL AND settled_at IS NULL")
    columns = ["settled_at", "id"]
    op.create_index("ix_deliveries_urgent", "deliveries", columns, sqlite_where=where, postgresql_where=where)
