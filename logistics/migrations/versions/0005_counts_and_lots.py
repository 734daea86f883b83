"""Counts of stores, and lots that may not be used."""

import sqlalchemy as sa
from alembic import op

from logistics.migrations.append_only import refuse_changes

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY = ("count_entry", "lot_status_change")


def upgrade() -> None:
    # Every lot so far is usable.
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status", _status(), server_default="usable", nullable=False))
    op.create_table(
        "lot_status_change",
        sa.Column("id", _id(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("lot_id", _id(), nullable=False),
        sa.Column("before", _status(), nullable=False),
        sa.Column("after", _status(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_status_change_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_status_change")),
        sa.UniqueConstraint("key", name=op.f("uq_lot_status_change_key")),
    )
    op.create_index(op.f("ix_lot_status_change_lot_id"), "lot_status_change", ["lot_id"], unique=False)
    op.create_table(
        "count_session",
        sa.Column("id", _id(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("location_id", _id(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("counting", "checking", "posted", "withdrawn", name="countstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("recount_units", sa.BigInteger(), nullable=False),
        sa.Column("recount_percent", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("document_id", _id(), nullable=True),
        sa.CheckConstraint(
            "recount_units >= 0 AND recount_percent BETWEEN 0 AND 100",
            name=op.f("ck_count_session_tolerance_possible"),
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_count_session_document_id_document")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["stock_location.id"], name=op.f("fk_count_session_location_id_stock_location")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_session")),
        sa.UniqueConstraint("key", name=op.f("uq_count_session_key")),
    )
    op.create_index(op.f("ix_count_session_location_id"), "count_session", ["location_id"], unique=False)
    op.create_table(
        "count_item",
        sa.Column("session_id", _id(), nullable=False),
        sa.Column("item_id", _id(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_count_item_item_id_item")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["count_session.id"], name=op.f("fk_count_item_session_id_count_session")
        ),
        sa.PrimaryKeyConstraint("session_id", "item_id", name=op.f("pk_count_item")),
    )
    op.create_table(
        "count_entry",
        sa.Column("id", _id(), nullable=False),
        sa.Column("session_id", _id(), nullable=False),
        sa.Column("lot_id", _id(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_by", sa.String(length=64), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_count_entry_quantity_not_negative")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_count_entry_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["count_session.id"], name=op.f("fk_count_entry_session_id_count_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_entry")),
        sa.UniqueConstraint(
            "session_id", "lot_id", "key", "quantity", name=op.f("uq_count_entry_session_id_lot_id_key_quantity")
        ),
    )
    op.create_table(
        "count_variance",
        sa.Column("session_id", _id(), nullable=False),
        sa.Column("lot_id", _id(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "broken",
                "miscounted",
                "issue_not_recorded",
                "receipt_not_recorded",
                "thrown_away",
                "theft",
                "unit_confused",
                "other",
                name="variancereason",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("given_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_count_variance_lot_id_lot")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["count_session.id"], name=op.f("fk_count_variance_session_id_count_session")
        ),
        sa.PrimaryKeyConstraint("session_id", "lot_id", name=op.f("pk_count_variance")),
    )
    for table in APPEND_ONLY:
        refuse_changes(table)


def downgrade() -> None:
    for table in ("count_variance", "count_entry", "count_item", "count_session", "lot_status_change"):
        op.drop_table(table)
    with op.batch_alter_table("lot", schema=None) as batch_op:
        batch_op.drop_column("status")


def _id() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _status() -> sa.Enum:
    return sa.Enum("usable", "quarantined", "recalled", name="lotstatus", native_enum=False, length=32)
