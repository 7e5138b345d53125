"""Single changes to rendered branches, each found with its code and path; and what is no change at all."""

from __future__ import annotations

import re

import pytest

from freightlib.models.findings.catalogue import CHECKS, group_of
from tests.unit.audit.support import (
    BRANCH,
    LOCK,
    OUT,
    PROJECT,
    Rendered,
    Tamper,
    Wanted,
    serious,
    told,
)

WEB, SERVICE, JOB = f"{OUT}/web.yaml", f"{OUT}/service.yaml", f"{OUT}/jobs/nightly.yaml"
NONE = "f00d" * 10  # the id of nothing
EDIT = "kind: Edited\nmetadata: {name: web}\n"


def blob(world: Rendered, path: str) -> str:
    return world.gitops.git("rev-parse", f"{BRANCH}:{path}")


def renamed(old: str, new: str) -> Tamper:
    return lambda world: world.put({old: None, new: ("100644", blob(world, old))})


def lock(*edits: tuple[str, str], raw: bool = False) -> Tamper:
    return lambda world: world.lock(*edits, raw=raw)


def locked(world: Rendered, key: str) -> str:
    found = re.search(rf"^ *{key}: (.*)$", world.at(LOCK).decode(), re.MULTILINE)
    assert found is not None
    return found[1]


MANIFESTS: dict[str, tuple[Tamper, Wanted]] = {
    "content": (lambda w: w.put({WEB: EDIT}), [("rendered-content", WEB)]),
    "line-ends": (
        lambda w: w.put({WEB: w.at(WEB).replace(b"\n", b"\r\n")}),
        [("rendered-content", WEB)],
    ),
    "emptied": (lambda w: w.put({WEB: ""}), [("rendered-content", WEB)]),
    "mode": (lambda w: w.put({WEB: ("100755", blob(w, WEB))}), [("rendered-mode", WEB)]),
    "symlink": (lambda w: w.put({WEB: ("120000", w.gitops.blob(b"service.yaml"))}), [("rendered-type", WEB)]),
    "submodule": (lambda w: w.put({f"{OUT}/sub": ("160000", "1" * 40)}), [("rendered-added", f"{OUT}/sub")]),
    "added": (lambda w: w.put({f"{OUT}/more.yaml": EDIT}), [("rendered-added", f"{OUT}/more.yaml")]),
    "added-no-manifest": (lambda w: w.put({f"{OUT}/.gitkeep": ""}), [("rendered-added", f"{OUT}/.gitkeep")]),
    "removed": (lambda w: w.put({WEB: None}), [("rendered-missing", WEB)]),
    "renamed": (
        renamed(WEB, f"{OUT}/web2.yaml"),
        [("rendered-added", f"{OUT}/web2.yaml"), ("rendered-missing", WEB)],
    ),
    "case": (renamed(WEB, f"{OUT}/Web.yaml"), [("rendered-added", f"{OUT}/Web.yaml"), ("rendered-missing", WEB)]),
    "nested": (lambda w: w.put({JOB: EDIT}), [("rendered-content", JOB)]),
    "nested-removed": (lambda w: w.put({JOB: None}), [("rendered-missing", JOB)]),
    "moved-up": (
        renamed(JOB, f"{OUT}/nightly.yaml"),
        [("rendered-added", f"{OUT}/nightly.yaml"), ("rendered-missing", JOB)],
    ),
    "directory-to-file": (
        lambda w: w.put({JOB: None, f"{OUT}/jobs": EDIT}),
        [("rendered-type", f"{OUT}/jobs")],
    ),
    "file-to-directory": (lambda w: w.put({WEB: None, f"{WEB}/x": EDIT}), [("rendered-type", WEB)]),
    "lock-by-another-case": (
        lambda w: w.put({f"{OUT}/Freight.lock": ("100644", blob(w, LOCK))}),
        [("rendered-added", f"{OUT}/Freight.lock")],
    ),
    "lock-below": (
        lambda w: w.put({f"{OUT}/jobs/freight.lock": ("100644", blob(w, LOCK))}),
        [("rendered-added", f"{OUT}/jobs/freight.lock")],
    ),
    "two-swapped": (
        lambda w: w.put({WEB: ("100644", blob(w, SERVICE)), SERVICE: ("100644", blob(w, WEB))}),
        [("rendered-content", SERVICE), ("rendered-content", WEB)],
    ),
    "reverted-manifest": (
        lambda w: w.put({WEB: ("100644", w.gitops.git("rev-parse", f"{BRANCH}~2:{WEB}"))}),
        [("rendered-content", WEB)],
    ),
}

