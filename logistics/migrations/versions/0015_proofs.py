"""Proofs of the books that people and the night ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATES = ("waiting", "at_work", "proved", "not_proved", "stopped", "broken_off")


def upgrade() -> None:
    op.create_table(
        "proof_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="proofstate", native_enum=False, length=32), nullable=False),
        sa.Column("check", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_run")),
        sa.UniqueConstraint("key", name=op.f("uq_proof_run_key")),
    )
    op.create_index(op.f("ix_proof_run_state"), "proof_run", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("proof_run")
