"""Allocations keep a mark of the terms they were asked by, so that one key never stands for others."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("allocation_run", "joint_run")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("asked", sa.String(length=64), nullable=True))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_column(table, "asked")
