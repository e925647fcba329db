"""The address of the machine that a request comes from, as far as it can be believed."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address

from django.core.exceptions import ImproperlyConfigured

# 192.0.2.7:4711, [2001:db8::7]:4711 and [2001:db8::7], as proxies write them down too.
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](?::\d{1,5})?|(?P<four>[\d.]+):\d{1,5}")


def address_of(text: str) -> str | None:
    """The address in a text that may have a port, brackets or quotes around it; None where there is none."""
    bare = text.strip().strip('"').strip()
    found = _WITH_PORT.fullmatch(bare)
    if found:
        bare = found["six"] or found["four"] or ""
    try:
        # A zone such as %eth0 says something on one machine only, and PostgreSQL takes none.
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


def proxies_in_front(told: str) -> int:
    """How many proxies stand in front of the console, as RETURNS_BEHIND_PROXY says: none where it is empty.

    Raises ImproperlyConfigured where it is no number.
    """
    if not told.strip():
        return 0
    if not re.fullmatch(r"[0-9]{1,3}", told.strip()):
        raise ImproperlyConfigured(f"RETURNS_BEHIND_PROXY is “{told}”. Give the number of proxies in front, such as 1.")
    return int(told)


def visitor_of(peer: str, forwarded_for: str, *, proxies: int) -> str | None:
    """The address of the visitor behind this many proxies of ours.

    `peer` is the machine that speaks to us, `forwarded_for` the header X-Forwarded-For. Each proxy writes at its end
    which machine spoke to it; what stands before is what visitors say of themselves, and counts for nothing. Where a
    proxy wrote what is no address it is the peer's, and None where that is none either (such as a local socket).
    """
    hops = [hop for hop in forwarded_for.split(",") if hop.strip()] if proxies else []
    believed = hops[-proxies:]
    return (address_of(believed[0]) if believed else None) or address_of(peer)
