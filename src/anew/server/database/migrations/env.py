"""How Alembic runs the migrations: on the connection that it is handed."""

from alembic import context

from anew.server.database import creations, ledger, responses, work  # noqa: F401  their tables belong to the metadata
from anew.server.database.tables import Table

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
