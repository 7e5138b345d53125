r"""Writes reports in the formats of other programs: SARIF 2.1.0, GitHub's workflow commands, JUnit XML.

>>> from freightlib.models import Finding, Report, Severity
>>> from freightlib.cli.reports import github, junit, sarif
>>> report = Report((Finding("mirror-mode", Severity.ERROR, "current/helm/run.sh", "it lost its executable bit"),))
>>> print(github(report), end="")
::error file=current/helm/run.sh,title=mirror-mode::it lost its executable bit
>>> sarif(report)["runs"][0]["results"][0]["ruleId"]
'mirror-mode'
>>> junit(report).splitlines()[1]
'<testsuites name="freightlib" tests="1" failures="1" errors="0">'

Each is a pure function of a ``Report``. Paths and messages come from repositories and are not trusted: control
characters and bytes that are not UTF-8 are written as ``\x1b``, and the syntax of the format is escaped.

Private: it may change in any release; use ``freightlib``, ``freightlib.plugins`` or ``freightlib.testing``.
"""

from freightlib.cli.reports.github import github
from freightlib.cli.reports.junit import junit
from freightlib.cli.reports.sarif import sarif, sarif_text

__all__ = ["github", "junit", "sarif", "sarif_text"]
