"""The database's own name."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    named = op.create_table("named", sa.Column("id", sa.String(), primary_key=True))
    op.bulk_insert(named, [{"id": secrets.token_hex(8)}])


def downgrade() -> None:
    op.drop_table("named")
