"""Settings: read from the environment, and from nothing else.

MODE is `production` unless the environment says `demo`. A variable that is missing or wrong stops
the start with one sentence that names it and says what to put there. The demo's and the tests'
environment is made by stalelove.demo_database; nothing here knows of it.
"""

import importlib.util
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv, validate

BASE_DIR = Path(__file__).resolve().parent.parent
# What NAME would hold may also lie in a file that NAME_FILE names: secrets of systemd and Docker.
env = FileAwareEnv(strip_whitespace=True)


def required(name: str, read: Any, hint: str, **options: Any) -> Any:
    """The value of a variable that has no default; ImproperlyConfigured with `hint` without it."""
    _refuse_two_sources(name)
    try:
        value = read(name, **options)
    except EnvError as error:
        # Without the cause: its tracebacks would bury the sentence.
        raise ImproperlyConfigured(f"{name} is missing or wrong: {hint} ({error})") from None
    except (ValueError, OSError):
        raise ImproperlyConfigured(_unreadable(name, hint)) from None
    if value in ("", [], {}):
        raise ImproperlyConfigured(f"{name} is empty: {hint}")
    return value


def optional(name: str, read: Any, default: Any, hint: str, **options: Any) -> Any:
    """The value of a variable, or its default; ImproperlyConfigured where what stands there is wrong."""
    _refuse_two_sources(name)
    try:
        return read(name, default, **options)
    except EnvError as error:
        raise ImproperlyConfigured(f"{name} is wrong: {hint} ({error})") from None
    except (ValueError, OSError):
        raise ImproperlyConfigured(_unreadable(name, hint)) from None


def _refuse_two_sources(name: str) -> None:
    if name in os.environ and f"{name}_FILE" in os.environ:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one of them")


def _unreadable(name: str, hint: str) -> str:
    """The sentence for a value that no reader of environs could make sense of."""
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return f"{name} is wrong: {hint}"
    return f'{name}_FILE is "{path}": put the path of a text file there that this process may read'


def words(name: str, default: list[str] | None = None) -> list[str]:
    """A comma-separated variable as a list without blanks."""
    values = env.list(name) if default is None else env.list(name, default)
    return [value.strip() for value in values if value.strip()]


MODE = optional("MODE", env.str, "production", "put production or demo there")
if MODE not in ("production", "demo"):
    raise ImproperlyConfigured(f'MODE is "{MODE}": put "production" or "demo" there')
PRODUCTION = MODE == "production"

SECRET_KEY = required(
    "SECRET_KEY",
    env.str,
    "put 50 or more random characters there, for example from `openssl rand -base64 48`",
)
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured(
        f"SECRET_KEY has {len(SECRET_KEY)} characters: put 50 or more random ones there, for example from "
        "`openssl rand -base64 48`"
    )
DEBUG = optional("DEBUG", env.bool, False, "put true or false there")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured(
        "DEBUG is true, which shows the inside of the site to everybody: leave it out, or set MODE to demo"
    )
ALLOWED_HOSTS = required(
    "ALLOWED_HOSTS", words, "put the site's host names there, for example `stalelove.example`"
)
for host in ALLOWED_HOSTS:
    # A name that is none would fit no request; "*" would let a link name any site as ours.
    if not re.fullmatch(r"\.?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\]", host):
        raise ImproperlyConfigured(
            f'ALLOWED_HOSTS has "{host}": put names of hosts there, such as `stalelove.example`, without '
            "https://, port or *"
        )