WHOLE: dict[str, tuple[Tamper, Wanted]] = {
    "removed": (lambda w: w.put({LOCK: None}), [("lock-missing", LOCK)]),
    "output-removed": (
        lambda w: w.put({LOCK: None, WEB: None, SERVICE: None, JOB: None}),
        [("lock-missing", LOCK)],
    ),
    "output-to-file": (
        lambda w: w.put({LOCK: None, WEB: None, SERVICE: None, JOB: None, OUT: EDIT}),
        [("lock-missing", LOCK)],
    ),
    "removed-and-more": (lambda w: (w.put({LOCK: None}), w.put({WEB: EDIT})), [("lock-missing", LOCK)]),
    "emptied": (lambda w: w.put({LOCK: ""}), [("lock-invalid", LOCK)]),
    "no-yaml": (lambda w: w.put({LOCK: "{"}), [("lock-invalid", LOCK)]),
    "no-utf8": (lambda w: w.put({LOCK: b"app: \xff\n"}), [("lock-invalid", LOCK)]),
    "cut-short": (lambda w: w.put({LOCK: w.at(LOCK)[:200]}), [("lock-invalid", LOCK)]),
    "conflict-marks": (lambda w: w.put({LOCK: b"<<<<<<< HEAD\n" + w.at(LOCK)}), [("lock-invalid", LOCK)]),
    "symlink": (lambda w: w.put({LOCK: ("120000", w.gitops.blob(b"web.yaml"))}), [("lock-invalid", LOCK)]),
    "directory": (lambda w: w.put({LOCK: None, f"{LOCK}/x": "x"}), [("lock-invalid", LOCK)]),
    "executable": (lambda w: w.put({LOCK: ("100755", blob(w, LOCK))}), [("lock-form", LOCK)]),
    "comment": (lambda w: w.put({LOCK: b"# by hand\n" + w.at(LOCK)}), [("lock-form", LOCK)]),
    "aliases": (
        lock(
            (r"^  commit: (\w+)\n  snapshot", r"  commit: &c \1\n  snapshot"),
            (r"^  commit: \w+\n  files", "  commit: *c\n  files"),
            raw=True,
        ),
        [("lock-form", LOCK)],
    ),
    "unknown-key": (lambda w: w.put({LOCK: w.at(LOCK) + b"more: 1\n"}), [("lock-invalid", LOCK)]),
    "unknown-key-below": (lock((r"^  engine:", "  more: 1\n  engine:"), raw=True), [("lock-form", LOCK)]),
    "key-twice": (lambda w: w.put({LOCK: w.at(LOCK) + b"app: shop\n"}), [("lock-invalid", LOCK)]),
    "schema-version": (lock(("^schemaVersion: v1", "schemaVersion: v2")), [("lock-invalid", LOCK)]),
    "short-tag": (lock((r"tag: git-(\w{12}).*", r"tag: git-\1")), [("lock-invalid", LOCK)]),
    "branch-for-commit": (lock((r"^  commit: \w+", "  commit: main")), [("lock-invalid", LOCK)]),
    "upper-case-id": (lock((r"^  snapshot: \w", "  snapshot: A")), [("lock-invalid", LOCK)]),
}


def older(world: Rendered, key: str) -> str:
    """A value of the lock two promotions ago."""
    found = re.search(rf"^ *{key}: (.*)$", world.at(LOCK, f"{BRANCH}~3").decode(), re.MULTILINE)
    assert found is not None
    return found[1]


