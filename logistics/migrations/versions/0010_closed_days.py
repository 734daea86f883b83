"""Days of the books that are closed, and how far each unit has closed them."""

import sqlalchemy as sa
from alembic import op

from logistics.migrations.append_only import refuse_changes

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("unit", sa.Column("books_closed_until", sa.DateTime(timezone=True), nullable=True))
    # A closing sums up the movements of its day, whoever recorded them when.
    op.create_index(op.f("ix_movement_occurred_at"), "movement", ["occurred_at"], unique=False)
    op.create_table(
        "day_closing",
        *_keyed(),
        sa.Column("unit_id", _id(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("movements", sa.Integer(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("previous_id", _id(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_day_closing_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["day_closing.id"], name=op.f("fk_day_closing_previous_id_day_closing")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_closing")),
        sa.UniqueConstraint("key", name=op.f("uq_day_closing_key")),
        sa.UniqueConstraint("previous_id", name=op.f("uq_day_closing_previous_id")),
    )
    op.create_index(op.f("ix_day_closing_unit_id"), "day_closing", ["unit_id"], unique=False)
    op.create_table(
        "day_figure",
        sa.Column("closing_id", _id(), nullable=False),
        sa.Column("item_id", _id(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("came_in", sa.BigInteger(), nullable=False),
        sa.Column("went_out", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["day_closing.id"], name=op.f("fk_day_figure_closing_id_day_closing")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_day_figure_item_id_item")),
        sa.PrimaryKeyConstraint("closing_id", "item_id", name=op.f("pk_day_figure")),
    )
    op.create_table(
        "day_reopening",
        *_keyed(),
        sa.Column("closing_id", _id(), nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reopened_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["day_closing.id"], name=op.f("fk_day_reopening_closing_id_day_closing")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_reopening")),
        sa.UniqueConstraint("key", name=op.f("uq_day_reopening_key")),
        sa.UniqueConstraint("closing_id", name=op.f("uq_day_reopening_closing_id")),
    )
    for table in ("day_closing", "day_figure", "day_reopening"):
        refuse_changes(table)


def downgrade() -> None:
    for table in ("day_reopening", "day_figure", "day_closing"):
        op.drop_table(table)
    op.drop_index(op.f("ix_movement_occurred_at"), table_name="movement")
    op.drop_column("unit", "books_closed_until")


def _id() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _keyed() -> tuple[sa.Column, ...]:
    return (
        sa.Column("id", _id(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
    )
