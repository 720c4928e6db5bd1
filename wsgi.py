"""The web process for any WSGI server: `wsgi:app`. An empty shell around create_app()."""

from __future__ import annotations

import os

from core.config.logs import configure_logs
from core.config.settings import Settings
from integrations.assembly import web_env
from web.app import create_app

configure_logs("web")
app = create_app(web_env(Settings.load(os.environ)))
