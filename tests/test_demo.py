"""The demo and its PostgreSQL, as processes: started, shared, killed, and started again.

Everything happens in copies of the clone below a temporary folder.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from stalelove.demo_database import DatabaseError, DemoDatabase
from tests.serving import ROOT, free_ports

PARTS = ("stalelove", "articles", "exercises", "quiz", "templates", "static")
NASTY = "a 'quoted' folder; & é #1 100% (copy)"
# What manage.py does for every command that needs a database, without Django.
USER = """
import signal, sys
from pathlib import Path
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
sys.path.insert(0, sys.argv[1])
from stalelove.demo_database import DatabaseError, DemoDatabase
try:
    print(DemoDatabase(Path(sys.argv[2])).start(), flush=True)
except DatabaseError as error:
    sys.exit(str(error))
sys.stdin.read()
"""


def eventually(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds} seconds"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return (
        not Path(f"/proc/{pid}/stat").exists()
        or " Z " not in Path(f"/proc/{pid}/stat").read_text()
    )


def postmaster(folder: Path) -> int:
    """The process number of the server that runs in a DemoDatabase's folder."""
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def programs_at_work_in(folder: Path) -> list[str]:
    """The command lines of all programs that were given a data folder below this one."""
    done = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if f"-D {folder}" in line]


def add_row(url: str, row: str) -> list[str]:
    """Every row so far, this one included."""
    with psycopg.connect(url) as database:
        database.execute("CREATE TABLE IF NOT EXISTS kept (row text)")
        database.execute("INSERT INTO kept VALUES (%s)", [row])
        return [found for (found,) in database.execute("SELECT row FROM kept ORDER BY row")]


