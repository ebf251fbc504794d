"""Sources, the HR roster, schedules and checkpoints"""

import sqlalchemy as sa
from alembic import op



revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('catalog_loads',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('types', sa.Integer(), nullable=False),
    sa.Column('plans', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalog_loads'))
    )
    op.create_table('catalog_plans',
    sa.Column('service_plan_id', sa.String(36), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('friendly_name', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('service_plan_id', name=op.f('pk_catalog_plans'))
    )
    op.create_table('catalog_types',
    sa.Column('sku_id', sa.String(36), nullable=False),
    sa.Column('part_number', sa.String(), nullable=False),
    sa.Column('product_name', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('sku_id', name=op.f('pk_catalog_types'))
    )
    op.create_table('page_checkpoints',
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('listing', sa.String(40), nullable=False),
    sa.Column('marker', sa.Integer(), nullable=False),
    sa.Column('next_link', sa.String(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_page_checkpoints_application_id')),
    sa.PrimaryKeyConstraint('application_id', 'listing', name=op.f('pk_page_checkpoints'))
    )
    op.create_table('rate_limits',
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(40), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_rate_limits_application_id')),
    sa.PrimaryKeyConstraint('application_id', 'name', name=op.f('pk_rate_limits'))
    )
    op.create_table('roster_imports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(), nullable=False),
    sa.Column('full', sa.Boolean(), nullable=False),
    sa.Column('added', sa.Integer(), nullable=False),
    sa.Column('updated', sa.Integer(), nullable=False),
    sa.Column('unchanged', sa.Integer(), nullable=False),
    sa.Column('departed', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_roster_imports_application_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_imports'))
    )
    with op.batch_alter_table('roster_imports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_roster_imports_application_id'), ['application_id'], unique=False)

    op.create_table('schedules',
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('hour', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_schedules_application_id')),
    sa.PrimaryKeyConstraint('application_id', name=op.f('pk_schedules'))
    )
    op.create_table('subscriptions',
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('subscription_id', sa.String(64), nullable=False),
    sa.Column('sku_id', sa.String(36), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('total_licenses', sa.Integer(), nullable=False),
    sa.Column('trial', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_lifecycle_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_subscriptions_application_id')),
    sa.PrimaryKeyConstraint('application_id', 'subscription_id', name=op.f('pk_subscriptions'))
    )
    op.create_table('employees',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('email', sa.String(), nullable=True),
    sa.Column('employee_id', sa.String(), nullable=True),
    sa.Column('first_name', sa.String(), nullable=True),
    sa.Column('last_name', sa.String(), nullable=True),
    sa.Column('status', sa.String(20), nullable=False),
    sa.Column('inactive_date', sa.Date(), nullable=True),
    sa.Column('department', sa.String(), nullable=True),
    sa.Column('cost_center', sa.String(), nullable=True),
    sa.Column('location', sa.String(), nullable=True),
    sa.Column('manager_email', sa.String(), nullable=True),
    sa.Column('user_id', sa.String(36), nullable=True),
    sa.Column('matched_by', sa.String(20), nullable=True),
    sa.Column('conflict', sa.String(), nullable=True),
    sa.Column('last_import_id', sa.Integer(), nullable=False),
    sa.Column('departed_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_employees_application_id')),
    sa.ForeignKeyConstraint(['last_import_id'], ['roster_imports.id'], name=op.f('fk_employees_last_import_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_employees'))
    )
    with op.batch_alter_table('employees', schema=None) as batch_op:
        batch_op.create_index('ix_employees_email', ['application_id', 'email'], unique=False)
        batch_op.create_index('ix_employees_employee_id', ['application_id', 'employee_id'], unique=False)
        batch_op.create_index('ix_employees_user', ['application_id', 'user_id'], unique=False)

    op.create_table('task_run_logs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('task_run_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('level', sa.String(10), nullable=False),
    sa.Column('message', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['task_run_id'], ['task_runs.id'], name=op.f('fk_task_run_logs_task_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_run_logs'))
    )
    with op.batch_alter_table('task_run_logs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_task_run_logs_task_run_id'), ['task_run_id'], unique=False)

    with op.batch_alter_table('user_activity', schema=None) as batch_op:
        batch_op.add_column(sa.Column('apps_refreshed_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('apps_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('mailbox_refreshed_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('mailbox_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('mailbox_bytes', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('has_archive', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('copilot_refreshed_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('copilot_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('activations_refreshed_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('apps_activated_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('visio_activated_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('project_activated_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('visio_refreshed_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('project_refreshed_on', sa.Date(), nullable=True))

    with op.batch_alter_table('reclamation_requests', schema=None) as batch_op:
        batch_op.add_column(sa.Column('restore_intent_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('restore_accepted_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('restore_attempts', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('restored_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('employee_status', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('cost_center', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('digest', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('written_in', sa.Integer(), server_default='0', nullable=False))
        batch_op.create_index('ix_users_employee_status', ['application_id', 'employee_status'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('reclamation_requests', schema=None) as batch_op:
        batch_op.drop_column('restored_at')
        batch_op.drop_column('restore_attempts')
        batch_op.drop_column('restore_accepted_at')
        batch_op.drop_column('restore_intent_at')

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_index('ix_users_employee_status')
        batch_op.drop_column('written_in')
        batch_op.drop_column('digest')
        batch_op.drop_column('cost_center')
        batch_op.drop_column('employee_status')

    with op.batch_alter_table('user_activity', schema=None) as batch_op:
        batch_op.drop_column('project_refreshed_on')
        batch_op.drop_column('visio_refreshed_on')
        batch_op.drop_column('project_activated_on')
        batch_op.drop_column('visio_activated_on')
        batch_op.drop_column('apps_activated_on')
        batch_op.drop_column('activations_refreshed_on')
        batch_op.drop_column('copilot_on')
        batch_op.drop_column('copilot_refreshed_on')
        batch_op.drop_column('has_archive')
        batch_op.drop_column('mailbox_bytes')
        batch_op.drop_column('mailbox_on')
        batch_op.drop_column('mailbox_refreshed_on')
        batch_op.drop_column('apps_on')
        batch_op.drop_column('apps_refreshed_on')

    with op.batch_alter_table('task_run_logs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_task_run_logs_task_run_id'))

    op.drop_table('task_run_logs')
    with op.batch_alter_table('employees', schema=None) as batch_op:
        batch_op.drop_index('ix_employees_user')
        batch_op.drop_index('ix_employees_employee_id')
        batch_op.drop_index('ix_employees_email')

    op.drop_table('employees')
    op.drop_table('subscriptions')
    op.drop_table('schedules')
    with op.batch_alter_table('roster_imports', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_roster_imports_application_id'))

    op.drop_table('roster_imports')
    op.drop_table('rate_limits')
    op.drop_table('page_checkpoints')
    op.drop_table('catalog_types')
    op.drop_table('catalog_plans')
    op.drop_table('catalog_loads')
