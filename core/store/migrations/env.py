"""Alembic's entry: runs the migrations on the connection that `core.store.migrate` hands in."""

from alembic import context
from sqlmodel import SQLModel

import core.store.tables  # noqa: F401 - registers every table

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
