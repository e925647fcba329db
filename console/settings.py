"""Django's settings of the web pages. Everything that differs between two installations comes from the environment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from console.access.addresses import proxies_in_front
from console.database import database_settings
from console.keys import kept_secret
from ingestion.programme import time_zone_of

HOME = Path(os.environ.get("RETURNS_HOME", "var")).absolute()
FOLDER = Path(__file__).parent
# The programme's folder, as the nights know it too.
PROGRAMME = Path(os.environ.get("RETURNS_PROGRAMME") or FOLDER.parent / "programmes" / "west-midlands-2022").absolute()
DATABASES = {"default": database_settings(HOME)}
DEBUG = os.environ.get("DJANGO_DEBUG") == "1"
# Without one in the environment or in the home, sessions end with the process.
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or kept_secret(HOME, "secret-key") or secrets.token_urlsafe(64)
ALLOWED_HOSTS = os.environ.get("RETURNS_ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]").replace(",", " ").split()

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "console.decisions",
    "console.access",
    "console.alerts",
    "console.returns",
    "console.queries",
    "console.kpis",
    "console.data",
]
MIDDLEWARE = [
    "console.request_ids.RequestIds",
    "console.access.counting.CountRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "console.access.gate.Gate",
    "console.releases.NoReleasePage",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "console.urls"
WSGI_APPLICATION = "console.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [FOLDER / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["console.parts"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.access.navigation.navigation",
            ],
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [FOLDER / "static"]

WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

# One handler for every file, which ends what is larger than a return may be, whoever sends it.
FILE_UPLOAD_HANDLERS = ["console.returns.upload_limit.HeldToSize"]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = time_zone_of(PROGRAMME)

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Single sign-on, where a provider is named. See console/access/sign_on_provider.py.
OIDC_ISSUER = os.environ.get("RETURNS_OIDC_ISSUER", "")
OIDC_RP_CLIENT_ID = os.environ.get("RETURNS_OIDC_CLIENT_ID", "")
OIDC_RP_CLIENT_SECRET = os.environ.get("RETURNS_OIDC_CLIENT_SECRET", "")
# A provider that gives out addresses itself and never says that it verified them, such as Entra ID with one tenant.
OIDC_TRUSTS_EMAIL = os.environ.get("RETURNS_OIDC_TRUSTS_EMAIL") == "1"
OIDC_RP_SCOPES = "openid email"
OIDC_USE_PKCE = True
OIDC_TIMEOUT = 10
OIDC_AUTHENTICATION_CALLBACK_URL = "access:single-sign-on-back"
if OIDC_ISSUER:
    AUTHENTICATION_BACKENDS.append("console.access.sign_on_provider.SingleSignOn")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "console.access.views.form_too_old"
LOGIN_URL = "access:sign-in"
LOGIN_REDIRECT_URL = "access:home"
LOGOUT_REDIRECT_URL = "access:sign-in"

# Ten tries at one account from one address, then an hour's pause.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "console.access.tries.account"
AXES_CLIENT_IP_CALLABLE = "console.access.tries.machine"
AXES_LOCKOUT_TEMPLATE = "access/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
# The audit log knows who signed in; another log, with the addresses of machines, is not kept.
AXES_DISABLE_ACCESS_LOG = True

# What a machine shows that reads the figures at /metrics; without one only administrators read them.
METRICS_TOKEN = os.environ.get("RETURNS_METRICS_TOKEN", "")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
# Only on one's own machine: everywhere else the pages go over HTTPS.
_HTTPS = os.environ.get("RETURNS_CONSOLE_PLAIN_HTTP") != "1"
SECURE_SSL_REDIRECT = _HTTPS
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
CSRF_TRUSTED_ORIGINS = [f"https://{host.removeprefix('.')}" for host in ALLOWED_HOSTS if host != "*"]
# A proxy in front that sets this header itself, and takes away what a visitor sends under the same name.
PROXIES = proxies_in_front(os.environ.get("RETURNS_BEHIND_PROXY", ""))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None

# Errors go to standard error as lines of JSON, where systemd and containers keep what a service says.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "console.error_log.Line"}},
    "handlers": {"errors": {"class": "logging.StreamHandler", "formatter": "lines", "level": "WARNING"}},
    "root": {"handlers": ["errors"], "level": "WARNING"},
    "loggers": {
        # In place of the mail to administrators that Django sends by itself, which holds what people typed.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # Pages that are not there and forms too old are no errors of ours.
        "django.request": {"level": "ERROR"},
        # Anybody can send any name of a host, as often as they like: it is refused, and fills no log.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # The audit log says who was locked out.
        "axes": {"level": "ERROR"},
    },
}
