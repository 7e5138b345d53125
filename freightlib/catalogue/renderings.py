"""Findings: renderings."""

from __future__ import annotations

from typing import Final

from freightlib.catalogue.check import WARNING, Check

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
)
