"""Files that a person brings: uploads that go on after a break, and how far each is read."""

from __future__ import annotations

import os
from typing import BinaryIO, Callable, cast

from ._transport import Call, Transport
from .errors import HilumConnectionError, HilumError
from .models import Import
from .resources import quoted

BASE = "/v1/human/imports"
PIECE_BYTES = 8 * 1024 * 1024
PIECE_TIMEOUT_S = 600.0
#: Errors that say that the same bytes, or those from where it stands, may be sent again.
GOES_ON = frozenset(
    {
        "upload_broken_off",
        "wrong_offset",
        "upload_in_use",
        "too_many_requests",
        "server_busy",
        "timed_out",
        "unexpected_answer",
    }
)


class ImportCalls:
    """A person's imports."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> list[Import]:
        """Newest first; of those that have ended the last twenty."""
        return cast("list[Import]", self._transport.json(BASE))

    def get(self, id: str) -> Import:
        """How far one is."""
        return cast(Import, self._transport.json(f"{BASE}/{quoted(id)}"))

    def cancel(self, id: str) -> Import:
        """Ends one that has not ended. What was read stays."""
        return cast(Import, self._transport.json(f"{BASE}/{quoted(id)}", Call("DELETE", repeatable=False)))

    def upload(
        self,
        file: BinaryIO,
        *,
        resume: str | None = None,
        piece_bytes: int = PIECE_BYTES,
        tries: int = 5,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Import:
        """Sends a file, in pieces, and goes on by itself where a piece breaks off.

        Answers once all bytes are there; the file is read after that (:meth:`ended` waits for it). ``file`` can be
        sought in, ``resume`` is an import that broke off, ``tries`` how many in a row may fail without bringing
        anything, ``on_progress`` is told how many bytes are there of how many.
        """
        total = file.seek(0, os.SEEK_END)
        now = None if resume is None else self.get(resume)
        if now is not None and now["bytes"].get("total", total) != total:
            raise ValueError("the import is of another file")
        failed = 0
        while now is None or now["state"] == "receiving":
            at = 0 if now is None else now["bytes"]["received"]
            file.seek(at)
            try:
                now = self._send(None if now is None else now["id"], file.read(piece_bytes), at, total)
                failed = 0
            except (HilumError, HilumConnectionError) as error:
                failed += 1
                if not _goes_on(error) or failed >= tries:
                    raise
                asked = error.retry_after if isinstance(error, HilumError) else None
                self._transport.sleep(0.5 * 2**failed if asked is None else asked)
                # Where it stands now; one that had no answer at all is begun anew, in the place of what there is.
                if now is not None:
                    now = self.get(now["id"])
                    if now["bytes"]["received"] > at:
                        failed = 0
            if now is not None and on_progress is not None:
                on_progress(now["bytes"]["received"], total)
        return now

    def ended(self, id: str, *, every: float = 1.0) -> Import:
        """Waits until an import has ended, well or not; asks so often, in seconds."""
        while True:
            now = self.get(id)
            if now["state"] in ("done", "failed"):
                return now
            self._transport.sleep(every)

    def _send(self, id: str | None, piece: bytes, at: int, total: int) -> Import:
        headers = {"Content-Type": "application/octet-stream"}
        if id is None:
            headers["Upload-Length"] = str(total)
            path, method = BASE, "POST"
        else:
            headers["Upload-Offset"] = str(at)
            path, method = f"{BASE}/{quoted(id)}", "PATCH"
        call = Call(method, data=piece, headers=headers, timeout=PIECE_TIMEOUT_S)
        return cast(Import, self._transport.json(path, call))


def _goes_on(error: Exception) -> bool:
    return isinstance(error, HilumConnectionError) or (isinstance(error, HilumError) and error.code in GOES_ON)
