"""The name of the bot's command in each workspace: a press of a button doesn't tell it.

It only adds a table, so that the release before keeps running on the new schema.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installations",
        sa.Column("workspace", sa.Text(), primary_key=True),
        sa.Column("command", sa.Text(), nullable=False),
    )
