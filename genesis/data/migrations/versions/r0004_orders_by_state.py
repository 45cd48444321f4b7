"""Orders are found by their state without a look at all that ever were: `GET /orders?state=`, newest first (L5).

Revision 0004, after 0003.
"""

from __future__ import annotations

from alembic import op

from genesis.data.migrations.dialects import by_insertion

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("orders_by_state", "orders", by_insertion("state"))