VALUES: dict[str, tuple[Tamper, Wanted]] = {
    "tag-of-another": (
        lambda w: w.lock((r"tag: .*", f"tag: {older(w, 'tag')}")),
        [("lock-snapshot", LOCK)],
    ),
    "tag-of-none": (lock((r"tag: .*", f"tag: git-{'a' * 40}")), [("lock-snapshot", LOCK)]),
    "commit-before-it": (
        lambda w: w.lock((r"^  commit: \w+", f"  commit: {older(w, 'commit')}")),
        [("lock-snapshot", LOCK)],
    ),
    "commit-gone": (lock((r"^  commit: \w+", f"  commit: {NONE}")), [("lock-freight-gone", LOCK)]),
    "commit-elsewhere": (
        lambda w: w.lock((r"^  commit: \w+", f"  commit: {w.gitops.git('rev-parse', BRANCH)}")),
        [("lock-freight-unreachable", LOCK), ("lock-snapshot", LOCK)],
    ),
    "snapshot": (lock((r"snapshot: .*", f"snapshot: {NONE}")), [("lock-snapshot", LOCK)]),
    "snapshot-of-another": (
        lambda w: w.lock((r"snapshot: .*", f"snapshot: {older(w, 'snapshot')}")),
        [("lock-snapshot", LOCK)],
    ),
    "policy-gone": (lock((r"^  commit: \w+\n  files", f"  commit: {NONE}\n  files")), [("lock-policy-gone", LOCK)]),
    "policy-elsewhere": (
        lambda w: w.lock((r"^  commit: \w+\n  files", f"  commit: {w.gitops.git('rev-parse', BRANCH)}\n  files")),
        [("lock-inputs", LOCK), ("lock-policy-file", LOCK), ("lock-policy-unreachable", LOCK)],
    ),
    "policy-blob": (lock((r"blob: .*", f"blob: {NONE}")), [("lock-policy-file", LOCK)]),
    "policy-blob-absent": (lock((r"blob: .*", "blob: null")), [("lock-policy-file", LOCK)]),
    "policy-file-dropped": (lock((r"files:\n  - path: .*\n    blob: .*", "files: []")), [("lock-inputs", LOCK)]),
    "policy-file-other": (
        lock((r"path: .*", "path: apps/shop/deployments/test/deployment.yaml")),
        [("lock-inputs", LOCK), ("lock-policy-file", LOCK)],
    ),
    "policy-file-escapes": (lock((r"path: .*", "path: '../x'")), [("lock-inputs", LOCK), ("lock-policy-file", LOCK)]),
    "option-added": (lock((r"options: \{\}", "options:\n    more: 1")), [("not-comparable", LOCK)]),
    "renderer": (lock((r"renderer: copy", "renderer: paste")), [("lock-inputs", LOCK)]),
    "renderer-installed": (lock((r"renderer: copy", "renderer: kustomize")), [("lock-inputs", LOCK)]),
    "layout": (lock((r"layout: helm", "layout: flat")), [("lock-inputs", LOCK)]),
    "transform-option": (lock((r"team: staging", "team: test")), [("lock-inputs", LOCK)]),
    "transform-version": (lock((r"(common-labels\n    version: )'1'", r"\1'9'")), [("not-comparable", LOCK)]),
    "transforms-dropped": (
        lock((r"^  transforms:\n(?:(?:  - |    ).*\n)+", "")),
        [("lock-inputs", LOCK)],
    ),
    "manifests-of-none": (lock((r"^manifests: .*", f"manifests: {NONE}")), [("rendered-edited", OUT)]),
    "manifests-of-another": (
        lambda w: w.lock((r"^manifests: .*", f"manifests: {older(w, 'manifests')}")),
        [("rendered-content", WEB)],
    ),
    # the other app has the release too, as another snapshot
    "app": (lock((r"^app: shop", "app: blog")), [("lock-foreign", LOCK), ("lock-snapshot", LOCK)]),
    "app-of-none": (lock((r"^app: shop", "app: nothing")), [("lock-foreign", LOCK)]),
    "stage": (lock((r"^stage: staging", "stage: test")), [("lock-foreign", LOCK)]),
    "stage-of-none": (lock((r"^stage: staging", "stage: nothing")), [("lock-foreign", LOCK)]),
}


def copy(world: Rendered, branch: str, out: str, *edits: tuple[str, str]) -> None:
    """Put the output of another place, lock and all, into staging's."""
    there = world.gitops.git("rev-parse", f"{branch}:{out}")
    index: dict[str, str | bytes | tuple[str, str] | None] = dict.fromkeys((LOCK, WEB, SERVICE, JOB))
    world.put(index)
    files = world.gitops.git("ls-tree", "-r", there).splitlines()
    world.put({f"{OUT}/{row.partition(chr(9))[2]}": (row.split()[0], row.split()[2]) for row in files})
    if edits:
        world.lock(*edits)


def amended(world: Rendered, *edits: tuple[str, str]) -> None:
    """The newest promotion with another lock and its own message: ``git commit --amend``."""
    message = world.gitops.git("log", "-1", "--format=%B", BRANCH)
    world.lock(*edits)
    tree = world.gitops.git("rev-parse", f"{BRANCH}^{{tree}}")
    commit = world.gitops.git("commit-tree", tree, "-p", f"{BRANCH}~2", "-m", message)
    world.gitops.git("update-ref", f"refs/heads/{BRANCH}", commit)


def blog_last(world: Rendered) -> None:
    """Take off the newest commit of the shared branch, which is the other app's."""
    world.gitops.git("update-ref", f"refs/heads/{BRANCH}", f"{BRANCH}~1")


