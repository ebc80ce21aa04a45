"""Two nodes, nginx, PgBouncer in transaction mode, a primary and a streaming replica, on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.deploy.cluster import PGBOUNCER, Pooler, Replica, stop
from tests.deploy.test_nginx import Site, skip_without
from tests.serving import NGINX, free_ports

SLUG = "/articles/a-changing-page/"
PROMISED = 2.0  # seconds from the commit to every reader


class Cluster(Site):
    """A site whose nodes reach the primary through PgBouncer and public pages through the replica."""

    def more_environment(self) -> dict[str, str]:
        self.replica = Replica(self.folder / "replica", self.database)
        self.replica.start()
        self.pooler = Pooler(self.folder, self.database, free_ports(1)[0])
        return {
            "DATABASE_URL": self.pooler.url(),
            "DATABASE_POOLER": "true",
            "REPLICA_URL": self.replica.url(),
        }

    def write(self, sql: str, *values: object) -> None:
        """As another node would: through the pooler, on the primary."""
        with psycopg.connect(
            self.pooler.url(), autocommit=True, prepare_threshold=None
        ) as primary:
            primary.execute(sql, values)

    def on_the_replica(self, sql: str) -> object:
        with psycopg.connect(self.replica.url(), autocommit=True) as replica:
            return replica.execute(sql).fetchone()[0]

    def seconds_until(self, is_so: Callable[[], bool]) -> float:
        began = time.monotonic()
        while not is_so():
            assert time.monotonic() - began < 60
            time.sleep(0.02)
        return time.monotonic() - began

    def seconds_until_seen(self, words: str) -> list[float]:
        """From now to the beginning of the first request that sees them, at each node and at nginx."""
        began = time.monotonic()
        found: dict[int, float] = {}
        servers = [(port, self._ask_node(port)) for port in self.ports]
        servers.append((self.tls, lambda: self.get(SLUG)[2]))
        while len(found) < len(servers):
            for server, ask in servers:
                asked = time.monotonic() - began
                if server not in found and words in ask():
                    found[server] = asked
            assert time.monotonic() - began < 60, found
        return list(found.values())

    def _ask_node(self, port: int) -> Callable[[], str]:
        return lambda: self.get_from_node(port, SLUG)[1]

    def end(self) -> None:
        super().end()
        self.pooler.end()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    skip_without(nginx=NGINX, pgbouncer=PGBOUNCER)
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    folder: Path = cluster.folder
    text = folder / "a-changing-page.md"
    text.write_text("A changing page\n\nIt changes.\n\nEdition number zero.\n")
    cluster.manage("import_article", "--publish", str(text))
    # The first answer of a process takes longer than any other: it is not what is measured here.
    cluster.seconds_until_seen("A changing page")
    yield cluster
    cluster.end()


def change(cluster: Cluster, words: str) -> None:
    cluster.write("UPDATE articles_article SET title = %s WHERE slug = 'a-changing-page'", words)


def test_what_one_node_publishes_is_seen_on_the_other(cluster):
    slowest = 0.0
    for number in range(5):
        change(cluster, f"Edition {number} of it")
        slowest = max(slowest, *cluster.seconds_until_seen(f"Edition {number} of it"))

    assert slowest < PROMISED


def test_public_pages_come_from_the_replica_and_a_checkup_from_the_primary(cluster):
    cluster.seconds_until(lambda: cluster.get("/readyz")[0] == 200)
    stop(cluster.database)
    try:
        time.sleep(1.2)  # for which a process trusts what it knew
        # Pages that nobody has asked for before, so that none is kept anywhere.
        public = [cluster.get(path)[0] for path in ("/topics/repair/", "/evidence/")]
        started = cluster.get("/checkup/start/", data=b"")[0]
        ready = cluster.get("/readyz")[0]
    finally:
        cluster.database._start_server()

    assert (public, started, ready) == ([200, 200], 503, 503)
    cluster.seconds_until(lambda: cluster.get("/checkup/start/", data=b"")[0] == 302)


def test_a_replica_that_lags_is_not_asked(cluster):
    """It has the old title for as long as it is paused; readers never wait for it, nor a checkup."""
    title = "SELECT title FROM articles_article WHERE slug = 'a-changing-page'"
    change(cluster, "Before the pause")
    cluster.seconds_until_seen("Before the pause")
    # Readers may have seen it from the primary.
    cluster.seconds_until(lambda: cluster.on_the_replica(title) == "Before the pause")
    cluster.on_the_replica("SELECT pg_wal_replay_pause()::text")
    cluster.seconds_until(
        lambda: cluster.on_the_replica("SELECT pg_get_wal_replay_pause_state()") == "paused"
    )
    try:
        change(cluster, "While it is paused")
        seconds = cluster.seconds_until_seen("While it is paused")
        status, headers, _body = cluster.get("/checkup/start/", data=b"")
        step = cluster.get(headers["Location"])[0]
        behind = cluster.on_the_replica(title)
    finally:
        cluster.on_the_replica("SELECT pg_wal_replay_resume()::text")

    assert max(seconds) < PROMISED
    assert (behind, status, step) == ("Before the pause", 302, 200)
    # It is asked again when it has caught up, and no old page comes back with it.
    cluster.seconds_until(lambda: cluster.on_the_replica(title) == "While it is paused")
    time.sleep(1.2)  # for which a process trusts what it knew
    pages = [cluster.get_from_node(port, SLUG)[1] for port in cluster.ports]
    assert ["While it is paused" in page for page in pages] == [True, True]


def test_a_replica_that_is_gone_is_missed_by_nobody(cluster):
    stop(cluster.replica)
    try:
        # At once, within the second for which it was trusted, and pages that are not kept.
        answers = [
            cluster.get_from_node(port, path)[0]
            for path in ("/exercises/?minutes=5", "/exercises/?minutes=10", "/questions/")
            for port in cluster.ports
        ]
        change(cluster, "Without a replica")
        seconds = cluster.seconds_until_seen("Without a replica")
    finally:
        cluster.replica._start_server()

    assert answers == [200] * 6
    assert max(seconds) < PROMISED


def test_no_node_leaves_anything_behind_in_the_pooler_s_connections(cluster):
    """What a session has set would be somebody else's in transaction mode."""
    with psycopg.connect(cluster.database.url(), autocommit=True) as primary:
        prepared = primary.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()[0]
        locks = primary.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        ).fetchone()[0]
        open_transactions = primary.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        ).fetchone()[0]

    assert (prepared, locks, open_transactions) == (0, 0, 0)
