"""A worker of the queue `outside` whose calls end within two seconds, so that no test waits for thirty.

`python -m tests.robust.impatient_worker`: all but the time-outs is the product's own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from core.config.logs import configure_logs
from core.config.settings import Settings
from core.domain.platform import Shop
from core.domain.stores import Store
from core.jobs.working import run_worker
from integrations.assembly import production_env
from integrations.outgoing.calling import Outgoing
from integrations.outgoing.session import Patience, open_session
from integrations.woocommerce.shop import open_shop

ONE_CALL_S = 2.0
PATIENCE = Patience(connect_s=0.5, read_s=1.5, total_s=ONE_CALL_S)

if __name__ == "__main__":
    configure_logs("outside")
    settings = Settings.load(os.environ)
    outgoing = Outgoing(open_session(settings.allowed_networks, patience=PATIENCE), settings)

    def impatiently(store: Store, credentials: Mapping[str, str]) -> Shop:
        """The store, called with little patience."""
        return open_shop(store, credentials, outgoing)

    run_worker(replace(production_env(settings), shop=impatiently), "outside", settings.redis_url or "")
