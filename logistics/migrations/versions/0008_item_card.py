"""The stock card of a large unit goes through the movements of an item."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_movement_item_card", "movement", ["item_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_movement_item_card", table_name="movement")
