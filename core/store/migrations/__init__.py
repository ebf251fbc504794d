"""Alembic's folder: one small module a change of shape."""
