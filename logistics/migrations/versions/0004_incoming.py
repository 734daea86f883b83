"""What comes in and what is on the way: purchase orders, donations and their money, consignments and their differences."""

import sqlalchemy as sa
from alembic import op

from logistics.migrations.append_only import refuse_changes

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "purchase_receipt",
    "donation_receipt",
    "fund_entry",
    "arrival",
    "arrival_receipt",
    "difference",
    "difference_photo",
    "settlement",
    "settlement_receipt",
)
#: Which places cannot hold less than nothing; what is in transit joins them.
BEFORE = "guarded = (place IN ('store', 'vehicle'))"
AFTER = "guarded = (place IN ('store', 'vehicle', 'transit'))"


def upgrade() -> None:
    _guard(BEFORE, AFTER)
    _make_tables()
    for table in APPEND_ONLY:
        refuse_changes(table)


def downgrade() -> None:
    _allow_changes()
    _drop_tables()
    _guard(AFTER, BEFORE)


def _guard(old: str, new: str) -> None:
    """Other tables refer to the places, so SQLite's table is not made anew: its own text is changed, as sqlite.org/lang_altertable
    advises for a CHECK.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("ck_stock_location_inside_guarded", "stock_location")
        op.create_check_constraint(op.f("ck_stock_location_inside_guarded"), "stock_location", new)
        return
    version = op.get_bind().exec_driver_sql("PRAGMA schema_version").scalar_one()
    op.execute("PRAGMA writable_schema=ON")
    op.get_bind().execute(
        sa.text(
            "UPDATE sqlite_master SET sql = replace(sql, :old, :new) WHERE type = 'table' AND name = 'stock_location'"
        ),
        {"old": old, "new": new},
    )
    op.execute(f"PRAGMA schema_version={version + 1}")
    op.execute("PRAGMA writable_schema=RESET")


def _allow_changes() -> None:
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for act in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_refuses_{act}")
        else:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")


def _make_tables() -> None:
    op.create_table(
        "fund",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance_fen >= 0", name=op.f("ck_fund_never_negative")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_fund_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
        sa.UniqueConstraint("unit_id", "purpose", name=op.f("uq_fund_unit_id_purpose")),
    )
    op.create_table(
        "consignment",
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("destination_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(length=64), nullable=False),
        sa.Column("carrier", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["stock_location.id"], name=op.f("fk_consignment_destination_id_stock_location")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_consignment_document_id_document")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["stock_location.id"], name=op.f("fk_consignment_source_id_stock_location")
        ),
        sa.ForeignKeyConstraint(
            ["transit_id"], ["stock_location.id"], name=op.f("fk_consignment_transit_id_stock_location")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consignment")),
        sa.UniqueConstraint("document_id", name=op.f("uq_consignment_document_id")),
        sa.UniqueConstraint("key", name=op.f("uq_consignment_key")),
        sa.UniqueConstraint("transit_id", name=op.f("uq_consignment_transit_id")),
    )
    with op.batch_alter_table("consignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consignment_destination_id"), ["destination_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consignment_source_id"), ["source_id"], unique=False)

    op.create_table(
        "donation",
        sa.Column("donor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("money_fen", sa.BigInteger(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column(
            "state",
            sa.Enum("offered", "accepted", "refused", name="donationstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decision_reason", sa.String(length=2000), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.CheckConstraint("money_fen >= 0", name=op.f("ck_donation_money_not_negative")),
        sa.ForeignKeyConstraint(["donor_id"], ["stock_location.id"], name=op.f("fk_donation_donor_id_stock_location")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_donation_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donation")),
        sa.UniqueConstraint("key", name=op.f("uq_donation_key")),
    )
    with op.batch_alter_table("donation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donation_donor_id"), ["donor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_donation_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_donation_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "lot_unit",
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_lot_unit_lot_id_lot")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_lot_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("lot_id", "unit_id", name=op.f("pk_lot_unit")),
    )
    op.create_table(
        "purchase_order",
        sa.Column("supplier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "closed", "cancelled", name="purchasestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("end_reason", sa.String(length=2000), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["stock_location.id"], name=op.f("fk_purchase_order_supplier_id_stock_location")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_purchase_order_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("key", name=op.f("uq_purchase_order_key")),
    )
    with op.batch_alter_table("purchase_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_order_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_order_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "arrival",
        sa.Column("consignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["consignment_id"], ["consignment.id"], name=op.f("fk_arrival_consignment_id_consignment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint("key", name=op.f("uq_arrival_key")),
    )
    with op.batch_alter_table("arrival", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_arrival_consignment_id"), ["consignment_id"], unique=False)

    op.create_table(
        "donation_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("donation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_donation_line_quantity_positive")),
        sa.ForeignKeyConstraint(["donation_id"], ["donation.id"], name=op.f("fk_donation_line_donation_id_donation")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_donation_line_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_donation_line")),
        sa.UniqueConstraint("donation_id", "item_id", name=op.f("uq_donation_line_donation_id_item_id")),
    )
    op.create_table(
        "donation_receipt",
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("donation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_donation_receipt_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["donation_id"], ["donation.id"], name=op.f("fk_donation_receipt_donation_id_donation")
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_donation_receipt")),
    )
    with op.batch_alter_table("donation_receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_donation_receipt_donation_id"), ["donation_id"], unique=False)

    op.create_table(
        "donation_unit",
        sa.Column("donation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["donation_id"], ["donation.id"], name=op.f("fk_donation_unit_donation_id_donation")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_donation_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("donation_id", "unit_id", name=op.f("pk_donation_unit")),
    )
    op.create_table(
        "fund_entry",
        sa.Column("fund_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("donation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(donation_id IS NULL) <> (order_id IS NULL)", name=op.f("ck_fund_entry_one_cause")),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_fund_entry_amount_not_zero")),
        sa.ForeignKeyConstraint(["donation_id"], ["donation.id"], name=op.f("fk_fund_entry_donation_id_donation")),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_fund_entry_fund_id_fund")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_fund_entry_order_id_purchase_order")
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["fund_entry.id"], name=op.f("fk_fund_entry_reverses_id_fund_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_fund_entry_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_fund_entry_reverses_id")),
    )
    with op.batch_alter_table("fund_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fund_entry_donation_id"), ["donation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fund_entry_fund_id"), ["fund_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fund_entry_order_id"), ["order_id"], unique=False)

    op.create_table(
        "purchase_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("price_word", sa.String(length=64), nullable=False),
        sa.Column("price_size", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price_fen >= 0 AND price_size > 0", name=op.f("ck_purchase_line_price_sound")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_purchase_line_quantity_positive")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_purchase_line_item_id_item")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_purchase_line_order_id_purchase_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_line")),
        sa.UniqueConstraint("order_id", "item_id", name=op.f("uq_purchase_line_order_id_item_id")),
    )
    op.create_table(
        "arrival_receipt",
        sa.Column("arrival_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrival.id"], name=op.f("fk_arrival_receipt_arrival_id_arrival")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_arrival_receipt_document_id_document")),
        sa.PrimaryKeyConstraint("arrival_id", name=op.f("pk_arrival_receipt")),
        sa.UniqueConstraint("document_id", name=op.f("uq_arrival_receipt_document_id")),
    )
    op.create_table(
        "difference",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("arrival_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "missing", "broken", "wrong", "other", "surplus", name="differencereason", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_difference_quantity_positive")),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrival.id"], name=op.f("fk_difference_arrival_id_arrival")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_difference_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_difference")),
        sa.UniqueConstraint("arrival_id", "lot_id", name=op.f("uq_difference_arrival_id_lot_id")),
    )
    op.create_table(
        "purchase_receipt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_purchase_receipt_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_purchase_receipt_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["purchase_line.id"], name=op.f("fk_purchase_receipt_line_id_purchase_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_receipt")),
        sa.UniqueConstraint("line_id", "document_id", name=op.f("uq_purchase_receipt_line_id_document_id")),
    )
    with op.batch_alter_table("purchase_receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_receipt_document_id"), ["document_id"], unique=False)

    op.create_table(
        "difference_photo",
        sa.Column("difference_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("image/png", "image/jpeg", "image/webp", name="picturekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["difference_id"], ["difference.id"], name=op.f("fk_difference_photo_difference_id_difference")
        ),
        sa.PrimaryKeyConstraint("difference_id", name=op.f("pk_difference_photo")),
    )
    op.create_table(
        "settlement",
        sa.Column("difference_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "answer",
            sa.Enum("back", "onward", "lost", "supplier", name="answer", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_settlement_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["difference_id"], ["difference.id"], name=op.f("fk_settlement_difference_id_difference")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("key", name=op.f("uq_settlement_key")),
    )
    with op.batch_alter_table("settlement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_settlement_difference_id"), ["difference_id"], unique=False)

    op.create_table(
        "settlement_receipt",
        sa.Column("settlement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_settlement_receipt_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_settlement_receipt_settlement_id_settlement")
        ),
        sa.PrimaryKeyConstraint("settlement_id", name=op.f("pk_settlement_receipt")),
        sa.UniqueConstraint("document_id", name=op.f("uq_settlement_receipt_document_id")),
    )


def _drop_tables() -> None:
    op.drop_table("settlement_receipt")
    with op.batch_alter_table("settlement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_settlement_difference_id"))

    op.drop_table("settlement")
    op.drop_table("difference_photo")
    with op.batch_alter_table("purchase_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchase_receipt_document_id"))

    op.drop_table("purchase_receipt")
    op.drop_table("difference")
    op.drop_table("arrival_receipt")
    op.drop_table("purchase_line")
    with op.batch_alter_table("fund_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fund_entry_order_id"))
        batch_op.drop_index(batch_op.f("ix_fund_entry_fund_id"))
        batch_op.drop_index(batch_op.f("ix_fund_entry_donation_id"))

    op.drop_table("fund_entry")
    op.drop_table("donation_unit")
    with op.batch_alter_table("donation_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_donation_receipt_donation_id"))

    op.drop_table("donation_receipt")
    op.drop_table("donation_line")
    with op.batch_alter_table("arrival", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_arrival_consignment_id"))

    op.drop_table("arrival")
    with op.batch_alter_table("purchase_order", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchase_order_unit_id"))
        batch_op.drop_index(batch_op.f("ix_purchase_order_state"))

    op.drop_table("purchase_order")
    op.drop_table("lot_unit")
    with op.batch_alter_table("donation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_donation_unit_id"))
        batch_op.drop_index(batch_op.f("ix_donation_state"))
        batch_op.drop_index(batch_op.f("ix_donation_donor_id"))

    op.drop_table("donation")
    with op.batch_alter_table("consignment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consignment_source_id"))
        batch_op.drop_index(batch_op.f("ix_consignment_destination_id"))

    op.drop_table("consignment")
    op.drop_table("fund")
