"""Hooks among rendered templates, in the order in which ``helm template`` prints them (Helm: pkg/release/v1/util)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

#: What Go's unicode.IsSpace takes for space.
SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_SEPARATOR: Final = re.compile(r"(?:\A|[\t\n\f\r ]*\n)---[\t\n\f\r ]*")
_EVENTS: Final = frozenset(
    ("pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade")
    + ("pre-rollback", "post-rollback", "test", "test-success")
)
_TESTS: Final = frozenset(("test", "test-success"))
_ORDER: Final = ["PriorityClass", "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy", "PodDisruptionBudget", "ServiceAccount", "Secret", "SecretList", "ConfigMap", "StorageClass", "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition", "ClusterRole", "ClusterRoleList", "ClusterRoleBinding", "ClusterRoleBindingList", "Role", "RoleList", "RoleBinding", "RoleBindingList", "Service", "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob", "IngressClass", "Ingress", "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]
_RANK: Final = {kind: rank for rank, kind in enumerate(_ORDER)}


def hooks(files: Mapping[str, str], to_json: Callable[[str], str], *, tests: bool) -> list[tuple[str, str]]:
    """The hooks of ``files`` (template path -> text) as (path, document); test hooks only with ``tests``."""
    found = []
    for path, document in _documents(files):
        head = _head(document, to_json)
        metadata = _field(head, "metadata")
        annotations = _field(metadata, "annotations")
        if not isinstance(annotations, dict) or "helm.sh/hook" not in annotations:
            continue
        events = {event.strip(SPACE).lower() for event in str(annotations["helm.sh/hook"] or "").split(",")}
        if not events <= _EVENTS or (events & _TESTS and not tests):
            continue  # Helm drops a document whose hook it does not know
        kind = _field(head, "kind")
        found.append((_rank(kind if isinstance(kind, str) else ""), path, document))
    found.sort(key=lambda item: item[0])
    return [(path, document) for _, path, document in found]


def _rank(kind: str) -> tuple[int, str]:
    rank = _RANK.get(kind)
    return (len(_ORDER), kind) if rank is None else (rank, "")


def _documents(files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for path in sorted(files, key=lambda path: path.encode()):
        if path.endswith("NOTES.txt") or path.rpartition("/")[2].startswith("_") or not _may_hold_hooks(files[path]):
            continue
        for document in _SEPARATOR.split(files[path].lstrip(SPACE)):
            if document.strip(SPACE) and _may_hold_hooks(document):
                yield path, document.lstrip(SPACE)


def _may_hold_hooks(text: str) -> bool:
    # only an escape could spell the annotation in another way
    return "helm.sh/hook" in text or "\\" in text


def _head(document: str, to_json: Callable[[str], str]) -> Any:
    try:
        return json.loads(to_json(document))
    except Exception:  # noqa: BLE001 - Helm refused such a document before this runs, unless it is a list or a scalar
        return {}


def _field(value: Any, name: str) -> Any:
    """A field as Go's encoding/json finds it: by name, whatever the case."""
    if not isinstance(value, dict):
        return None
    if name in value:
        return value[name]
    return next((item for key, item in value.items() if key.casefold() == name), None)
