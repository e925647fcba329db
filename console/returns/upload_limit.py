"""Uploads are held to the size of a return while they come in, before anything looks at them."""

from __future__ import annotations

from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest

from ingestion.receive import MOST_BYTES

_TOO_LARGE = "_upload_too_large"


def was_too_large(request: HttpRequest) -> bool:
    """Whether a file of this request was larger than any return, so that it was dropped."""
    return bool(getattr(request, _TOO_LARGE, False))


class HeldToSize(TemporaryFileUploadHandler):
    """Keeps each file in a temporary one that only this user can read, up to the size that a return may have.

    What is larger is dropped while it comes in: the request goes on without that file.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece; raises SkipFile where the file has become too large."""
        if start + len(raw_data) > MOST_BYTES:
            if self.request is not None:
                setattr(self.request, _TOO_LARGE, True)
            raise SkipFile
        super().receive_data_chunk(raw_data, start)
