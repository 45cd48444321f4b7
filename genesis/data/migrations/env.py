"""Alembic runs this file: one explicit transaction around all steps, so that a schema is old or new, never between (I34)."""

from __future__ import annotations

from alembic import context

from genesis.data.schema import metadata

if context.is_offline_mode():
    context.configure(
        dialect_name=context.config.get_main_option("dialect") or "sqlite",
        literal_binds=True,
        target_metadata=metadata,
        transactional_ddl=True,
    )
else:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