DATABASES = {
    "default": required(
        "DATABASE_URL",
        env.dj_db_url,
        "put postgres://USER:PASSWORD@HOST:5432/NAME there",
        # Measured (docs/decisions.md): after a restart of PostgreSQL the first requests all succeed.
        conn_max_age=600,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database: postgres://…")
# Django's own backend, with a bound on how long anybody waits for the server.
DATABASES["default"]["ENGINE"] = "stalelove.database"
# In seconds; 0 is no limit. The last two hold for requests, and not for commands.
DATABASE_CONNECT_TIMEOUT = optional(
    "DATABASE_CONNECT_TIMEOUT",
    env.int,
    2,
    "put a number of seconds there, 2 or more",
    validate=validate.Range(min=2, max=60),
)
DATABASE_STATEMENT_TIMEOUT = optional(
    "DATABASE_STATEMENT_TIMEOUT",
    env.int,
    15,
    "put a number of seconds there",
    validate=validate.Range(min=0),
)
DATABASE_LOCK_TIMEOUT = optional(
    "DATABASE_LOCK_TIMEOUT",
    env.int,
    5,
    "put a number of seconds there",
    validate=validate.Range(min=0),
)
# PgBouncer in transaction mode: no settings of a session, and no cursor that outlives a transaction.
DATABASE_POOLER = optional("DATABASE_POOLER", env.bool, False, "put true or false there")
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_POOLER

# A streaming replica for public pages (stalelove.replica); one server, not several behind one name.
REPLICA_HINT = "put postgres://USER:PASSWORD@HOST:5432/NAME of a replica there, or leave it out"
if optional("REPLICA_URL", env.str, "", REPLICA_HINT):
    DATABASES["replica"] = {
        **DATABASES["default"],
        **required(
            "REPLICA_URL", env.dj_db_url, REPLICA_HINT, conn_max_age=600, conn_health_checks=True
        ),
    }
    if DATABASES["replica"]["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("REPLICA_URL must name a PostgreSQL database: postgres://…")
    DATABASES["replica"]["ENGINE"] = "stalelove.database"
    DATABASE_ROUTERS = ["stalelove.places.Router"]

# The site's address as readers see it, for links that must be absolute (feed, sitemap, canonical).
SITE_URL = required(
    "SITE_URL", env.str, "put the site's address there, for example https://stalelove.example"
).rstrip("/")
if not SITE_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured(f'SITE_URL is "{SITE_URL}": it must begin with https://')
if not re.fullmatch(r"https?://[^/?#\s@]+", SITE_URL):
    raise ImproperlyConfigured(
        f'SITE_URL is "{SITE_URL}": put https:// and the name of the host there, and nothing else'
    )
ADMIN_PATH = optional("ADMIN_PATH", env.str, "admin/", "put a path such as `admin/` there")
if not ADMIN_PATH.endswith("/") or ADMIN_PATH.startswith("/"):
    raise ImproperlyConfigured(f'ADMIN_PATH is "{ADMIN_PATH}": it must end, and not begin, with /')
if not re.fullmatch(r"([A-Za-z0-9_-]+/)+", ADMIN_PATH):
    raise ImproperlyConfigured(
        f'ADMIN_PATH is "{ADMIN_PATH}": put letters, digits, _ and - there, parted by /'
    )

INSTALLED_APPS = [
    "stalelove.admin_config.EditorsAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "crispy_forms",
    "csp",
    "reversion",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "stalelove",
    "articles",
    "exercises",
    "quiz",
]
MIDDLEWARE = [
    "stalelove.request_log.request_log",
    "stalelove.page_cache.keep_pages",
    # Outside all that may answer by itself or replace an answer: a static file, a refused host.
    "stalelove.headers.site_headers",
    "quiz.guards.private_addresses",
    # For readers, the way goes on with WhiteNoise.
    "stalelove.readers.straight_to_the_page",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "stalelove.rate_limits.RateLimits",
    "stalelove.outages.Outages",
    "stalelove.replica.PublicPages",
]
ROOT_URLCONF = "stalelove.urls"
WSGI_APPLICATION = "stalelove.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "stalelove.template_loading.Loader",
                    [
                        "stalelove.template_whitespace.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "stalelove.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "articles.templatetags.words",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = ["stalelove"]
CRISPY_TEMPLATE_PACK = "stalelove"
CRISPY_FAIL_SILENTLY = False

# English, or a language whose translation lies in locale/ (docs/decisions.md, "Languages").
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_CODE = optional("LANGUAGE_CODE", env.str, "en", "put a language such as en there")
LANGUAGES = [
    ("en", "English"),
    *(
        (folder.name.replace("_", "-").lower(), folder.name)
        for folder in sorted(LOCALE_PATHS[0].glob("*"))
        if (folder / "LC_MESSAGES" / "django.mo").exists()
    ),
]
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise ImproperlyConfigured(
        f'LANGUAGE_CODE is "{LANGUAGE_CODE}": put one of {", ".join(dict(LANGUAGES))} there'
    )
# Dates as the house writes them in English; other languages have Django's.
FORMAT_MODULE_PATH = "stalelove.formats"
TIME_ZONE = optional("TIME_ZONE", env.str, "UTC", "put a name such as Europe/London there")
try:
    ZoneInfo(TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError, OSError):
    raise ImproperlyConfigured(
        f'TIME_ZONE is "{TIME_ZONE}": put a name such as Europe/London there'
    ) from None
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(
    optional("STATIC_ROOT", env.str, str(BASE_DIR / "staticfiles"), "put a folder there")
)
# Editors' pictures: in a folder, or in S3-compatible storage. Readers always load them from MEDIA_URL
# on the site itself, so that a page asks nobody else for anything.
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(
    optional("MEDIA_ROOT", env.str, str(BASE_DIR / "media"), "put a folder there that is kept")
)
MEDIA_STORAGE = optional("MEDIA_STORAGE", env.str, "folder", "put folder or s3 there")
if MEDIA_STORAGE not in ("folder", "s3"):
    raise ImproperlyConfigured(f'MEDIA_STORAGE is "{MEDIA_STORAGE}": put "folder" or "s3" there')
if MEDIA_STORAGE == "s3" and not importlib.util.find_spec("storages"):
    raise ImproperlyConfigured(
        'MEDIA_STORAGE is "s3": install requirements/s3.txt instead of requirements/run.txt'
    )
# Where this machine keeps the help lines as it last knew them (stalelove.help_lines); systemd names
# STATE_DIRECTORY by itself. Empty: they are kept in memory only.
STATE_ROOT = optional(
    "STATE_ROOT",
    env.str,
    os.environ.get("STATE_DIRECTORY", str(BASE_DIR / "state")),
    "put a folder there that this process may write to",
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if MEDIA_STORAGE == "folder"
    else {
        "BACKEND": "storages.backends.s3.S3Storage",
        # The key comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from the machine's role.
        "OPTIONS": {
            "bucket_name": required("S3_BUCKET", env.str, "put the name of the bucket there"),
            "endpoint_url": optional(
                "S3_ENDPOINT_URL", env.str, None, "put the address of the storage there"
            ),
            "region_name": optional("S3_REGION", env.str, None, "put the region's name there"),
            "default_acl": None,
            "file_overwrite": True,
        },
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# The demo serves the files where they lie; production serves what collectstatic gathered.
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Public pages as they were sent, in the memory of each process (stalelove.page_cache); 0 keeps none.
PAGE_CACHE_MB = optional(
    "PAGE_CACHE_MB",
    env.int,
    0 if DEBUG else 32,
    "put a number of megabytes for each process there",
    validate=validate.Range(min=0, max=4096),
)
# Behind that, one cache for all processes and nodes, where there is one: such as redis://…
CACHE_HINT = "put the address of a cache there, such as redis://HOST:6379/0, or leave it out"
PAGE_CACHE_IS_SHARED = optional("CACHE_URL", env.str, "", CACHE_HINT) != ""
CACHES = {
    "default": optional("CACHE_URL", env.dj_cache_url, "locmem://", CACHE_HINT)
    if PAGE_CACHE_IS_SHARED
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
if "redis" in CACHES["default"]["BACKEND"] and not importlib.util.find_spec("redis"):
    raise ImproperlyConfigured(
        "CACHE_URL names a Redis: install requirements/redis.txt instead of requirements/run.txt"
    )

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Whether editors need a second step; without it, only those who have set one up are asked.
REQUIRE_OTP = optional("REQUIRE_OTP", env.bool, PRODUCTION, "put true or false there")
OTP_TOTP_ISSUER = "Stale Love"
# Five wrong passwords for one name from one address lock that pair out; an office that shares its
# address is not locked out by one person in it.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "stalelove.networks.client_address"
AXES_LOCKOUT_CALLABLE = "stalelove.sign_in.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "otp_token"]
AXES_ENABLE_ADMIN = False  # the action on the account is the way out
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# How many proxies stand in front and each add the address they saw to X-Forwarded-For.
TRUSTED_PROXIES = optional(
    "TRUSTED_PROXIES",
    env.int,
    1 if PRODUCTION else 0,
    "put the number of proxies there",
    validate=validate.Range(min=0, max=9),
)
# Off only where one machine must send a great many requests, as in a load test (stalelove.rates).
RATE_LIMITS = optional("RATE_LIMITS", env.bool, True, "put true or false there")

CSRF_FAILURE_VIEW = "stalelove.views.csrf_failed"
# Readers get no cookie at all; these are about the editors' sign-in.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Counted from the sign-in, not from the last click.
SESSION_COOKIE_AGE = 60 * 60 * 12

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        # No script of ours makes markup of text; the admin's (jQuery) does: stalelove.sign_in.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
        "upgrade-insecure-requests": PRODUCTION,
    }
}

# An editor may paste a long article; reader forms are far smaller and guarded in exercises.guards.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# What is kept of a reader, in days (product.md, "What is kept of a reader").
CHECKUP_UNFINISHED_DAYS = optional(
    "CHECKUP_UNFINISHED_DAYS",
    env.int,
    7,
    "put a number of days there",
    validate=validate.Range(min=1),
)
CHECKUP_FINISHED_DAYS = optional(
    "CHECKUP_FINISHED_DAYS",
    env.int,
    400,
    "put a number of days there",
    validate=validate.Range(min=1),
)

# Where the exit control goes: a page that explains itself to anyone who looks.
EXIT_URL = optional("EXIT_URL", env.str, "https://www.weather.com/", "put an https address there")
if not EXIT_URL.startswith("https://"):
    raise ImproperlyConfigured(f'EXIT_URL is "{EXIT_URL}": it must begin with https://')

# Who gets error reports by mail, from the machine's own mail server; and what a report holds,
# wherever it goes.
ADMINS = [
    ("", address)
    for address in optional("ADMINS", words, [], "put e-mail addresses there, parted by commas")
]
for _name, address in ADMINS:
    if "@" not in address:
        raise ImproperlyConfigured(f'ADMINS has "{address}": put e-mail addresses there')
DEFAULT_EXCEPTION_REPORTER = "stalelove.error_reports.PrivateReporter"
# Whom to tell of a weakness (/.well-known/security.txt); without it there is no such page.
SECURITY_CONTACT = optional("SECURITY_CONTACT", env.str, "", "put mailto:… or https://… there")
if SECURITY_CONTACT and not SECURITY_CONTACT.startswith(("mailto:", "https://")):
    raise ImproperlyConfigured(
        f'SECURITY_CONTACT is "{SECURITY_CONTACT}": it must begin with mailto: or https://'
    )

# Where faults are reported to, scrubbed (stalelove.fault_reports); nowhere by itself.
SENTRY_DSN = optional("SENTRY_DSN", env.str, "", "put a Sentry's address there, or leave it out")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"class": "stalelove.logs.PrivateJson"},
        "line": {
            "class": "stalelove.logs.PrivateLine",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if PRODUCTION else "line",
        },
        "mail": {"class": "stalelove.error_reports.PrivateMail", "level": "ERROR"},
    },
    "filters": {"not_unavailable": {"()": "stalelove.logs.NotUnavailable"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "WARNING"},  # it tells of every sign-in that went well
        "django": {"handlers": ["console", "mail"], "level": "INFO", "propagate": False},
        # An outage is told by stalelove.outages, once a minute and not once a request.
        "django.request": {"filters": ["not_unavailable"]},
        "stalelove.outages": {"handlers": ["console", "mail"], "propagate": False},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # The demo's own server writes a line for every request already.
        "stalelove.requests": {"level": "INFO" if PRODUCTION else "WARNING"},
    },
}
