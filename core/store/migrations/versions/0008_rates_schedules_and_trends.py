"""Exchange rates"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op



revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'exchange_rates',
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('currency', sa.String(length=3), nullable=False),
        sa.Column('into', sa.String(length=3), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('rate', sa.BigInteger(), nullable=False),
        sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('entered_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
        sa.PrimaryKeyConstraint('application_id', 'currency', 'into', 'valid_from'),
    )
    op.create_table(
        'reclaim_schedules',
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('enabled', sa.Boolean(), nullable=False),
        sa.Column('mode', sa.String(length=12), nullable=False),
        sa.Column('scenarios', sa.JSON(), nullable=False),
        sa.Column('included', sa.JSON(), nullable=False),
        sa.Column('excluded', sa.JSON(), nullable=False),
        sa.Column('weekday', sa.Integer(), nullable=True),
        sa.Column('hour', sa.Integer(), nullable=False),
        sa.Column('at_most', sa.Integer(), nullable=False),
        sa.Column('fresh_hours', sa.Integer(), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
        sa.PrimaryKeyConstraint('application_id'),
    )
    op.create_table(
        'scheduled_runs',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('outcome', sa.String(length=12), nullable=False),
        sa.Column('detail', sa.String(), nullable=False),
        sa.Column('mode', sa.String(length=12), nullable=False),
        sa.Column('requests', sa.Integer(), nullable=False),
        sa.Column('left_out', sa.JSON(), nullable=False),
        sa.Column('run_id', sa.Integer(), nullable=True),
        sa.Column('set_up_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('set_up_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
        sa.ForeignKeyConstraint(['run_id'], ['reclamation_runs.id'], ),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('application_id', 'due_at', name='uq_scheduled_runs'),
    )
    op.add_column('reclamation_runs', sa.Column('audit_due_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        'report_plans',
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('every', sa.String(length=8), nullable=False),
        sa.Column('day', sa.Integer(), nullable=False),
        sa.Column('hour', sa.Integer(), nullable=False),
        sa.Column('recipients', sa.JSON(), nullable=False),
        sa.Column('formats', sa.JSON(), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_by', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
        sa.PrimaryKeyConstraint('application_id'),
    )
    op.create_table(
        'report_mails',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('recipient', sa.String(), nullable=False),
        sa.Column('outcome', sa.String(length=10), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('detail', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('application_id', 'due_at', 'recipient', name='uq_report_mails'),
    )
    op.create_table(
        'role_holders',
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.String(length=36), nullable=False),
        sa.Column('roles', sa.JSON(), nullable=False),
        sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
        sa.PrimaryKeyConstraint('application_id', 'user_id'),
    )
    op.create_table(
        'daily_shares',
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('dimension', sa.String(length=12), nullable=False),
        sa.Column('taken_on', sa.Date(), nullable=False),
        sa.Column('sku_id', sa.String(length=36), nullable=False),
        sa.Column('seats', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
        sa.PrimaryKeyConstraint('application_id', 'dimension', 'taken_on', 'sku_id'),
    )
    op.add_column('purchases', sa.Column('kind', sa.String(length=8), nullable=False, server_default='seats'))
    _index_purchases('kind')
    _keep_rollups()
    op.create_table(
        'assignment_rollups',
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('dimension', sa.String(length=12), nullable=False),
        sa.Column('value', sa.String(), nullable=False),
        sa.Column('sku_id', sa.String(length=36), nullable=False),
        sa.Column('activity_status', sa.String(length=12), nullable=False),
        sa.Column('seats', sa.Integer(), nullable=False),
        sa.Column('reclaimable', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
        sa.PrimaryKeyConstraint('application_id', 'dimension', 'value', 'sku_id', 'activity_status'),
    )
    for dimension, value, group in (
        ('all', "''", ''),
        ('department', 'department', ', department'),
        ('country', 'country', ', country'),
        ('company_name', 'company_name', ', company_name'),
    ):
        op.execute(
            'INSERT INTO assignment_rollups (application_id, dimension, value, sku_id, activity_status, seats, reclaimable)'
            f" SELECT application_id, '{dimension}', {value}, sku_id, activity_status, SUM(seats), SUM(reclaimable)"
            f' FROM rollups_before GROUP BY application_id, sku_id, activity_status{group}'
        )
    op.execute('DROP TABLE rollups_before')


def _index_purchases(*kind: str) -> None:
    """Tell purchases apart by what they are of, too."""
    op.drop_index('uq_purchases_start', 'purchases')
    op.drop_index('uq_purchases_no_start', 'purchases')
    columns = ['application_id', 'sku_id', 'purchase_identifier', *kind]
    op.create_index('uq_purchases_start', 'purchases', [*columns, 'starts_on'], unique=True)
    no_start = sa.text('starts_on IS NULL')
    op.create_index(
        'uq_purchases_no_start', 'purchases', columns, unique=True, sqlite_where=no_start, postgresql_where=no_start
    )


def _keep_rollups() -> None:
    """Drop the counts, keep them for this transaction, and have them made anew: others than these have been added."""
    op.execute('CREATE TEMPORARY TABLE rollups_before AS SELECT * FROM assignment_rollups')
    op.drop_table('assignment_rollups')
    now = sa.bindparam('now', datetime.now(UTC), type_=sa.DateTime(timezone=True))
    op.get_bind().execute(
        sa.text(
            'INSERT INTO assessments (application_id, asked_at, due_at)'
            ' SELECT id, :now, :now FROM applications'
            ' WHERE id IN (SELECT application_id FROM rollups_before)'
            ' ON CONFLICT (application_id) DO UPDATE SET asked_at = excluded.asked_at, due_at = excluded.due_at'
        ).bindparams(now)
    )


def downgrade() -> None:
    _keep_rollups()
    op.create_table(
        'assignment_rollups',
        sa.Column('application_id', sa.Integer(), nullable=False),
        sa.Column('sku_id', sa.String(length=36), nullable=False),
        sa.Column('activity_status', sa.String(length=12), nullable=False),
        sa.Column('department', sa.String(), nullable=False),
        sa.Column('country', sa.String(), nullable=False),
        sa.Column('company_name', sa.String(), nullable=False),
        sa.Column('seats', sa.Integer(), nullable=False),
        sa.Column('reclaimable', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['application_id'], ['applications.id'], ),
        sa.PrimaryKeyConstraint('application_id', 'sku_id', 'activity_status', 'department', 'country', 'company_name'),
    )
    op.execute(
        'INSERT INTO assignment_rollups'
        ' (application_id, sku_id, activity_status, department, country, company_name, seats, reclaimable)'
        " SELECT application_id, sku_id, activity_status, '', '', '', seats, reclaimable"
        " FROM rollups_before WHERE dimension = 'all'"
    )
    op.execute('DROP TABLE rollups_before')
    # Fees and discounts have no seats: without their kind no version before could read them.
    op.execute("DELETE FROM purchases WHERE kind <> 'seats'")
    _index_purchases()
    with op.batch_alter_table('purchases', schema=None) as batch_op:
        batch_op.drop_column('kind')
    op.drop_table('daily_shares')
    op.drop_table('role_holders')
    op.drop_table('report_mails')
    op.drop_table('report_plans')
    with op.batch_alter_table('reclamation_runs', schema=None) as batch_op:
        batch_op.drop_column('audit_due_at')
    op.drop_table('scheduled_runs')
    op.drop_table('reclaim_schedules')
    op.drop_table('exchange_rates')