def rewritten_main(world: Rendered, *, gone: bool = False) -> None:
    world.gitops.git("commit", "-q", "--amend", "-m", "Another message")
    if gone:
        world.gitops.git("reflog", "expire", "--expire=now", "--all")
        world.gitops.git("gc", "-q", "--prune=now")


def policy_rewritten(world: Rendered) -> None:
    """The deployment file of a stage, changed in the very commit that was promoted."""
    file = world.gitops.path / "apps/shop/deployments/staging/deployment.yaml"
    file.write_text("name: other\n")
    world.gitops.git("add", "-A")
    rewritten_main(world)


def release_changed(world: Rendered) -> None:
    tag = locked(world, "tag")
    world.gitops.commit({f"warehouses/shop/freight/{tag}/manifests/web.yaml": EDIT})


def wrong_record(world: Rendered) -> None:
    """A release whose record is another's, with a lock that names exactly that."""
    tag, before = locked(world, "tag"), older(world, "tag")
    folder = f"warehouses/shop/freight/{tag}"
    text = world.at(f"warehouses/shop/freight/{before}/freight.yaml", "main")
    commit = world.gitops.commit({f"{folder}/freight.yaml": text})
    world.lock(
        (r"^  commit: .*", f"  commit: {commit}"),
        (r"snapshot: .*", f"snapshot: {world.gitops.git('rev-parse', f'main:{folder}')}"),
    )


def moved_place(world: Rendered) -> None:
    """The project file names another output path, and somebody moved the manifests there."""
    world.gitops.commit({"freightlib.yaml": PROJECT.replace("apps/shop/{stage}", "live/{stage}")})
    rows = world.gitops.git("ls-tree", "-r", f"{BRANCH}:{OUT}").splitlines()
    names = {row.partition("\t")[2]: (row.split()[0], row.split()[2]) for row in rows}
    world.put(
        {f"live/staging/{name}": entry for name, entry in names.items()} | {f"{OUT}/{name}": None for name in names}
    )


WORLD: dict[str, tuple[Tamper, Wanted]] = {
    "copied-from-a-stage": (lambda w: copy(w, "stage/test", "apps/shop/test"), [("lock-foreign", LOCK)]),
    "copied-from-an-app": (lambda w: copy(w, BRANCH, "apps/blog/staging"), [("lock-foreign", LOCK)]),
    "copied-and-renamed": (
        lambda w: copy(w, "stage/test", "apps/shop/test", ("^stage: test", "stage: staging")),
        [("lock-inputs", LOCK)],
    ),
    "lock-of-another-release": (
        lambda w: w.put({LOCK: w.at(LOCK, f"{BRANCH}~3")}),
        [("rendered-content", WEB)],
    ),
    "manifests-of-another-release": (
        lambda w: w.put({WEB: w.at(WEB, f"{BRANCH}~3")}),
        [("rendered-content", WEB)],
    ),
    "freight-amended-away": (
        rewritten_main,
        [("lock-freight-unreachable", LOCK), ("lock-policy-unreachable", LOCK)],
    ),
    "freight-amended-and-gone": (
        lambda w: rewritten_main(w, gone=True),
        [("lock-freight-gone", LOCK), ("lock-policy-gone", LOCK)],
    ),
    "policy-rewritten": (
        policy_rewritten,
        [("lock-freight-unreachable", LOCK), ("lock-policy-unreachable", LOCK)],
    ),
    "release-changed": (release_changed, [("lock-snapshot-changed", LOCK)]),
    "wrong-record": (wrong_record, [("lock-record", LOCK)]),
    "place-moved-by-hand": (moved_place, [("lock-place", "live/staging/freight.lock")]),
    "amended-override": (
        lambda w: (blog_last(w), amended(w, (r"\Z", "overrides:\n- a rule\n"))),
        [("lock-trailers", LOCK)],
    ),
    "amended-version": (
        lambda w: (blog_last(w), amended(w, (r"(engine: freightlib\n  version: )'1'", r"\1'0'"))),
        [("lock-trailers", LOCK)],
    ),
    "amended-commit": (
        # another commit that holds the same release: true in itself, but not what was promoted
        lambda w: (blog_last(w), amended(w, (r"^  commit: \w+", f"  commit: {w.gitops.git('rev-parse', 'main~1')}"))),
        [("lock-trailers", LOCK)],
    ),
    "stage-misconfigured": (
        lambda w: w.gitops.commit({"apps/shop/deployments/staging/deployment.yaml": "name: [x]\n"}),
        [("stage-place", "freightlib.yaml")],
    ),
}
TABLES = {"manifests": MANIFESTS, "whole": WHOLE, "values": VALUES, "world": WORLD}


