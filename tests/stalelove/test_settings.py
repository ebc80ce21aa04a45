"""The settings as a process meets them: read in one of its own, with nothing in its environment but
what each test puts there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "s3cret#word"
COMPLETE = {
    "SECRET_KEY": "x" * 60,
    "ALLOWED_HOSTS": "stalelove.example, www.stalelove.example",
    "DATABASE_URL": "postgres://stalelove@localhost:5432/stalelove",
    "SITE_URL": "https://stalelove.example/",
}
HINTS = {
    "SECRET_KEY": "put 50 or more random characters there, for example from "
    "`openssl rand -base64 48`",
    "ALLOWED_HOSTS": "put the site's host names there, for example `stalelove.example`",
    "DATABASE_URL": "put postgres://USER:PASSWORD@HOST:5432/NAME there",
    "SITE_URL": "put the site's address there, for example https://stalelove.example",
}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def refusal(**environment: str) -> str:
    """The sentence with which a server does not start."""
    done = run("-c", "import stalelove.wsgi", **environment)
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == 1
    name, _, sentence = done.stderr.strip().rpartition("\n")[2].partition(": ")
    assert name == "django.core.exceptions.ImproperlyConfigured", done.stderr
    return sentence


def test_a_server_has_every_page_imported_before_it_is_forked_and_needs_no_database_for_it():
    away = {"DATABASE_URL": "postgres://stalelove@127.0.0.1:1/away"}
    asked = (
        "import stalelove.wsgi, sys; print({'exercises.views', 'quiz.views'} <= set(sys.modules))"
    )

    done = run("-c", asked, **COMPLETE | away)

    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


@pytest.mark.parametrize("name", COMPLETE)
def test_a_server_without_a_variable_says_which_and_what_to_put_there(name):
    rest = {other: value for other, value in COMPLETE.items() if other != name}

    assert refusal(**rest) == (
        f'{name} is missing or wrong: {HINTS[name]} (Environment variable "{name}" not set)'
    )


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL"])
def test_an_empty_variable_is_no_better_than_a_missing_one(name):
    assert refusal(**COMPLETE | {name: ""}) == f"{name} is empty: {HINTS[name]}"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            {"DEBUG": "maybe"},
            "DEBUG is wrong: put true or false there "
            '(Environment variable "DEBUG" invalid: Not a valid boolean.)',
        ),
        (
            {"SENTRY_DSN": "sentry.example"},
            "SENTRY_DSN is wrong: put the address there that Sentry shows for the project",
        ),
        (
            {"CACHE_URL": "redis://cache:6379/0"},
            "CACHE_URL names a Redis: install requirements/redis.txt instead of "
            "requirements/run.txt",
        ),
        (
            {"SECRET_KEY": "short"},
            "SECRET_KEY has 5 characters: put 50 or more random ones there, for example from "
            "`openssl rand -base64 48`",
        ),
        (
            {"DEBUG": "true"},
            "DEBUG is true, which shows the inside of the site to everybody: leave it out, or set MODE "
            "to demo",
        ),
        *(
            (
                {"ALLOWED_HOSTS": wrong},
                f'ALLOWED_HOSTS has "{wrong}": put names of hosts there, such as `stalelove.example`, '
                "without https://, port or *",
            )
            for wrong in ("*", "https://stalelove.example", "stalelove.example:443", "a b")
        ),
        *(
            (
                {"SITE_URL": wrong},
                f'SITE_URL is "{wrong}": put https:// and the name of the host there, and nothing else',
            )
            for wrong in ("https://stalelove.example/love", "https://a@b.example")
        ),
        (
            {"ADMIN_PATH": "(admin/"},
            'ADMIN_PATH is "(admin/": put letters, digits, _ and - there, parted by /',
        ),
        (
            {"EXIT_URL": "javascript:alert(1)"},
            'EXIT_URL is "javascript:alert(1)": it must begin with https://',
        ),
        ({"ADMINS": "ops@a.example, nobody"}, 'ADMINS has "nobody": put e-mail addresses there'),
        (
            {"SECURITY_CONTACT": "ask us"},
            'SECURITY_CONTACT is "ask us": it must begin with mailto: or https://',
        ),
        (
            {"MEDIA_STORAGE": "ftp"},
            'MEDIA_STORAGE is "ftp": put "folder" or "s3" there',
        ),
        (
            {"MEDIA_STORAGE": "s3"},
            "S3_BUCKET is missing or wrong: put the name of the bucket there "
            '(Environment variable "S3_BUCKET" not set)',
        ),
        *(
            (
                {name: "perhaps"},
                f"{name} is wrong: put true or false there "
                f'(Environment variable "{name}" invalid: Not a valid boolean.)',
            )
            for name in ("REQUIRE_OTP", "RATE_LIMITS", "DATABASE_POOLER")
        ),
        (
            {"TRUSTED_PROXIES": "ten"},
            "TRUSTED_PROXIES is wrong: put the number of proxies there "
            '(Environment variable "TRUSTED_PROXIES" invalid: Not a valid integer.)',
        ),
        ({"MODE": "staging"}, 'MODE is "staging": put "production" or "demo" there'),
        (
            {"DATABASE_URL": ""},
            f"DATABASE_URL is missing or wrong: {HINTS['DATABASE_URL']} "
            '(Environment variable "DATABASE_URL" invalid: Not a valid database URL.)',
        ),
        (
            {"DATABASE_URL": "sqlite:///db.sqlite3"},
            "DATABASE_URL must name a PostgreSQL database: postgres://…",
        ),
        (
            {"SITE_URL": "stalelove.example"},
            'SITE_URL is "stalelove.example": it must begin with https://',
        ),
        (
            {"ADMIN_PATH": "/admin/"},
            'ADMIN_PATH is "/admin/": it must end, and not begin, with /',
        ),
        ({"ADMIN_PATH": "admin"}, 'ADMIN_PATH is "admin": it must end, and not begin, with /'),
        (
            {"TIME_ZONE": "Europe/Atlantis"},
            'TIME_ZONE is "Europe/Atlantis": put a name such as Europe/London there',
        ),
        (
            {"CHECKUP_UNFINISHED_DAYS": "a week"},
            "CHECKUP_UNFINISHED_DAYS is wrong: put a number of days there (Environment variable "
            '"CHECKUP_UNFINISHED_DAYS" invalid: Not a valid integer.)',
        ),
        (
            {"CHECKUP_FINISHED_DAYS": "0"},
            "CHECKUP_FINISHED_DAYS is wrong: put a number of days there (Environment variable "
            "\"CHECKUP_FINISHED_DAYS\" invalid: ['Must be greater than or equal to 1.'])",
        ),
    ],
)
def test_a_wrong_variable_stops_the_server_with_one_sentence(wrong, sentence):
    assert refusal(**COMPLETE | wrong) == sentence


def test_no_part_of_a_password_is_printed():
    done = run(
        "-c",
        "import stalelove.wsgi",
        **COMPLETE | {"DATABASE_URL": f"postgres://stalelove:{PASSWORD}@localhost/stalelove"},
    )

    assert done.returncode == 1
    assert "DATABASE_URL is missing or wrong" in done.stderr
    assert "s3cret" not in done.stderr


def printed(expression: str, **environment: str) -> str:
    code = f"from django.conf import settings; print({expression})"
    done = run("-c", code, DJANGO_SETTINGS_MODULE="stalelove.settings", **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "key").write_text("k" * 60 + "\n")
    (tmp_path / "database").write_text("postgres://stalelove:s3cret@db:5432/other\n")
    rest = {name: COMPLETE[name] for name in ("ALLOWED_HOSTS", "SITE_URL")}

    said = printed(
        "settings.SECRET_KEY, settings.DATABASES['default']['NAME']",
        SECRET_KEY_FILE=str(tmp_path / "key"),
        DATABASE_URL_FILE=str(tmp_path / "database"),
        **rest,
    )

    assert said == f"{'k' * 60} other"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_stops_the_server(tmp_path, content):
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    rest = {name: value for name, value in COMPLETE.items() if name != "SECRET_KEY"}

    assert refusal(SECRET_KEY_FILE=str(path), **rest) == (
        f'SECRET_KEY_FILE is "{path}": put the path of a text file there that this process may read'
    )


def test_every_variable_may_lie_in_a_file_and_one_that_is_not_there_is_said(tmp_path):
    """Each in turn, in one process: the settings are read anew for each."""
    names = [name for name in example() if not name.startswith(("S3_", "AWS_", "WEB_"))]
    code = f"""
