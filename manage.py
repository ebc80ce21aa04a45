#!/usr/bin/env python
"""Run a command of the site. Without a DATABASE_URL it works on the demo's own PostgreSQL."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stalelove.settings")
    if (
        not os.environ.keys() & {"DATABASE_URL", "DATABASE_URL_FILE"}
        or os.environ.get("MODE") == "demo"
        or "demo" in sys.argv[1:2]
    ):
        from stalelove.demo_database import prepare_environment

        prepare_environment(command=sys.argv[1] if len(sys.argv) > 1 else "help")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
