"""The console as a WSGI application, for gunicorn."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from console.alerts.catalogue import read_aside
from console.charts import get_ready_to_draw
from workspace.files import keep_private

keep_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
application = get_wsgi_application()
get_ready_to_draw()
read_aside()
