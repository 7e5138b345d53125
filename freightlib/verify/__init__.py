"""Proves what lies in the warehouse: records, names, the mirror, payloads, and literal copies of the source.

>>> import pathlib, tempfile
>>> from freightlib.verify import verify_directory
>>> warehouse = pathlib.Path(tempfile.mkdtemp())
>>> (warehouse / "git-0cc4cd8").mkdir()
>>> _ = (warehouse / "git-0cc4cd8" / "freight.yaml").write_text("revision: 0cc4cd8")
>>> report = verify_directory(warehouse)
>>> report.ok
False
>>> for finding in report.findings:
...     print(finding.severity, finding.code, finding.path)
...     print(finding.message, finding.hint, sep="; ")
error tag-short git-0cc4cd8
'git-0cc4cd8' is not git-<full commit id>; remove it, and publish the release by its full commit id

``verify`` does the same for a commit of a repository, and with ``source`` compares each payload with its source commit.
git is a Merkle tree, so equal ids are equal contents: the mirror and the literal copy are one comparison of two ids
each, and files are looked at only where a check is about what is in them.
"""

from freightlib.models.findings.catalogue import CHECKS, reference_page
from freightlib.models.findings.check import Check
from freightlib.verify.plain import verify_directory
from freightlib.verify.verbs import payload_report, verify, verify_snapshot
from freightlib.warehouse.verify.signatures import signature_findings

__all__ = [
    "CHECKS",
    "Check",
    "payload_report",
    "reference_page",
    "signature_findings",
    "verify",
    "verify_directory",
    "verify_snapshot",
]
