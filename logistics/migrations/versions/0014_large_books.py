"""Large books: the tree of units spelled out, and the places of a unit found by one index,
and the figures of a day summed from another."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unit_below",
        sa.Column("top_id", _id(), nullable=False),
        sa.Column("unit_id", _id(), nullable=False),
        sa.ForeignKeyConstraint(["top_id"], ["unit.id"], name=op.f("fk_unit_below_top_id_unit")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_below_unit_id_unit")),
        sa.PrimaryKeyConstraint("top_id", "unit_id", name=op.f("pk_unit_below")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "WITH RECURSIVE tree (top_id, unit_id) AS (SELECT id, id FROM unit UNION ALL "
        "SELECT tree.top_id, unit.id FROM unit JOIN tree ON unit.parent_id = tree.unit_id) "
        "INSERT INTO unit_below (top_id, unit_id) SELECT top_id, unit_id FROM tree"
    )
    op.create_index(op.f("ix_unit_below_unit_id"), "unit_below", ["unit_id"], unique=False)
    op.create_index(
        "ix_movement_item_day",
        "movement",
        ["item_id", "occurred_at", "source_id", "destination_id", "quantity", "lot_id"],
        unique=False,
    )
    op.create_index("ix_stock_location_unit", "stock_location", ["unit_id", "place", "id"], unique=False)
    op.drop_index(op.f("ix_stock_location_unit_id"), "stock_location")


def downgrade() -> None:
    op.create_index(op.f("ix_stock_location_unit_id"), "stock_location", ["unit_id"], unique=False)
    op.drop_index("ix_stock_location_unit", "stock_location")
    op.drop_index("ix_movement_item_day", "movement")
    op.drop_table("unit_below")


def _id() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
