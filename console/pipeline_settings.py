"""Django's settings of the pipeline and the command line: the tables of decisions and nothing of the web pages."""

from __future__ import annotations

import os
from pathlib import Path

from console.database import database_settings

HOME = Path(os.environ.get("RETURNS_HOME", "var")).absolute()
DATABASES = {"default": database_settings(HOME)}
INSTALLED_APPS = ["console.decisions"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Europe/London"
