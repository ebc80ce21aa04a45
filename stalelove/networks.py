"""Where a request comes from, for limits and lockouts; never for the row of a reader."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The client's IP address as the outermost trusted proxy saw it; None where there is none.

    Each of the TRUSTED_PROXIES adds one entry at the end of X-Forwarded-For. What stands before
    those came from the client and says nothing.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if len(entries) >= settings.TRUSTED_PROXIES:
            address = entries[-settings.TRUSTED_PROXIES]
    try:
        return str(ipaddress.ip_address(address.strip()))
    except ValueError:  # a Unix socket has no address
        return None


def network(address: str | None) -> str:
    """The network an address belongs to: 24 bits of IPv4, 48 of IPv6; empty without an address.

    A household or an office shares one, and a single person can have very many addresses of it.
    """
    if address is None:
        return ""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    bits = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network(f"{ip.exploded}/{bits}", strict=False))
