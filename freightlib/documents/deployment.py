r"""Reads ``deployment.yaml`` of the environment policy: the facts about a stage.

>>> from freightlib.documents.deployment import read_deployment
>>> read_deployment(b"envType: test\nowner: web\n", name="staging", document="deployment.yaml")
Deployment(name='staging', env_type='test', namespace='default', rendered_branch=None)
"""

from __future__ import annotations

from typing import Any

from freightlib.documents import kubeyaml
from freightlib.documents.kubeyaml import Text, is_null
from freightlib.documents.problems import Problems
from freightlib.documents.structure import kind_of
from freightlib.errors import ProjectError
from freightlib.models import Deployment


def read_deployment(data: bytes, *, name: str, document: str) -> Deployment:
    """Parse the file. ``name`` and ``envType`` default to the argument ``name``, ``namespace`` to ``default``.

    Other keys are ignored. Raises ProjectError for a value that is not text.
    """
    documents = kubeyaml.load_all(data, document=document, text=True, error=ProjectError)
    tree: Any = documents[0] if documents else {}
    if is_null(tree):
        tree = {}
    problems = Problems(document, tree, ProjectError)
    if not isinstance(tree, dict) or len(documents) > 1:
        what = f"{len(documents)} documents" if len(documents) > 1 else kind_of(tree)
        problems.add((), f"expected one mapping, not {what}", "write name, envType and namespace as keys")
        problems.throw()
    found = {key: _text(problems, tree, key) for key in ("name", "envType", "namespace", "renderedBranch")}
    problems.stop()
    return Deployment(
        name=found["name"] or name,
        env_type=found["envType"] or name,
        namespace=found["namespace"] or "default",
        rendered_branch=found["renderedBranch"],
    )


def _text(problems: Problems, tree: dict[str, Any], key: str) -> str | None:
    value = tree.get(key)
    if is_null(value):
        return None
    if not isinstance(value, Text) or not value:
        problems.add((key,), f"expected text, not {kind_of(value)}", f"write {key} as one word")
        return None
    return str(value)
