"""A worker process: `python -m worker points|outside|beat`. An empty shell; the work is in core/jobs."""

from __future__ import annotations

import gc
import os
import sys

from core.config.logs import configure_logs
from core.config.settings import Settings
from core.jobs.beat import run_beat
from core.jobs.stopping import stop_when_asked
from core.jobs.working import run_worker
from integrations.assembly import production_env

if __name__ == "__main__":
    settings, role = Settings.load(os.environ), sys.argv[-1]
    configure_logs(role)
    if role == "beat":
        run_beat(production_env(settings), stop_when_asked())
    elif role in ("points", "outside") and settings.redis_url:
        # A batch is many small objects that end together; what is loaded by now stays to the end.
        gc.freeze()
        gc.set_threshold(20_000)
        run_worker(production_env(settings), role, settings.redis_url)
    else:
        sys.exit("Usage: python -m worker points|outside|beat; points and outside need REDIS_URL.")
