"""The short version of `make faults`, as CI lives through it: what must hold is said in faults.py."""

from __future__ import annotations

from tests.deploy.test_nginx import skip_without
from tests.faults.faults import ON_ONE_SITE, SHORT
from tests.faults.site import Site
from tests.serving import NGINX


# One test, so that the site is made once, on however many cores.
def test_no_acknowledged_answer_is_lost_and_everybody_is_told_kindly(tmp_path, subtests):
    skip_without(nginx=NGINX)
    with Site(tmp_path, settings="max_connections = 40") as site:
        for name in SHORT:
            row = ON_ONE_SITE[name](site, 5)
            with subtests.test(name):
                assert row.problems == []
                assert row.found == row.acknowledged >= 80
                assert (row.sent == row.acknowledged) == (name == "renewed")
