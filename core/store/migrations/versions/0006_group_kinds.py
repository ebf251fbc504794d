"""Which groups are Microsoft 365 groups, and licenses that are taken back through a group"""

import sqlalchemy as sa
from alembic import op



revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('groups', sa.Column('unified', sa.Boolean(), nullable=True))
    op.add_column('reclamation_requests', sa.Column('via_group_id', sa.String(36), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('reclamation_requests', schema=None) as batch_op:
        batch_op.drop_column('via_group_id')
    with op.batch_alter_table('groups', schema=None) as batch_op:
        batch_op.drop_column('unified')
