"""Builds the attestation: lock, release and commit as an in-toto Statement v1 with a SLSA Provenance v1 predicate.

The formats are https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md (with ``gitTree``, ``gitBlob`` and
``gitCommit`` of its digest_set.md) and https://slsa.dev/spec/v1.0/provenance.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote

from freightlib.models import LOCK, Freight, Image, RenderLock, Snapshot
from freightlib.proof.rendered_commit import Audited

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://slsa.dev/provenance/v1"
#: What the parameters and dependencies mean: docs/how-to/audit-rendered-branches.md.
BUILD_TYPE: Final = "pkg:pypi/freightlib#rendering/v1"
BUILDER: Final = "pkg:pypi/freightlib"
# git's short form of an ssh address
_SCP: Final = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!//)")


def statement(case: Audited, snapshot: Snapshot, uri: str | None) -> dict[str, Any]:
    """Return the statement about a rendered commit; ``uri`` is that of the GitOps repository (see ``git_uri``)."""
    seen, lock = case.seen, case.lock
    return {
        "_type": STATEMENT,
        "subject": [{"name": f"{seen.place.branch}:{seen.place.path}", "digest": {"gitTree": lock.manifests}}],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": _parameters(lock),
                "resolvedDependencies": [*_dependencies(lock, snapshot, uri)],
            },
            "runDetails": {
                "builder": {"id": BUILDER, "version": _versions(lock)},
                "metadata": {
                    "invocationId": seen.commit.id,
                    "finishedOn": seen.commit.author.when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                },
                "byproducts": [*_byproducts(case)],
            },
        },
    }


def _parameters(lock: RenderLock) -> dict[str, Any]:
    render = lock.render
    return {
        "app": lock.app,
        "stage": lock.stage,
        "release": lock.freight.tag,
        "renderer": render.renderer,
        "layout": render.layout,
        "options": _plain(render.options),
        "transforms": [{"name": each.name, "options": _plain(each.options)} for each in render.transforms],
        "overrides": list(lock.overrides),
    }


def _dependencies(lock: RenderLock, snapshot: Snapshot, uri: str | None) -> Iterator[dict[str, Any]]:
    freight, here = snapshot.freight, {} if uri is None else {"uri": uri}
    yield {"name": "snapshot", **here, "digest": {"gitTree": snapshot.tree}, "annotations": {"path": snapshot.path}}
    yield {"name": "freight", **here, "digest": {"gitCommit": lock.freight.commit}}
    yield {"name": "policy", **here, "digest": {"gitCommit": lock.policy.commit}}
    for file in lock.policy.files:
        if file.blob is not None:
            yield {"name": f"policy/{file.path}", "digest": {"gitBlob": file.blob}}
    yield from _source(snapshot, freight)
    image = freight.image
    yield {
        "name": "image",
        "uri": image_uri(image),
        "digest": {"sha256": image.digest.removeprefix("sha256:")},
        "annotations": {"ref": image.ref},
    }


def _source(snapshot: Snapshot, freight: Freight) -> Iterator[dict[str, Any]]:
    source = freight.source
    where: dict[str, Any] = {}
    if source is not None:
        address = git_uri(source.repository)
        where = {"uri": address} if address else {"annotations": {"repository": source.repository}}
    yield {"name": "source", **where, "digest": {"gitCommit": freight.revision}}
    path = {} if source is None else {"annotations": {"path": source.path}}
    yield {"name": "package", "digest": {"gitTree": snapshot.payload}, **path}


def _versions(lock: RenderLock) -> dict[str, str]:
    render = lock.render
    return {
        "freightlib": version("freightlib"),
        f"{render.renderer}/{render.engine}": render.version,
        **{f"transform/{each.name}": each.version for each in render.transforms},
    }


def _byproducts(case: Audited) -> Iterator[dict[str, Any]]:
    yield {"name": case.seen.place.branch, "digest": {"gitCommit": case.seen.commit.id}}
    if case.seen.lock_entry is not None:
        yield {"name": LOCK, "digest": {"gitBlob": case.seen.lock_entry.id}}


def git_uri(address: str) -> str | None:
    """Return a git repository's address as a URI (in the form of SPDX), or ``None`` if it is not an address.

    >>> git_uri("https://github.com/example/shop.git"), git_uri("git@github.com:example/shop.git"), git_uri("app")
    ('git+https://github.com/example/shop.git', 'git+ssh://git@github.com/example/shop.git', None)
    """
    if "://" in address:
        return address if address.startswith("git+") else f"git+{address}"
    if _SCP.match(address):
        host, _, path = address.partition(":")
        return f"git+ssh://{host}/{path.lstrip('/')}"
    return None


def image_uri(image: Image) -> str:
    """Return an image as a package URL (https://github.com/package-url/purl-spec, type oci).

    >>> image_uri(Image("ghcr.io/example/shop:v1", "sha256:" + "a" * 64))[:22]
    'pkg:oci/shop@sha256%3A'
    """
    name = image.name.rpartition("/")[2].lower()
    tag = f"&tag={quote(image.tag, safe='')}" if image.tag else ""
    return f"pkg:oci/{name}@{quote(image.digest, safe='')}?repository_url={quote(image.name, safe='/')}{tag}"


def _plain(value: Any) -> Any:
    """Convert options to JSON values."""
    if isinstance(value, Mapping):
        return {str(name): _plain(below) for name, below in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return [_plain(below) for below in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
