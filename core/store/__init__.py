"""What the product remembers: SQLModel tables, engine and sessions, migrations, bulk upserts.

Imports no capability and speaks to no network. SQLite by default, PostgreSQL by URL alone.
"""
