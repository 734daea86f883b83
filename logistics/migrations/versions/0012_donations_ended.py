"""A donation of which nothing more will come is closed, with the reason."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("donation", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("donation", sa.Column("ended_by", sa.String(length=64), nullable=True))
    op.add_column("donation", sa.Column("end_reason", sa.String(length=2000), nullable=False, server_default=""))


def downgrade() -> None:
    for column in ("end_reason", "ended_by", "ended_at"):
        op.drop_column("donation", column)
