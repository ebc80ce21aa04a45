"""`manage.py demo`: a whole running site on this machine, with its own PostgreSQL."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from stalelove.demo_database import FOLDER, kept_secret

EDITOR = "editor"
WRITER = "writer"


class Command(BaseCommand):
    help = (
        "Migrate, load the starter content, make a demo editor, and serve on 127.0.0.1. "
        "Ctrl-C stops all of it. Example: python manage.py demo --port 8001"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="the port to serve on (8000)")
        parser.add_argument(
            "--stop-with-parent",
            action="store_true",
            help="stop when the process that started this one is gone (the Makefile sets it)",
        )

    def handle(self, *, port: int, stop_with_parent: bool, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError("the demo does not run with MODE=production; unset MODE")
        _refuse_a_taken_port(port)
        if stop_with_parent:
            threading.Thread(target=_stop_with_parent, args=(os.getppid(),), daemon=True).start()
        call_command("migrate", verbosity=0)
        call_command("load_starter", stdout=self.stdout)
        password = _demo_editor(FOLDER / "editor-password")
        address = f"http://127.0.0.1:{port}"
        self.stdout.write(
            f"\nStale Love is running at {address}/\n"
            f"Editors sign in at {address}/{settings.ADMIN_PATH} as {EDITOR} with {password}\n"
            f"(as {WRITER} with the same, somebody who writes and may not publish)\n"
            "Ctrl-C stops it, its PostgreSQL too.\n"
        )
        self.stdout.flush()
        call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, skip_checks=True)


def _refuse_a_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"port {port} cannot be used ({error}); choose another: make demo PORT={port + 1}"
            ) from error


def _stop_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def _demo_editor(path: Path) -> str:
    """Make the demo's editor and writer once; their password stays in the demo's folder."""
    password = kept_secret(path, random_bytes=9)
    users = get_user_model().objects
    if not users.filter(username=EDITOR).exists():
        users.create_superuser(EDITOR, password=password)
    if not users.filter(username=WRITER).exists():
        writer = users.create_user(WRITER, password=password, is_staff=True)
        writer.groups.add(Group.objects.get(name="Writers"))
    return password
