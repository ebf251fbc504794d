"""Exemptions, cooldowns and further policies"""

import sqlalchemy as sa
from alembic import op



revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows that are there already get what has held for them so far.
    op.add_column('policies', sa.Column('waiting_days', sa.Integer(), nullable=False, server_default='5'))
    op.add_column('policies', sa.Column('cooldown_days', sa.Integer(), nullable=False, server_default='90'))
    op.add_column('policies', sa.Column('limit_requests', sa.Integer(), nullable=False, server_default='50'))
    op.add_column('policies', sa.Column('limit_percent', sa.Integer(), nullable=False, server_default='10'))
    op.add_column('policies', sa.Column('limit_smallest', sa.Integer(), nullable=False, server_default='5'))
    op.add_column('policies', sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('policies', sa.Column('paused_by', sa.String(), nullable=True))
    op.add_column('policies', sa.Column('pause_reason', sa.String(), nullable=True))
    op.create_table('policy_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('setting', sa.String(40), nullable=False),
    sa.Column('sku_id', sa.String(36), nullable=True),
    sa.Column('before', sa.String(), nullable=True),
    sa.Column('after', sa.String(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_policy_changes_application_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_policy_changes'))
    )
    op.create_index(op.f('ix_policy_changes_application_id'), 'policy_changes', ['application_id'], unique=False)
    op.create_table('exemptions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(20), nullable=False),
    sa.Column('target', sa.String(), nullable=False),
    sa.Column('target_name', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_by', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_exemptions_application_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exemptions'))
    )
    op.create_index('ix_exemptions_in_force', 'exemptions', ['application_id', 'lifted_at'], unique=False)
    op.create_table('cooldowns',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.String(36), nullable=False),
    sa.Column('sku_id', sa.String(36), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_cooldowns_application_id')),
    sa.ForeignKeyConstraint(['request_id'], ['reclamation_requests.id'], name=op.f('fk_cooldowns_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cooldowns')),
    sa.UniqueConstraint('request_id', name=op.f('uq_cooldowns_request_id'))
    )
    op.create_index('ix_cooldowns_in_force', 'cooldowns', ['application_id', 'until'], unique=False)
    op.create_index('ix_cooldowns_seat', 'cooldowns', ['application_id', 'user_id', 'sku_id'], unique=False)
    op.create_table('assessments',
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_assessments_application_id')),
    sa.PrimaryKeyConstraint('application_id', name=op.f('pk_assessments'))
    )


def downgrade() -> None:
    op.drop_table('assessments')
    op.drop_index('ix_cooldowns_seat', table_name='cooldowns')
    op.drop_index('ix_cooldowns_in_force', table_name='cooldowns')
    op.drop_table('cooldowns')
    op.drop_index('ix_exemptions_in_force', table_name='exemptions')
    op.drop_table('exemptions')
    op.drop_index(op.f('ix_policy_changes_application_id'), table_name='policy_changes')
    op.drop_table('policy_changes')
    for column in (
        'pause_reason', 'paused_by', 'paused_at', 'limit_smallest', 'limit_percent', 'limit_requests',
        'cooldown_days', 'waiting_days',
    ):
        op.drop_column('policies', column)