import importlib, os
from django.core.exceptions import ImproperlyConfigured
for name in {names}:
    before = os.environ.pop(name, None)
    os.environ[name + "_FILE"] = {str(tmp_path / "none")!r}
    try:
        import stalelove.settings as settings
        importlib.reload(settings)
        print(name, "was not refused")
    except ImproperlyConfigured as error:
        if not str(error).startswith(name + "_FILE is "):
            print(name, error)
    del os.environ[name + "_FILE"]
    if before is not None:
        os.environ[name] = before
"""
    done = run("-c", code, **COMPLETE)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_secret_in_two_places_stops_the_server(tmp_path):
    assert refusal(SECRET_KEY_FILE=str(tmp_path), **COMPLETE) == (
        "SECRET_KEY and SECRET_KEY_FILE are both set: keep one of them"
    )


def example() -> dict[str, str]:
    """The variables of .env.example, those that are commented out too."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    pairs = (line.removeprefix("#").partition("=") for line in lines)
    return {
        name: value for name, sign, value in pairs if sign and re.fullmatch("[A-Z0-9_]+", name)
    }


def test_the_example_of_an_environment_names_every_variable_and_no_other():
    source = (ROOT / "stalelove" / "settings.py").read_text()
    read = re.findall(r'(?:env\.\w+|required|optional|words)\(\s*"([A-Z0-9_]+)"', source)
    # BIND is the unit's, which says a port for each node.
    gunicorn = (ROOT / "deploy" / "gunicorn.conf.py").read_text()
    read += re.findall(r'environ\.get\("(WEB_[A-Z]+)"', gunicorn)

    assert sorted(example()) == sorted(set(read))


