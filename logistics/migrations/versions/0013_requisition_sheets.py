"""Sheets of requisitions: several lines that a point asks for on one paper."""

import sqlalchemy as sa
from alembic import op

from logistics.migrations.append_only import refuse_changes

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "requisition_sheet",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_requisition_sheet_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requisition_sheet")),
        sa.UniqueConstraint("key", name=op.f("uq_requisition_sheet_key")),
    )
    op.create_index(op.f("ix_requisition_sheet_unit_id"), "requisition_sheet", ["unit_id"])
    # Without making the table anew: on SQLite others that refer to its rows would stand in the way.
    name = op.f("fk_requisition_sheet_id_requisition_sheet")
    sheet = sa.Column("sheet_id", KEY, sa.ForeignKey("requisition_sheet.id", name=name))
    op.add_column("requisition", sheet, inline_references=True)
    op.create_index(op.f("ix_requisition_sheet_id"), "requisition", ["sheet_id"])
    refuse_changes("requisition_sheet")


def downgrade() -> None:
    op.drop_index(op.f("ix_requisition_sheet_id"), "requisition")
    op.drop_column("requisition", "sheet_id")
    op.drop_table("requisition_sheet")