@pytest.mark.parametrize(
    ("table", "name"),
    [pytest.param(table, name, id=f"{table}-{name}") for table, changes in TABLES.items() for name in changes],
)
def test_a_single_change_is_found(world: Rendered, table: str, name: str) -> None:
    tamper, wanted = TABLES[table][name]
    tamper(world)
    assert told(serious(world.audit("staging"))) == sorted(wanted)
    # and nowhere else
    assert serious(world.audit("test")) == [] or table == "world"


# --- what is found by rendering again, and only so -----------------------------------------------------------------


def newer_lock(world: Rendered) -> None:
    """A newer release in the lock, with the manifests of the one before."""
    tag = world.release({"deploy/web.yaml": "kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 4}\n"})
    snapshot = world.gitops.git("rev-parse", f"main:warehouses/shop/freight/{tag}")
    commit = world.gitops.git("rev-parse", "main")
    world.lock(
        (r"tag: .*", f"tag: {tag}"),
        (r"^  commit: .*", f"  commit: {commit}"),
        (r"snapshot: .*", f"snapshot: {snapshot}"),
    )


TOGETHER: dict[str, tuple[Tamper, Wanted]] = {
    "content": (lambda w: (w.put({WEB: EDIT}), w.fixed_up()), [("rerender-content", WEB)]),
    "added": (
        lambda w: (w.put({f"{OUT}/more.yaml": EDIT}), w.fixed_up()),
        [("rerender-added", f"{OUT}/more.yaml")],
    ),
    "missing": (lambda w: (w.put({JOB: None}), w.fixed_up()), [("rerender-missing", JOB)]),
    "mode": (lambda w: (w.put({WEB: ("100755", blob(w, WEB))}), w.fixed_up()), [("rerender-mode", WEB)]),
    "symlink": (
        lambda w: (w.put({WEB: ("120000", w.gitops.blob(b"service.yaml"))}), w.fixed_up()),
        [("rerender-type", WEB)],
    ),
    "submodule": (
        lambda w: (w.put({f"{OUT}/sub": ("160000", "1" * 40)}), w.fixed_up()),
        [("rerender-added", f"{OUT}/sub")],
    ),
    "lock-of-a-newer-release": (newer_lock, [("rerender-content", WEB)]),
    "engine": (lock((r"engine: freightlib", "engine: another")), [("not-comparable", LOCK)]),
    "version": (lock((r"(engine: freightlib\n  version: )'1'", r"\1'0'")), [("not-comparable", LOCK)]),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_what_was_changed_together_is_found_by_rendering_again(world: Rendered, name: str) -> None:
    tamper, wanted = TOGETHER[name]
    tamper(world)
    assert serious(world.audit("staging")) == [], "nothing but rendering again can tell"
    report = world.audit("staging", rerender=True)
    assert told(serious(report)) == sorted(wanted)
    assert report.ok == all(code == "not-comparable" for code, _ in wanted)


def test_the_difference_stands_in_the_data(world: Rendered) -> None:
    world.put({WEB: world.at(WEB).replace(b"replicas: 3", b"replicas: 30")})
    commit = world.fixed_up()
    (found,) = world.audit("staging", rerender=True).findings
    assert re.search(r"^-.*replicas: 3\b.*\n\+.*replicas: 30", found.data["diff"], re.MULTILINE)
    assert found.data["commit"] == commit
    assert found.data["stage"] == "staging"
    assert found.message.startswith(f"{BRANCH} at {commit[:12]}: its content is not that in what the locked inputs")


def test_a_hand_edit_that_cannot_be_named_is_named_by_rendering_again(world: Rendered) -> None:
    world.put({WEB: EDIT, LOCK: re.sub(rb"manifests: \w+", b"manifests: " + NONE.encode(), world.at(LOCK))})
    assert told(serious(world.audit("staging"))) == [("rendered-edited", OUT)]
    assert told(serious(world.audit("staging", rerender=True))) == [
        ("rendered-edited", OUT),
        ("rerender-content", WEB),
    ]


def test_every_code_is_planted_somewhere() -> None:
    tables = (*TABLES.values(), TOGETHER)
    planted = {code for table in tables for _, wanted in table.values() for code, _ in wanted}
    # in test_audit_sound.py, and in tests/integration/test_rollback.py
    elsewhere = {"stage-empty", "audit-unseen", "branch-rewritten", "rerender-failed", "lock-rollback"}
    assert planted | elsewhere == {code for code in CHECKS if group_of(code).endswith("(freight audit)")}
    assert sum(map(len, tables)) >= 60
