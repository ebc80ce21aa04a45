"""What a first visit costs, as it is served in production: few requests, few bytes, nothing that moves."""

from urllib.parse import quote

import pytest
from django.db import connection

from tests.browser.looking import DARK_SMALL, LIGHT, visitor
from tests.browser.pages import make_pages
from tests.browser.production import Gunicorn, environment, gather_static_files
from tests.browser.weighing import weigh
from tests.serving import free_ports

pytestmark = pytest.mark.django_db(transaction=True)
MOST_BYTES, MOST_REQUESTS = 45 * 1024, 6
PUBLIC = ("home", "article", "article-short", "exercise", "checkup")
WEIGHED = (*PUBLIC, "article-with-a-picture", "step-empty", "snapshot")


@pytest.fixture
def site(starter, media, tmp_path):
    """The address of a gunicorn on the database of the tests."""
    database = connection.settings_dict
    user = quote(database["USER"], safe="")
    secret = f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else ""
    host = quote(database["HOST"], safe="")
    url = f"postgres://{user}{secret}@{host}:{database['PORT']}/{database['NAME']}"
    [port] = free_ports(1)
    told = environment(tmp_path, url, port)
    gather_static_files(told)
    with Gunicorn(tmp_path, told, port) as address:
        yield address


@pytest.fixture
def media(settings, tmp_path):
    """Pictures lie where the gunicorn looks for them."""
    settings.MEDIA_ROOT = tmp_path / "media"


def test_a_first_visit_costs_little_and_nothing_moves(site, chromium, subtests):
    pages = {page.name: page for page in make_pages()}
    for look in (LIGHT, DARK_SMALL):
        with visitor(chromium, site, look) as visit:
            for name in WEIGHED:
                with subtests.test(f"{name}, {look}"):
                    weight = weigh(visit, pages[name])
                    assert len(weight.wire) <= MOST_REQUESTS + (name == "article-with-a-picture")
                    if name in PUBLIC:
                        assert weight.bytes <= MOST_BYTES, weight.wire
                        plain = {a for a, how in weight.encodings.items() if how != "br"}
                        assert {a for a in plain if not a.endswith((".webp", ".woff2"))} == set()
                    assert [address.rpartition(".")[2] for address in weight.blocking] == ["css"]
                    assert weight.shift == 0
            assert visit.complaints == []
