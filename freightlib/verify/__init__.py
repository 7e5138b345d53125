"""Proves what lies in the warehouse: records, names, the mirror, payloads, and literal copies of the source.

    from freightlib.verify import verify

    report = verify("gitops", source="app.git")
    for finding in report.findings:
        print(finding.severity, finding.code, finding.path, finding.message, finding.hint)
    raise SystemExit(0 if report.ok else 1)

>>> from freightlib.verify import CHECKS
>>> print(CHECKS["lfs-pointer"].title)
a Git LFS pointer stands in place of a file

git is a Merkle tree, so equal ids are equal contents: the mirror and the literal copy are one comparison of two ids
each, and files are looked at only where a check is about what is in them.
"""

from freightlib.verify.catalogue import CHECKS, Check, reference_page
from freightlib.verify.plain import verify_directory
from freightlib.verify.verbs import payload_report, verify, verify_snapshot

__all__ = [
    "CHECKS",
    "Check",
    "payload_report",
    "reference_page",
    "verify",
    "verify_directory",
    "verify_snapshot",
]
