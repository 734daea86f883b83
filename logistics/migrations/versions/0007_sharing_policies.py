"""Policies with their approval, reviews of requisitions, and certificates of allocations, none of which is ever edited."""

import sqlalchemy as sa
from alembic import op

from logistics.migrations.append_only import refuse_changes

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("policy", "policy_approval", "requisition_review", "allocation_certificate")


def upgrade() -> None:
    op.create_table(
        "policy",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("unit_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rungs", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_policy_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
        sa.UniqueConstraint("key", name=op.f("uq_policy_key")),
        sa.UniqueConstraint("unit_id", "name", "version", name=op.f("uq_policy_unit_id_name_version")),
    )
    op.create_table(
        "policy_approval",
        sa.Column("policy_id", KEY, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], name=op.f("fk_policy_approval_policy_id_policy")),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_policy_approval")),
    )
    op.create_table(
        "requisition_review",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("requisition_id", KEY, nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("approved", "changed", "refused", name="verdict", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("quantity_before", sa.BigInteger(), nullable=False),
        sa.Column("quantity_after", sa.BigInteger(), nullable=False),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["requisition_id"], ["requisition.id"], name=op.f("fk_requisition_review_requisition_id_requisition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requisition_review")),
        sa.UniqueConstraint("key", name=op.f("uq_requisition_review_key")),
    )
    op.create_index(op.f("ix_requisition_review_requisition_id"), "requisition_review", ["requisition_id"])
    op.create_table(
        "allocation_certificate",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("case", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["allocation_run.id"], name=op.f("fk_allocation_certificate_run_id_allocation_run")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_allocation_certificate")),
    )
    op.add_column("requisition", sa.Column("approved_at", sa.DateTime(timezone=True)))
    op.add_column("requisition", sa.Column("approved_by", sa.String(length=64)))
    _add_reference("requisition", "carries_id", "requisition")
    op.create_index("uq_requisition_carries_id", "requisition", ["carries_id"], unique=True)
    _add_reference("allocation_run", "policy_id", "policy")
    _add_reference("allocation_run", "part_of_id", "allocation_run")
    op.create_index(op.f("ix_allocation_run_part_of_id"), "allocation_run", ["part_of_id"])
    for table in APPEND_ONLY:
        refuse_changes(table)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for act in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_refuses_{act}")
    else:
        for table in APPEND_ONLY:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.drop_index(op.f("ix_allocation_run_part_of_id"), "allocation_run")
    op.drop_index("uq_requisition_carries_id", "requisition")
    for table, column in (
        ("allocation_run", "part_of_id"),
        ("allocation_run", "policy_id"),
        ("requisition", "carries_id"),
    ):
        op.drop_column(table, column)
    op.drop_column("requisition", "approved_by")
    op.drop_column("requisition", "approved_at")
    for table in ("allocation_certificate", "requisition_review", "policy_approval", "policy"):
        op.drop_table(table)


def _add_reference(table: str, column: str, to: str) -> None:
    """Without making the table anew: on SQLite others that refer to its rows would stand in the way."""
    name = op.f(f"fk_{table}_{column}_{to}")
    op.add_column(table, sa.Column(column, KEY, sa.ForeignKey(f"{to}.id", name=name)), inline_references=True)
