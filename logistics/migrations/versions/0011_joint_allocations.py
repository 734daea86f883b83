"""Several items shared out at once, each joint allocation with what it was decided by; none of them is ever edited."""

import sqlalchemy as sa
from alembic import op

from logistics.migrations.append_only import refuse_changes

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "joint_run",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.Enum("class", "items", name="jointkind", native_enum=False, length=32), nullable=False),
        sa.Column("source_id", KEY, nullable=False),
        sa.Column("class_id", KEY, nullable=True),
        sa.Column("policy_id", KEY, nullable=True),
        sa.Column("case", sa.JSON(), nullable=False),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["stock_location.id"], name=op.f("fk_joint_run_source_id_stock_location")
        ),
        sa.ForeignKeyConstraint(["class_id"], ["item_class.id"], name=op.f("fk_joint_run_class_id_item_class")),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], name=op.f("fk_joint_run_policy_id_policy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_run")),
        sa.UniqueConstraint("key", name=op.f("uq_joint_run_key")),
    )
    op.create_index(op.f("ix_joint_run_source_id"), "joint_run", ["source_id"])
    # Without making the table anew: on SQLite others that refer to its rows would stand in the way.
    reference = sa.ForeignKey("joint_run.id", name=op.f("fk_allocation_run_joint_id_joint_run"))
    op.add_column("allocation_run", sa.Column("joint_id", KEY, reference), inline_references=True)
    op.create_index(op.f("ix_allocation_run_joint_id"), "allocation_run", ["joint_id"])
    refuse_changes("joint_run")


def downgrade() -> None:
    op.drop_index(op.f("ix_allocation_run_joint_id"), "allocation_run")
    op.drop_column("allocation_run", "joint_id")
    op.drop_table("joint_run")
