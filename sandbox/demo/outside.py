"""The worker that calls stores, in the demo: the product's own, with the stand-ins as the stores."""

from __future__ import annotations

from core.config.logs import configure_logs
from core.jobs.working import run_worker
from sandbox.demo.opening import demo_env


def main() -> None:
    """Runs until SIGTERM. `REDIS_URL` says where the bell is."""
    configure_logs("outside")
    env = demo_env()
    if env.settings.redis_url is None:
        raise LookupError("the demo's worker needs REDIS_URL")
    run_worker(env, "outside", env.settings.redis_url)


if __name__ == "__main__":
    main()
