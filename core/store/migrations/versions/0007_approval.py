"""Runs that wait for a second person's approval"""

import sqlalchemy as sa
from alembic import op



revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('policies', sa.Column('approval_above', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('reclamation_runs', sa.Column('needs_approval', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('reclamation_runs', sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('reclamation_runs', sa.Column('approved_by', sa.String(), nullable=True))
    op.add_column('reclamation_runs', sa.Column('rejected_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('reclamation_runs', sa.Column('rejected_by', sa.String(), nullable=True))
    op.add_column('reclamation_runs', sa.Column('rejection_reason', sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('reclamation_runs', schema=None) as batch_op:
        for name in ('rejection_reason', 'rejected_by', 'rejected_at', 'approved_by', 'approved_at', 'needs_approval'):
            batch_op.drop_column(name)
    with op.batch_alter_table('policies', schema=None) as batch_op:
        batch_op.drop_column('approval_above')
