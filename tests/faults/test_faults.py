"""The short version of `make faults`, as CI lives through it: what must hold is said in faults.py."""

from __future__ import annotations

import pytest

from tests.faults.faults import ON_ONE_SITE, SHORT
from tests.faults.site import NGINX, Site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if not NGINX:
        pytest.skip("there is no nginx on this machine")
    # pytest's folders are closed to PostgreSQL's own user; the cluster may pass (demo_database).
    with Site(tmp_path_factory.mktemp("faults"), settings="max_connections = 40") as site:
        yield site


@pytest.mark.parametrize("name", SHORT)
def test_no_acknowledged_answer_is_lost_and_everybody_is_told_kindly(site, name):
    row = ON_ONE_SITE[name](site, 5)

    assert row.problems == []
    assert row.found == row.acknowledged >= 80
    assert row.sent > row.acknowledged or name in ("renewed", "node")
