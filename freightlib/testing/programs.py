"""The marker ``needs_program``: leaves a test out where a program is missing, and fails it in CI.

    @pytest.mark.needs_program("gpg", "gpgsm")
    def test_signed_with_x509(): ...

The environment variable ``CI`` (any text) says that nothing may be left out.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from typing import Final

MARKER: Final = "needs_program"
#: What ``pytest --markers`` says of it.
MARKER_HELP: Final = (
    f"{MARKER}(name, ...): programs that the test runs; a missing one skips the test, and fails it if CI is set"
)
#: Servers are in directories that are on the PATH of root only.
_SERVERS: Final = ("/usr/local/sbin", "/usr/sbin", "/sbin")
#: Program -> Debian's package, where the names differ.
_PACKAGES: Final[Mapping[str, str]] = {
    "gpg": "gnupg",
    "ssh": "openssh-client",
    "ssh-agent": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
}


def find_program(name: str) -> str | None:
    """The path of a program on PATH or in a directory of servers, or ``None``."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *_SERVERS)))


def missing_program(names: Iterable[str]) -> str | None:
    """A sentence about the first of the programs that is missing, and how to get it; ``None`` if all are here."""
    name = next((one for one in names if find_program(one) is None), None)
    return None if name is None else f"{name} is not installed (Debian: apt-get install {_PACKAGES.get(name, name)})"
