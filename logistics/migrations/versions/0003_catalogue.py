"""Classes, hazards, shelf life, barcodes and photos of items; closed units and who answers for them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PICTURES = sa.Enum("image/png", "image/jpeg", "image/webp", name="picturekind", native_enum=False, length=32)
POSTS = sa.Enum(
    "building_chief", "team_leader", "grid_chief", "keeper", "other", name="post", native_enum=False, length=32
)


def upgrade() -> None:
    _make_classes()
    _widen_items()
    _make_barcodes()
    op.create_table(
        "item_photo",
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("kind", PICTURES, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_photo_item_id_item")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_photo")),
    )
    op.add_column("unit", sa.Column("closed_on", sa.Date(), nullable=True))
    _make_responsible()


def downgrade() -> None:
    op.drop_table("responsible")
    op.drop_column("unit", "closed_on")
    op.drop_table("item_photo")
    op.drop_table("item_barcode")
    op.drop_index(op.f("ix_item_class_id"), "item")
    for name in ("class_denominator", "class_numerator", "class_id", "shelf_life_days", "hazard"):
        op.drop_column("item", name)
    op.drop_table("item_class")


def _make_classes() -> None:
    op.create_table(
        "item_class",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit_word", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_class")),
        sa.UniqueConstraint("code", name=op.f("uq_item_class_code")),
    )


def _widen_items() -> None:
    """Column by column, each with its own constraints: SQLite cannot make a table anew that others point to."""
    key = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    for column in (
        "hazard VARCHAR(32) NOT NULL DEFAULT 'none'",
        "shelf_life_days INTEGER CONSTRAINT ck_item_shelf_life_positive CHECK (shelf_life_days > 0)",
        f"class_id {key} CONSTRAINT fk_item_class_id_item_class REFERENCES item_class (id)",
        "class_numerator BIGINT NOT NULL DEFAULT 1",
        "class_denominator BIGINT NOT NULL DEFAULT 1 "
        "CONSTRAINT ck_item_class_units_positive CHECK (class_numerator > 0 AND class_denominator > 0)",
    ):
        op.execute(f"ALTER TABLE item ADD COLUMN {column}")
    op.create_index(op.f("ix_item_class_id"), "item", ["class_id"])
    # As for new items of these kinds: rather too careful than not.
    op.execute(
        "UPDATE item SET hazard = CASE kind WHEN 'disinfectant' THEN 'chlorine' WHEN 'alcohol' THEN 'flammable' "
        "WHEN 'relief' THEN 'food' ELSE 'none' END"
    )


def _make_barcodes() -> None:
    op.create_table(
        "item_barcode",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("pack_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_barcode_item_id_item")),
        sa.ForeignKeyConstraint(["pack_id"], ["pack.id"], name=op.f("fk_item_barcode_pack_id_pack")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_barcode")),
        sa.UniqueConstraint("code", name=op.f("uq_item_barcode_code")),
    )
    op.create_index(op.f("ix_item_barcode_item_id"), "item_barcode", ["item_id"])
    op.create_index(op.f("ix_item_barcode_pack_id"), "item_barcode", ["pack_id"])


def _make_responsible() -> None:
    op.create_table(
        "responsible",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("post", POSTS, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("until >= since", name=op.f("ck_responsible_until_not_before_since")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_responsible_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responsible")),
        sa.UniqueConstraint("key", name=op.f("uq_responsible_key")),
    )
    op.create_index(op.f("ix_responsible_unit_id"), "responsible", ["unit_id"])
