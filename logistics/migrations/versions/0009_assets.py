"""Equipment kept piece by piece, and what happened to each."""

import sqlalchemy as sa
from alembic import op

from logistics.migrations.append_only import refuse_changes

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATES = ("in_store", "handed_out", "lent", "in_repair", "retired")
ACTS = (
    "registered",
    "handed_out",
    "returned",
    "lent",
    "taken_back",
    "calibrated",
    "sent_to_repair",
    "repaired",
    "retired",
)


def upgrade() -> None:
    op.create_table(
        "asset",
        sa.Column("id", _id(), nullable=False),
        sa.Column("item_id", _id(), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("unit_id", _id(), nullable=False),
        sa.Column("acquired_on", sa.Date(), nullable=False),
        sa.Column("interval_days", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="assetstate", native_enum=False, length=32), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("place_id", _id(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint("interval_days > 0", name=op.f("ck_asset_interval_positive")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_asset_item_id_item")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_asset_unit_id_unit")),
        sa.ForeignKeyConstraint(["place_id"], ["unit.id"], name=op.f("fk_asset_place_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("item_id", "serial", name=op.f("uq_asset_item_id_serial")),
    )
    for column in ("unit_id", "place_id", "due_on"):
        op.create_index(op.f(f"ix_asset_{column}"), "asset", [column], unique=False)
    op.create_table(
        "asset_event",
        sa.Column("id", _id(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("asset_id", _id(), nullable=False),
        sa.Column("act", sa.Enum(*ACTS, name="assetact", native_enum=False, length=32), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("place_id", _id(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("certificate", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_asset_event_asset_id_asset")),
        sa.ForeignKeyConstraint(["place_id"], ["unit.id"], name=op.f("fk_asset_event_place_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_event")),
        sa.UniqueConstraint("key", name=op.f("uq_asset_event_key")),
    )
    op.create_index(op.f("ix_asset_event_asset_id"), "asset_event", ["asset_id"], unique=False)
    refuse_changes("asset_event")


def downgrade() -> None:
    op.drop_table("asset_event")
    op.drop_table("asset")


def _id() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
