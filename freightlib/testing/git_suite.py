"""The conformance suite for git backends: what ``freightlib.plugins.contracts`` asks of them, as checks to subclass.

    from freightlib.testing import GitBackendSuite

    class TestMine(GitBackendSuite):
        def make_backend(self):
            return MyBackend()

Every check is a test whose name is its rule. The git program is the witness: it must be installed, and
ssh-keygen where repositories sign (``git.contract.Signing``).
"""

from __future__ import annotations

from freightlib.testing.git_objects import ObjectRules
from freightlib.testing.git_refs import RefRules
from freightlib.testing.git_remotes import RemoteRules
from freightlib.testing.git_signing import SigningRules


class GitBackendSuite(ObjectRules, RefRules, RemoteRules, SigningRules):
    """Subclass it in a test module, name the class ``Test...``, and give ``make_backend``."""
