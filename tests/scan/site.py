"""A site with production's settings on loopback, for programs that attack it or look it over.

gunicorn answers by itself, TLS too, without the nginx that would stand in front and refuse much of it.
The database is new each time. Limits are off, since one machine sends everything.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stalelove.demo_database import DemoDatabase
from tests.serving import (
    environment,
    make_certificate,
    manage,
    start_gunicorn,
    stop,
    wait_until_open,
)

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
    key, certificate = make_certificate(folder, f"IP:{host}")
    told = environment(
        folder,
        DemoDatabase(folder / "postgres", durable=False).start(),
        ALLOWED_HOSTS=host,
        SITE_URL=f"https://{host}:{port}",
        SECURITY_CONTACT="mailto:security@stalelove.example",
        MEDIA_ROOT=str(folder / "media"),
    )
    for command in (["migrate"], ["load_starter"], ["collectstatic", "--no-input"]):
        manage(told, *command, "--verbosity", "0")
    shell = ("shell", "--no-imports", "--verbosity", "0", "--command", _FILL)
    filled = json.loads(manage(told, *shell))
    log = folder / "site.log"
    tls = ("--keyfile", str(key), "--certfile", str(certificate))
    server = start_gunicorn(told, port, log, *tls)
    try:
        wait_until_open(server, port, log)
        yield Site(address=f"https://{host}:{port}", log=log, **filled)
    finally:
        stop(server)
