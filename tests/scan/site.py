"""A site with production's settings on loopback, for programs that attack it or look it over.

gunicorn answers by itself, TLS too, without the nginx that would stand in front and refuse much of it.
The database is new each time. Limits are off, since one machine sends everything.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stalelove.demo_database import DemoDatabase

ROOT = Path(__file__).parent.parent.parent
# Somebody of the group Editors with a second step, signed in; a checkup that is finished and one that
# is not; an article in review with its preview.
_FILL = """
import json
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from articles.models import Article
from articles.preview import preview_address
from quiz.models import Checkup, Edition
from stalelove.categories import Category
editor = User.objects.create_user("edith", password="the-quiet-kitchen-at-six", is_staff=True)
editor.groups.add(Group.objects.get(name="Editors"))
device = TOTPDevice.objects.create(user=editor, name="Authenticator app")
session = SessionStore()
session[SESSION_KEY] = str(editor.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = editor.get_session_auth_hash()
session[DEVICE_ID_SESSION_KEY] = device.persistent_id
session.create()
edition = Edition.objects.current()
checkup, finished = Checkup.start(edition)
for category in Category:
    checkup.save_page(category, dict.fromkeys(checkup.page_answers(category), 3))
_unfinished, begun = Checkup.start(edition)
article = Article.objects.first()
print(json.dumps({"session": session.session_key, "finished": finished, "begun": begun,
                  "preview": preview_address(article), "article": article.pk}))
"""


@dataclass(frozen=True)
class Site:
    """What an attacker may be given: an address, two readers' links, and an editor's session."""

    address: str
    session: str
    finished: str
    begun: str
    preview: str
    article: int
    log: Path

    def faults(self) -> Counter[str]:
        """The site's own errors in its log, and how often each came: the message and where it ended."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return Counter(
            f"{line['message']} {line.get('trace', '').strip()[-300:]}"
            for line in lines
            if line["level"] in ("ERROR", "CRITICAL")
        )


@contextlib.contextmanager
def production_site(folder: Path, port: int) -> Iterator[Site]:
    """Serves until the block ends. `folder` must be empty or new."""
    folder.mkdir(parents=True, exist_ok=True)
    host = "127.0.0.1"
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={host}", "-addext", f"subjectAltName=IP:{host}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    environment = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "only-for-a-scan-" * 4,
        "DATABASE_URL": DemoDatabase(folder / "postgres", durable=False).start(),
        "ALLOWED_HOSTS": host,
        "SITE_URL": f"https://{host}:{port}",
        "SECURITY_CONTACT": "mailto:security@stalelove.example",
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
        "RATE_LIMITS": "false",
        "BIND": f"{host}:{port}",
    }

    def manage(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments, "--verbosity", "0"],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    for command in (["migrate"], ["load_starter"], ["collectstatic", "--no-input"]):
        manage(*command)
    filled = json.loads(manage("shell", "--no-imports", "--command", _FILL))
    log = folder / "site.log"
    with log.open("w") as lines:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn"),
                *("--config", "deploy/gunicorn.conf.py", "stalelove.wsgi"),
                *("--keyfile", str(key), "--certfile", str(certificate)),
            ],
            cwd=ROOT,
            env=environment,
            stderr=lines,
        )
    try:
        address = f"https://{host}:{port}"
        _wait_for(f"{address}/readyz", certificate, log)
        yield Site(address=address, log=log, **filled)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(40)


def _wait_for(address: str, certificate: Path, log: Path) -> None:
    trust = ssl.create_default_context(cafile=certificate)
    for _moment in range(300):
        try:
            with urllib.request.urlopen(address, timeout=5, context=trust):  # noqa: S310 (our own)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"The site did not start:\n{log.read_text()}")