def test_the_page_for_operations_names_every_variable():
    page = (ROOT / "docs" / "operations.md").read_text()

    assert [name for name in example() if f"`{name}`" not in page] == []


def test_the_example_is_a_working_environment_but_for_its_secret():
    given = example() | {"SECRET_KEY": "x" * 60}

    assert printed("settings.PRODUCTION, settings.SITE_URL", **given) == (
        "True https://stalelove.example"
    )
    assert refusal(**example()).startswith("SECRET_KEY is empty")


def test_production_is_what_runs_when_the_environment_does_not_say():
    names = ("PRODUCTION", "DEBUG", "SECURE_SSL_REDIRECT", "ALLOWED_HOSTS", "SITE_URL")
    code = f"from django.conf import settings; print([getattr(settings, n) for n in {names}])"

    done = run("-c", code, DJANGO_SETTINGS_MODULE="stalelove.settings", **COMPLETE)

    assert done.stdout == (
        "[True, False, True, ['stalelove.example', 'www.stalelove.example'], "
        "'https://stalelove.example']\n"
    )


@pytest.mark.parametrize("command", [["migrate"], ["check"], ["demo"], ["load_starter"]])
def test_manage_py_in_production_refuses_without_a_database(command):
    rest = {name: value for name, value in COMPLETE.items() if name != "DATABASE_URL"}

    done = run("manage.py", *command, MODE="production", **rest)

    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"DATABASE_URL is missing or wrong: {HINTS['DATABASE_URL']} "
        '(Environment variable "DATABASE_URL" not set)\n',
    )


def test_manage_py_with_a_database_of_its_own_is_in_production():
    done = run("manage.py", "check", DATABASE_URL=COMPLETE["DATABASE_URL"])

    assert done.returncode == 1
    assert done.stderr == (
        f"SECRET_KEY is missing or wrong: {HINTS['SECRET_KEY']} "
        '(Environment variable "SECRET_KEY" not set)\n'
    )


def test_the_demo_does_not_run_in_production():
    done = run("manage.py", "demo", MODE="production", **COMPLETE)

    assert done.returncode == 1
    assert "the demo does not run with MODE=production; unset MODE" in done.stderr


def test_a_cache_that_is_named_is_shared_and_none_is_needed(tmp_path):
    shown = "settings.PAGE_CACHE_IS_SHARED, settings.CACHES['default']['BACKEND'].split('.')[-1]"

    assert printed(shown, **COMPLETE) == "False LocMemCache"
    assert printed(shown, **COMPLETE, CACHE_URL=f"file://{tmp_path}") == "True FileBasedCache"
