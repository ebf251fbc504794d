"""Notices to the holders of licenses"""

import sqlalchemy as sa
from alembic import op



revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('reclamation_runs', sa.Column('waiting_days', sa.Integer(), nullable=True))
    op.add_column('reclamation_runs', sa.Column('copy_manager', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table('notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.String(36), nullable=False),
    sa.Column('kind', sa.String(10), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('copied_to', sa.String(), nullable=True),
    sa.Column('outcome', sa.String(10), nullable=False),
    sa.Column('detail', sa.String(), nullable=False),
    sa.Column('graph_request_id', sa.String(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['application_id'], ['applications.id'], name=op.f('fk_notices_application_id')),
    sa.ForeignKeyConstraint(['run_id'], ['reclamation_runs.id'], name=op.f('fk_notices_run_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    sa.UniqueConstraint('run_id', 'user_id', 'kind', name=op.f('uq_notices_run_id_user_id_kind'))
    )


def downgrade() -> None:
    op.drop_table('notices')
    op.drop_column('reclamation_runs', 'copy_manager')
    op.drop_column('reclamation_runs', 'waiting_days')
