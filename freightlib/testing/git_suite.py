"""The conformance suite for git backends: tests of the rules in ``freightlib.plugins.contracts``, to subclass.

    from freightlib.testing import GitBackendSuite

    class TestMine(GitBackendSuite):
        def make_backend(self):
            return MyBackend()

Every check is a test, and its name is its rule. The git program checks the results, so it must be installed, and
ssh-keygen too if repositories sign (``git.contract.Signing``).
"""

from __future__ import annotations

from freightlib.testing.git_objects import ObjectRules
from freightlib.testing.git_refs import RefRules
from freightlib.testing.git_remotes import RemoteRules
from freightlib.testing.git_signing import SigningRules


class GitBackendSuite(ObjectRules, RefRules, RemoteRules, SigningRules):
    """Subclass it in a test module, name the class ``Test...``, and define ``make_backend``."""
