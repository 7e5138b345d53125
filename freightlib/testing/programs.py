"""The marker ``needs_program``: skips a test if a program is missing, and fails it in CI.

    @pytest.mark.needs_program("gpg", "gpgsm")
    def test_signed_with_x509(): ...

If the environment variable ``CI`` has any value, no test is skipped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from typing import Final

MARKER: Final = "needs_program"
#: The text that ``pytest --markers`` shows.
MARKER_HELP: Final = (
    f"{MARKER}(name, ...): programs that the test runs; a missing one skips the test, and fails it if CI is set"
)
#: Directories of server programs, which are only on root's PATH.
_SERVERS: Final = ("/usr/local/sbin", "/usr/sbin", "/sbin")
#: Program -> Debian package, if the names differ.
_PACKAGES: Final[Mapping[str, str]] = {
    "gpg": "gnupg",
    "ssh": "openssh-client",
    "ssh-agent": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
}


def find_program(name: str) -> str | None:
    """Return the path of a program on PATH or in a directory of servers, or ``None``."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *_SERVERS)))


def missing_program(names: Iterable[str]) -> str | None:
    """Return a sentence about the first missing program and how to install it; ``None`` if none is missing."""
    name = next((one for one in names if find_program(one) is None), None)
    return None if name is None else f"{name} is not installed (Debian: apt-get install {_PACKAGES.get(name, name)})"
