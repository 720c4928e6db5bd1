"""Alembic's entry: runs inside the transaction `core.db.migrate` opened."""

from alembic import context

from core.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
context.run_migrations()
