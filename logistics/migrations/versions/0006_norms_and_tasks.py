"""Norms, facts of units, consumption by task, rules for reordering, and the concentration of disinfectants."""

import sqlalchemy as sa
from alembic import op

from logistics.migrations.append_only import refuse_changes

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APPEND_ONLY = ("norm", "norm_decision", "unit_facts", "consumption_task")


def _id(name: str, *constraints: sa.schema.SchemaItem, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), *constraints, nullable=nullable)


def _word(name: str, *words: str, enum: str) -> sa.Column[str]:
    return sa.Column(name, sa.Enum(*words, name=enum, native_enum=False, length=32), nullable=False)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _moment(name: str) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    op.add_column("item", _whole("active_mg_per_kg", nullable=True))
    op.create_table(
        "norm",
        _id("id"),
        _text("key", 100),
        _id("item_id"),
        _word("basis", "person_shift", "area_round", "isolated_day", "household_day", "point_day", enum="basis"),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        _whole("target_mg_per_l", nullable=True),
        _whole("ml_per_m2", nullable=True),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=False),
        _text("source", 2000),
        sa.Column("valid_from", sa.Date(), nullable=False),
        _text("proposed_by", 64),
        _moment("proposed_at"),
        sa.CheckConstraint("numerator > 0 AND denominator > 0", name=op.f("ck_norm_amount_positive")),
        sa.CheckConstraint("(target_mg_per_l IS NULL) = (ml_per_m2 IS NULL)", name=op.f("ck_norm_dose_whole")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_norm_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_norm")),
        sa.UniqueConstraint("key", name=op.f("uq_norm_key")),
    )
    op.create_index(op.f("ix_norm_item_id"), "norm", ["item_id"])
    op.create_table(
        "norm_decision",
        _id("id"),
        _id("norm_id"),
        _word("state", "proposed", "approved", "declined", "ended", enum="normstate"),
        sa.Column("day", sa.Date(), nullable=False),
        _text("by", 64),
        _moment("at"),
        _text("note", 2000),
        _id("replaced_by_id", nullable=True),
        sa.ForeignKeyConstraint(["norm_id"], ["norm.id"], name=op.f("fk_norm_decision_norm_id_norm")),
        sa.ForeignKeyConstraint(["replaced_by_id"], ["norm.id"], name=op.f("fk_norm_decision_replaced_by_id_norm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_norm_decision")),
        sa.UniqueConstraint("norm_id", "state", name=op.f("uq_norm_decision_norm_id_state")),
    )
    op.create_table(
        "unit_facts",
        _id("id"),
        _text("key", 100),
        _id("unit_id"),
        sa.Column("valid_from", sa.Date(), nullable=False),
        _whole("people_per_shift"),
        _whole("shifts_a_day"),
        _whole("area_m2"),
        _whole("rounds_a_day"),
        _whole("households"),
        _whole("isolated"),
        _text("told_by", 64),
        _moment("told_at"),
        sa.CheckConstraint(
            "people_per_shift >= 0 AND shifts_a_day >= 0 AND area_m2 >= 0 AND rounds_a_day >= 0 "
            "AND households >= 0 AND isolated >= 0",
            name=op.f("ck_unit_facts_not_negative"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_facts_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_facts")),
        sa.UniqueConstraint("key", name=op.f("uq_unit_facts_key")),
    )
    op.create_index("ix_unit_facts_newest", "unit_facts", ["unit_id", "valid_from", "id"])
    op.create_table(
        "consumption_task",
        _id("document_id"),
        _word("kind", "round", "shift", enum="taskkind"),
        _id("unit_id"),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_consumption_task_document_id_document")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_consumption_task_unit_id_unit")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_consumption_task")),
    )
    op.create_index(op.f("ix_consumption_task_unit_id"), "consumption_task", ["unit_id"])
    op.create_table(
        "reorder_rule",
        _id("id"),
        _id("unit_id"),
        _id("item_id"),
        _whole("minimum_days"),
        _whole("lead_days"),
        _whole("target_days"),
        sa.Column("pack_word", sa.String(), nullable=False),
        _text("set_by", 64),
        _moment("set_at"),
        sa.CheckConstraint(
            "minimum_days >= 0 AND lead_days >= 0 AND target_days > 0", name=op.f("ck_reorder_rule_days_possible")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_reorder_rule_item_id_item")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_reorder_rule_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reorder_rule")),
        sa.UniqueConstraint("unit_id", "item_id", name=op.f("uq_reorder_rule_unit_id_item_id")),
    )
    for table in APPEND_ONLY:
        refuse_changes(table)


def downgrade() -> None:
    for table in ("reorder_rule", "consumption_task", "unit_facts", "norm_decision", "norm"):
        op.drop_table(table)
    op.drop_column("item", "active_mg_per_kg")
