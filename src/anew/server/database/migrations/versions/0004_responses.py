"""Responses, and their items."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "responses",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("tenant", sa.String(), nullable=False, index=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("previous_id", sa.String()),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_table(
        "response_items",
        sa.Column("response_id", sa.String(), sa.ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(), nullable=False, index=True),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("response_items")
    op.drop_table("responses")
