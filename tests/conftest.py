"""Fixtures for every test. The database is asked for by name, never by itself."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def empty_cache():
    """No test sees what another has cached."""
    cache.clear()
