"""Proves rendered branches: that each holds what its lock says, and that the lock says what is so.

    from freightlib import audit

    report = audit("gitops", ["staging", "production"], rerender=True)
    for finding in report.findings:
        print(finding.severity, finding.code, finding.path, finding.message)

Most of it is comparing ids: the manifests' tree with the one that the lock names, the locked release with the
warehouse at its commit, each locked policy file with policy at its commit, the rest of the lock with what the project
file there gives. With ``rerender`` the locked inputs are rendered again, which finds manifests and lock that were
changed together.
"""

from freightlib.audit.verbs import audit

__all__ = ["audit"]
