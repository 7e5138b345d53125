"""Helm's functions whose result is not settled by their arguments, and what to do instead of calling them.

>>> from freightlib_helm.again.volatile import FAMILIES, HINTS
>>> sorted(FAMILIES["order"]), HINTS["order"].partition(":")[0]
(['keys', 'shuffle', 'values'], 'sort what comes out')

Sources: Sprig's documentation, and Helm's engine (pkg/engine/funcs.go), which takes ``env`` and ``expandenv`` out.
What reaches outside is inert here: ``lookup`` finds nothing, ``getHostByName`` resolves nothing. ``toDate`` reads its
text in the local zone, which is UTC for every render.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: What a function makes -> the functions.
FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "certificate": (
        "genCA",
        "genCAWithKey",
        "genSelfSignedCert",
        "genSelfSignedCertWithKey",
        "genSignedCert",
        "genSignedCertWithKey",
    ),
    "key": ("genPrivateKey",),
    "uuid": ("uuidv4",),
    "password hash": ("htpasswd", "bcrypt"),
    "clock": (
        "now",
        "date",
        "dateInZone",
        "date_in_zone",
        "htmlDate",
        "htmlDateInZone",
        "ago",
    ),
    "order": ("keys", "values", "shuffle"),
    "digits": ("randNumeric", "randInt"),
    "letters": ("randAlpha",),
    "letters and digits": ("randAlphaNum",),
    "bytes": ("randBytes", "encryptAES"),
    "characters": ("randAscii",),
}
FAMILY: Final[Mapping[str, str]] = {name: family for family, names in FAMILIES.items() for name in names}

_ELSEWHERE: Final = "take it from policy, or from a Secret that the cluster holds (existingSecret, external secrets)"
HINTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(FAMILIES, _ELSEWHERE),
    "certificate": "let the cluster issue it (cert-manager), or take it from policy",
    "uuid": "take an id from policy, or one that follows from the release's name",
    "clock": "take a date from policy, or leave it out: the rendered branch's commits say when",
    "order": "sort what comes out: keys … | sortAlpha",
}
#: Added where a template also looks into the cluster for what it made before.
LOOKUP: Final = "; lookup finds nothing here, as rendering knows no cluster"

#: Two renderings may agree although these are called.
ORDER: Final = frozenset(("keys", "values"))
#: A text in place of a time means the present (Sprig: date.go).
DATES: Final = frozenset(FAMILIES["clock"]) - {"now"}
