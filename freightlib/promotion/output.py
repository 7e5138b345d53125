"""Builds the output of a stage: manifests and lock replace whatever the output path held before."""

from __future__ import annotations

from freightlib.documents import write_lock
from freightlib.git.contract import Repository
from freightlib.git.grafting import build_files, graft
from freightlib.git.trees import Entry, Mode, is_empty_tree
from freightlib.models import LOCK
from freightlib.promotion.result import Promotion
from freightlib.rendering.run import StageRendering


def output_tree(repository: Repository, parent: str | None, promotion: Promotion, rendering: StageRendering) -> str:
    """Return the root tree of ``parent`` with the stage's manifests and lock at the output path; the rest is kept."""
    manifests = build_files(repository, rendering.files.items())
    lock = Entry(LOCK, Mode.FILE, repository.write_blob(write_lock(promotion.lock)))
    entries = () if is_empty_tree(manifests) else repository.read_tree(manifests)
    output = repository.write_tree((*entries, lock))
    root = repository.read_commit(parent).tree if parent else None
    return graft(repository, root, promotion.path, Entry("", Mode.TREE, output))
