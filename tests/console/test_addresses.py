"""Whose address counts: what our own proxies wrote down, in whatever way they write it, and nothing else."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from console.access.addresses import address_of, proxies_in_front, visitor_of


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7:4711 ", "192.0.2.7"),
        ("[2001:DB8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8:0:0::7", "2001:db8::7"),
        ('"[2001:db8::7]:4711"', "2001:db8::7"),
        ("fe80::7%eth0", "fe80::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:80", "192.0.2.7"),
        ("", None),
        ("unknown", None),
        ("_hidden", None),
        ("192.0.2.7:port", None),
        ("192.0.2.777", None),
        ("192.0.2.7; drop table", None),
        ("[192.0.2.7", None),
        ("[]:80", None),
        ("1" * 5000, None),
    ],
)
def test_an_address_is_found_with_or_without_a_port_or_there_is_none(text: str, address: str | None) -> None:
    assert address_of(text) == address


@pytest.mark.parametrize(
    ("forwarded", "proxies", "visitor"),
    [
        ("192.0.2.7", 0, "198.51.100.1"),  # no proxy: the header is the visitor's own word
        ("192.0.2.7:4711", 1, "192.0.2.7"),
        ("203.0.113.9, 192.0.2.7:4711", 1, "192.0.2.7"),  # what stands before is forged
        ("203.0.113.9, 192.0.2.7, 198.51.100.2:80", 2, "192.0.2.7"),
        ("192.0.2.7", 2, "192.0.2.7"),  # came to the inner proxy without passing the outer one
        ("203.0.113.9, unknown", 1, "198.51.100.1"),
        ("203.0.113.9,", 1, "203.0.113.9"),
        (" , ,", 1, "198.51.100.1"),
        ("", 1, "198.51.100.1"),
    ],
)
def test_as_many_hops_are_believed_as_there_are_proxies(forwarded: str, proxies: int, visitor: str) -> None:
    assert visitor_of("198.51.100.1:50123", forwarded, proxies=proxies) == visitor


def test_a_socket_of_this_machine_has_no_address() -> None:
    assert visitor_of("", "", proxies=0) is None
    assert visitor_of("unix:", "garbage", proxies=1) is None


def test_the_number_of_proxies_is_a_number() -> None:
    assert [proxies_in_front(told) for told in ("", "0", "1", " 2 ")] == [0, 0, 1, 2]
    with pytest.raises(ImproperlyConfigured, match="Give the number of proxies"):
        proxies_in_front("yes")
