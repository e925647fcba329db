"""The bill of materials of a release: every package that was there when it was made, as CycloneDX 1.6."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from email.message import Message
from email.parser import HeaderParser
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

BILL = "sbom.cdx.json"
_OF_US = "cluster-returns"
_LONGEST_LICENCE = 80
_CLASSIFIER = "License :: "


def write_bill(folder: Path, as_of: date) -> None:
    """Write `sbom.cdx.json` into the folder of an edition.

    The same packages on the same day give the same bytes: there is no serial number, and the day as of which the
    release counts stands for the time.
    """
    packages = _packages()
    us = packages.pop(_OF_US, {"name": _OF_US, "version": "0"})
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": f"{as_of.isoformat()}T00:00:00Z",
            "component": {"type": "application", "bom-ref": _OF_US, "name": us["name"], "version": us["version"]},
        },
        "components": [packages[name] for name in sorted(packages)],
    }
    (folder / BILL).write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")


def _packages() -> dict[str, dict[str, Any]]:
    """A component for each installed package, by its name as package indexes write it."""
    found: dict[str, dict[str, Any]] = {}
    for about in _headers():
        name = re.sub(r"[-_.]+", "-", about["Name"]).lower()
        if name in found:
            # An earlier folder of the path goes before a later one, as it does for imports.
            continue
        purl = f"pkg:pypi/{name}@{about['Version']}"
        component = {"type": "library", "bom-ref": purl, "name": name, "version": about["Version"], "purl": purl}
        licences = _licences(about)
        found[name] = component | ({"licenses": licences} if licences else {})
    return found


def _headers() -> Iterator[Message]:
    for package in distributions():
        about = _header(package)
        if about["Name"] and about["Version"]:
            yield about


def _header(package: Distribution) -> Message:
    """What a package says of itself, without its long description, which is most of the file."""
    text = package.read_text("METADATA") or package.read_text("PKG-INFO") or ""
    return HeaderParser().parsestr(text.split("\n\n", 1)[0])


def _licences(about: Message) -> list[dict[str, Any]]:
    if about["License-Expression"]:
        return [{"expression": about["License-Expression"]}]
    named = [one.rsplit(" :: ", 1)[-1] for one in about.get_all("Classifier") or () if one.startswith(_CLASSIFIER)]
    if not named and about["License"]:
        # Some packages put the whole text of their licence there.
        named = [about["License"].strip().splitlines()[0][:_LONGEST_LICENCE]] if about["License"].strip() else []
    return [{"license": {"name": one}} for one in sorted(set(named))]