class Users:
    """Processes that use a DemoDatabase until they are told to end."""

    def __init__(self) -> None:
        self.processes: list[subprocess.Popen[str]] = []

    def begin(self, folder: Path, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", USER, str(ROOT), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
        )
        self.processes.append(process)
        return process

    def start(self, folder: Path, **environment: str) -> tuple[subprocess.Popen[str], str]:
        """A user, and the address that it was given."""
        process = self.begin(folder, **environment)
        assert process.stdout
        url = process.stdout.readline().strip()
        assert url.startswith("postgres://"), url
        return process, url

    @staticmethod
    def end(process: subprocess.Popen[str]) -> None:
        assert process.stdin
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.fixture
def users() -> Iterator[Users]:
    users = Users()
    yield users
    for process in users.processes:
        process.terminate()  # the last one stops the server
    for process in users.processes:
        process.wait(20)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with a space, quotes and a very long path."""
    return tmp_path / NASTY / ("long-" * 30) / "postgres"


def test_two_users_share_one_server_and_the_last_one_stops_it(users, folder, tmp_path):
    first, url = users.start(folder)
    second, second_url = users.start(folder, TMPDIR=str(folder.parent))
    server = postmaster(folder)

    assert second_url == url
    assert add_row(url, "shared") == ["shared"]
    users.end(first)
    assert is_alive(server)
    assert len(programs_at_work_in(tmp_path)) == 1
    users.end(second)

    assert not is_alive(server)
    assert programs_at_work_in(tmp_path) == []
    assert not (folder / "data" / "postmaster.pid").exists()


def test_users_who_start_at_the_same_moment_get_one_server(users, folder):
    processes = [users.begin(folder) for _ in range(3)]

    urls = {process.stdout.readline() for process in processes}

    assert len(urls) == 1
    assert add_row(urls.pop().strip(), "at once") == ["at once"]


def test_after_kill_9_of_a_user_the_next_one_takes_the_server_over_and_stops_it(users, folder):
    killed, url = users.start(folder)
    server = postmaster(folder)
    add_row(url, "first")

    killed.kill()
    killed.wait()
    assert is_alive(server)
    follower, url = users.start(folder)

    assert postmaster(folder) == server
    assert add_row(url, "second") == ["first", "second"]
    users.end(follower)
    assert not is_alive(server)


def test_after_kill_9_of_the_server_the_next_user_starts_another(users, folder):
    user, url = users.start(folder)
    server = postmaster(folder)
    add_row(url, "first")

    os.kill(server, signal.SIGKILL)
    eventually(lambda: not is_alive(server), "the server's end")
    _, url = users.start(folder)

    assert postmaster(folder) != server
    assert add_row(url, "second") == ["first", "second"]
    users.end(user)
    assert is_alive(postmaster(folder))


def test_a_stale_pid_file_that_names_a_living_program_is_no_obstacle(users, folder):
    user, url = users.start(folder)
    add_row(url, "first")
    pid_file = folder / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    users.end(user)
    # A program of the same system user: PostgreSQL itself would take it for a server.
    foreign = subprocess.Popen(["sleep", "60"], user=(folder / "data").stat().st_uid)
    try:
        pid_file.write_text("\n".join([str(foreign.pid), *lines[1:], ""]))
        _, url = users.start(folder)

        assert add_row(url, "second") == ["first", "second"]
        assert is_alive(foreign.pid)
    finally:
        foreign.kill()
        foreign.wait()


def test_a_folder_that_was_moved_keeps_its_data(users, folder):
    user, url = users.start(folder)
    add_row(url, "first")
    users.end(user)

    moved = folder.rename(folder.parent / "moved")
    _, url = users.start(moved)

    assert add_row(url, "second") == ["first", "second"]


def test_the_surroundings_of_a_postgresql_user_do_not_disturb(users, folder):
    _, url = users.start(
        folder, PGPORT="1", PGHOST="elsewhere", PGOPTIONS="-c nonsense=1", PGDATA="/nonexistent"
    )

    assert add_row(url, "here") == ["here"]


@pytest.mark.parametrize("step", ["data", "postgres.log"])  # while initdb, or pg_ctl, is at work
def test_a_user_that_is_told_to_end_while_it_starts_leaves_no_server(
    users, folder, tmp_path, step
):
    user = users.begin(folder)
    eventually((folder / step).exists, "the beginning of the start")

    user.terminate()

    assert user.wait(20) == 0
    assert not (folder / "data" / "postmaster.pid").exists()
    assert programs_at_work_in(tmp_path) == []


def test_a_start_that_was_cut_short_by_kill_9_is_made_good(users, folder, tmp_path):
    user = users.begin(folder)
    eventually((folder / "data").exists, "the beginning of the start")
    user.kill()
    user.wait()
    eventually(lambda: programs_at_work_in(tmp_path) == [], "the end of initdb")

    _, url = users.start(folder)

    assert add_row(url, "here") == ["here"]


def test_a_server_that_cannot_start_says_why(users, folder):
    user, _ = users.start(folder)
    users.end(user)
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.write("nonsense = 1\n")

    done = subprocess.run(
        [sys.executable, "-c", USER, str(ROOT), str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("pg_ctl failed (1)")
    assert 'unrecognized configuration parameter "nonsense"' in done.stderr


@pytest.mark.parametrize("sign", ['"', "$", "`", "\\"])
def test_a_folder_that_postgresql_cannot_work_in_is_refused_with_one_sentence(tmp_path, sign):
    folder = tmp_path / f"a {sign} b"

    with pytest.raises(DatabaseError) as error:
        DemoDatabase(folder).start()

    assert str(error.value) == (
        f"{folder} has a sign in it that PostgreSQL's programs stumble over, one of "
        '" $ ` \\; move this clone to another folder'
    )
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="every other test of this file did it already")
def test_an_ordinary_user_can_do_all_this_too():
    with tempfile.TemporaryDirectory(prefix="ordinary user ") as name:
        home = Path(name)
        shutil.copytree(ROOT / "stalelove", home / "clone" / "stalelove", ignore=_left_out)
        for path in [home, *home.rglob("*")]:
            os.chown(path, 65534, 65534)
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable]
        if subprocess.run([*as_nobody, "-c", ""], cwd="/", check=False).returncode:
            pytest.skip("this Python lies where an ordinary user cannot run it")
        data = home / "clone" / ".demo" / "postgres"

        for _ in range(2):
            process = subprocess.Popen(
                [*as_nobody, "-c", USER, str(home / "clone"), str(data)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd="/",
                env={"PATH": os.environ["PATH"]},
            )
            with process:
                url = process.stdout.readline().strip()
                assert url.startswith("postgres://stalelove@%2Ftmp%2Fsl-65534-")
                server = postmaster(data)
                assert Path(f"/proc/{server}").stat().st_uid == 65534
                process.stdin.close()
                assert process.wait(20) == 0
            assert not is_alive(server)


# `manage.py demo`


def _left_out(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__"}


@pytest.fixture(autouse=True)
def ctrl_c():
    """A shell lets what it starts in the background ignore Ctrl-C, and so would all that we start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Demo:
    """A copy of the clone, in which demos are started."""

    def __init__(self, clone: Path) -> None:
        self.clone = clone
        self.data = clone / ".demo" / "postgres"
        self.said = clone / "said.txt"
        for part in PARTS:
            shutil.copytree(ROOT / part, clone / part, ignore=_left_out)
        shutil.copy(ROOT / "manage.py", clone)
        self.processes: list[subprocess.Popen[bytes]] = []

    def command(self, port: int) -> list[str]:
        return [sys.executable, "manage.py", "demo", "--port", str(port)]

    def begin(self, command: list[str], **environment: str) -> subprocess.Popen[bytes]:
        with self.said.open("wb") as said:
            process = subprocess.Popen(
                command,
                cwd=self.clone,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def wait_for_page(self, port: int, process: subprocess.Popen[bytes]) -> None:
        def answers() -> bool:
            assert process.poll() is None, self.said.read_text()
            return first_page(port) == 200

        eventually(answers, "the first page", 120)

    def end(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(20)


def first_page(port: int) -> int | None:
    """The status of the first page; None when nothing listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as page:
            assert b"Stale Love" in page.read()
            return page.status
    except (urllib.error.URLError, ConnectionError):
        return None


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("demo") / NASTY)
    yield demo
    demo.end()


@pytest.fixture(scope="module")
def another_demo(tmp_path_factory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("demo") / "another")
    yield demo
    demo.end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_serves_its_first_page_and_a_signal_stops_all_of_it(demo, number):
    [port] = free_ports(1)
    process = demo.begin(demo.command(port))
    demo.wait_for_page(port, process)
    server = postmaster(demo.data)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/robots.txt", timeout=20) as page:
        assert f"Sitemap: http://127.0.0.1:{port}/sitemap.xml\n" in page.read().decode()

    process.send_signal(number)

    assert process.wait(20) == 0
    assert not is_alive(server)
    assert not (demo.data / "data" / "postmaster.pid").exists()
    assert first_page(port) is None
    said = demo.said.read_text()
    password = (demo.clone / ".demo" / "editor-password").read_text()
    assert (demo.clone / ".demo" / "editor-password").stat().st_mode & 0o777 == 0o600
    assert f"Stale Love is running at http://127.0.0.1:{port}/\n" in said
    assert f"at http://127.0.0.1:{port}/admin/ as editor with {password}\n" in said
    assert "Traceback" not in said


def test_two_clones_run_at_once_and_one_runs_again_after_kill_9(demo, another_demo):
    port, other_port = free_ports(2)
    first, second = demo.begin(demo.command(port)), another_demo.begin(demo.command(other_port))
    demo.wait_for_page(port, first)
    another_demo.wait_for_page(other_port, second)
    server = postmaster(demo.data)
    assert server != postmaster(another_demo.data)

    first.kill()
    first.wait()
    again = demo.begin(demo.command(port))
    demo.wait_for_page(port, again)

    assert first_page(other_port) == 200
    assert postmaster(demo.data) == server
    again.send_signal(signal.SIGINT)
    assert again.wait(20) == 0
    assert not is_alive(server)
    assert first_page(other_port) == 200


def test_the_demo_leaves_a_database_named_by_database_url_alone(demo, users, tmp_path):
    _, url = users.start(tmp_path / "somebody's")
    [port] = free_ports(1)

    process = demo.begin(demo.command(port), DATABASE_URL=url)
    demo.wait_for_page(port, process)
    process.send_signal(signal.SIGTERM)
    process.wait(20)

    assert demo.said.read_text().startswith(
        "DATABASE_URL is set; the demo leaves that database alone and uses its own.\n"
    )
    with psycopg.connect(url) as database:
        tables = database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchone() == (0,)


def test_a_taken_port_is_refused_with_one_sentence(demo):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        process = demo.begin(demo.command(port))

        assert process.wait(30) == 1
    said = demo.said.read_text()
    assert said.startswith(f"CommandError: port {port} cannot be used (")
    assert said.endswith(f"choose another: make demo PORT={port + 1}\n")
    assert said.count("\n") == 1
    assert not (demo.data / "data" / "postmaster.pid").exists()


def test_the_demo_ends_with_the_program_that_started_it(demo):
    [port] = free_ports(1)
    command = [*demo.command(port), "--stop-with-parent"]
    parent = demo.begin(["sh", "-c", '"$@"; exit 0', "sh", *command])
    demo.wait_for_page(port, parent)
    server = postmaster(demo.data)

    parent.kill()
    parent.wait()

    eventually(lambda: not is_alive(server), "the server's end")
    assert first_page(port) is None


def test_any_command_starts_the_database_and_stops_it_again(demo):
    process = demo.begin([sys.executable, "manage.py", "showmigrations"])

    assert process.wait(60) == 0, demo.said.read_text()
    assert (demo.data / "data" / "PG_VERSION").exists()
    assert not (demo.data / "data" / "postmaster.pid").exists()


def test_the_demo_s_secret_key_is_for_its_owner_only(demo):
    process = demo.begin([sys.executable, "manage.py", "check"])
    assert process.wait(60) == 0

    assert (demo.clone / ".demo" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert len((demo.clone / ".demo" / "secret-key").read_text()) == 64
