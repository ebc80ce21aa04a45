from __future__ import annotations

import pytest

from stalelove.networks import client_address, network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.2.3.4, 203.0.113.9", "203.0.113.9"),  # what stands first is the client's invention
        (2, "1.2.3.4, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "", None),
        (1, "nonsense", None),
        (1, " 2001:db8::1 ", "2001:db8::1"),
    ],
)
def test_the_address_is_what_the_outermost_trusted_proxy_saw(
    rf, settings, proxies, forwarded, address
):
    settings.TRUSTED_PROXIES = proxies

    assert client_address(rf.get("/", HTTP_X_FORWARDED_FOR=forwarded)) == address


def test_a_request_through_a_socket_has_no_address(rf, settings):
    settings.TRUSTED_PROXIES = 0

    assert client_address(rf.get("/", REMOTE_ADDR="")) is None


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("203.0.113.250", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        (None, ""),
    ],
)
def test_a_network_is_a_household_and_not_a_person(address, prefix):
    assert network(address) == prefix
