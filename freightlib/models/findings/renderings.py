"""Findings: renderings."""

from __future__ import annotations

from typing import Final

from freightlib.models.findings.check import NOTE, WARNING, Check

TITLE: Final = "Renderings"
CHECKS: Final = (
    Check(
        "plaintext-secrets",
        WARNING,
        "a rendering holds a Secret in the clear",
        "A rendered manifest is a Secret with values in data or stringData (base64 hides nothing), and rendered "
        "branches keep them for ever. `render.checks: {plaintextSecrets: off | warn | refuse}` says what happens.",
        "keep it out of package and policy (an external secrets operator, sealed secrets, SOPS), or set "
        "render.checks: {plaintextSecrets: off}",
    ),
    Check(
        "nondeterministic",
        WARNING,
        "the same inputs gave something else when they were rendered again",
        "The package makes something up each time it is rendered (a password, a key, a date), or goes through a map in "
        "no order, so that every promotion of it is a change. `render.renderTwice` says when to render twice, "
        "`render.checks: {nondeterministic: off | warn | refuse}` what a difference does.",
        "give the value in policy instead of making it up (a Secret that the cluster holds, an external secrets "
        "operator), or set render.checks: {nondeterministic: off}",
    ),
    Check(
        "may-differ",
        NOTE,
        "a package calls something that may give another result next time",
        "Renderings agreed, but a call behind them does not promise that: a map gone through in no order, the day's "
        "date. It is looked for with `--check-deterministic`, and with `render.renderTwice: new` or `always`.",
        "sort what comes out of a map, and take dates from policy; or set render.checks: {mayDiffer: off}",
    ),
)
