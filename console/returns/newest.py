"""Whether a checked file is what came last of its return, so that sending it again would change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.returns.delivery import is_delivered, is_known
from console.returns.models import Sent
from console.returns.states import SET_ASIDE, names_of
from console.returns.uploads import Upload

# Of the files of a return, in the order of their last arrivals, the first in such a state is the last.
_STAND = ("counts", SET_ASIDE)


@dataclass(frozen=True)
class Before:
    """What is known of the bytes of an upload, as a return of its cluster and year."""

    is_last: bool  # they came last: they count, or will after the next run
    came: bool  # they came before
    sent: Sent | None  # as they were sent on the console last
    is_delivered: bool  # whether nothing is left to do for `sent`
    arrival: int  # the number that sending them now has among the sendings of these bytes


def before(upload: Upload, files: Sequence[Mapping[str, Any]], home: Path) -> Before:
    """What came before of an upload, by what was sent on the console, by the release and by the archive.

    `files` are all `receipts` of the release, none where there is no release or it cannot be read.
    What lies in the archive and is not in the release yet was received after it, and is taken for the last. What was
    refused may be sent again, such as after the day on which its year opens.
    """
    key = (upload.cluster_id, str(upload.answer["reporting_year"]))
    signed = Sent.objects.filter(cluster_id=upload.cluster_id)
    of_return = list(signed.filter(reporting_year=key[1]))
    in_release = any(file["receipt_id"] == upload.sha256 for file in files)
    waits = bool(of_return) and not any(of_return[0].inbox_name in names_of(file) for file in files)
    if waits:
        is_last = of_return[0].sha256 == upload.sha256
    else:
        is_last = upload.sha256 in _standing(files, key, of_return)
        is_last = is_last or (not in_release and is_known(home, upload.sha256))
    sent = next((one for one in of_return if one.sha256 == upload.sha256), None)
    delivered = sent is not None and is_delivered(home, sent.inbox_name, sent.sha256)
    if sent and is_last and not delivered:
        arrival = sent.arrival
    else:
        arrival = 1 + max(signed.filter(sha256=upload.sha256).values_list("arrival", flat=True), default=0)
    return Before(is_last, bool(sent) or in_release, sent, delivered, arrival)


def _standing(files: Sequence[Mapping[str, Any]], key: tuple[str, str], of_return: Sequence[Sent]) -> set[str]:
    """SHA-256 of the file of a return that came last and was not refused; empty where there is none."""
    of_key = (file for file in files if (file["cluster_id"], file["reporting_year"]) == key)
    file = next((file for file in of_key if file["state"] in _STAND), None)
    if file is None:
        return set()
    # Where the name of a file says what it is, its receipt has another id than its bytes.
    return {one.sha256 for one in of_return if one.inbox_name in names_of(file)} or {file["receipt_id"]}
