"""Publish several apps, promote what may move, and report: release.py GITOPS SOURCE REVISION APP=IMAGE..."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from freightlib import AppStatus, AutoResult, FreightError, GitOps, Progress


def publish(ops: GitOps, source: str, revision: str, images: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """One line for each app, and whether it went well."""
    for app, image in images.items():
        try:
            made = ops.with_(app=app).publish(source, revision=revision, image=image)
        except FreightError as error:
            yield f"{app}: {error.message}; {error.hint}", False
        else:
            yield f"{app}: {made.tag} {'is published' if made.created else 'was published before'}", True


def promote(ops: GitOps) -> Iterator[tuple[str, bool]]:
    """One line for each stage of every app, and whether it went well."""
    for step in ops.promote_auto():
        yield f"{step.app} {step.stage}: {step.result}: {step.why}", step.result is not AutoResult.FAILED


def waiting(apps: tuple[AppStatus, ...]) -> list[str]:
    """The stages that could take the newest release now, and wait for somebody to promote them."""
    return [
        f"{row.app} {row.stage}"
        for app in apps
        for row in app.stages
        if row.state.value in ("empty", "behind") and not row.gates
    ]


def show(event: Progress) -> None:
    """Progress on a terminal, nothing in a log."""
    if sys.stderr.isatty():
        print(f"{event.step} {event.done}/{event.total} {event.subject}", file=sys.stderr)


def main(gitops: str, source: str, revision: str, *images: str) -> int:
    """Do it all; the exit status is 1 when anything failed."""
    ops, good = GitOps.open(gitops, progress=show), True
    named = dict(image.split("=", 1) for image in images)
    for line, well in publish(ops, source, revision, named):
        print(line)
        good = good and well
    for line, well in promote(ops):
        print(line)
        good = good and well
    print("waits:", ", ".join(waiting(ops.status())) or "nothing")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
