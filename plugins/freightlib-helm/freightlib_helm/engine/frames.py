"""Requests to the worker: a question as JSON, and values files as they are."""

from __future__ import annotations

import json
import struct
from typing import Any, Final

_LENGTH: Final = struct.Struct(">Q")


def pack_request(question: dict[str, Any], files: list[tuple[str, bytes]]) -> bytes:
    """A question with the values files (name, contents) it is about, as one frame."""
    head = json.dumps({**question, "files": [[name, len(data)] for name, data in files]}).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *(data for _, data in files)])


def unpack_request(request: bytes) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    """What ``pack_request`` packed."""
    at = _LENGTH.size + _LENGTH.unpack_from(request)[0]
    question = json.loads(request[_LENGTH.size : at])
    files = []
    for name, length in question["files"]:
        files.append((name, request[at : at + length]))
        at += length
    return question, files
