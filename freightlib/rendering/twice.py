"""Renders the same inputs twice and reports differences: the findings ``nondeterministic`` and ``may-differ``.

>>> from freightlib.rendering.twice import repeat_mode
>>> repeat_mode("never", asked=False, levels={}), repeat_mode("never", asked=True, levels={})
('never', 'always')

Findings never contain a value, not even as a hash: what a package generates at random is usually a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeAlias

from freightlib.errors import PluginError, RenderError
from freightlib.models import Finding, Manifest, RenderResult
from freightlib.models.findings.catalogue import finding
from freightlib.plugins.contracts import Cause, Difference, Explaining, Renderer, RenderRequest
from freightlib.plugins.hooks import hookimpl
from freightlib.plugins.registry import registry
from freightlib.rendering.compare import compare_renderings

DIFFERS: Final = "nondeterministic"
MAY_DIFFER: Final = "may-differ"
#: Limits the list for a rendering that is random everywhere.
MOST_FINDINGS: Final = 100
_MOST_FIELDS: Final = 6

Transformed: TypeAlias = Callable[[tuple[Manifest, ...]], tuple[Manifest, ...]]


@hookimpl
def freightlib_checks() -> Sequence[str]:
    """Return the codes of both findings."""
    return [DIFFERS, MAY_DIFFER]


def repeat_mode(mode: str, *, asked: bool, levels: Mapping[str, str]) -> str:
    """Return when to render again: the ``mode`` that ``renderTwice`` sets, with two exceptions.

    ``always`` if the caller ``asked`` for it; ``never`` if the ``levels`` of ``render.checks`` switch the finding off.
    """
    if asked:
        return "always"
    return "never" if levels.get(DIFFERS) == "off" else mode


def asked_levels(levels: Mapping[str, str]) -> Mapping[str, str]:
    """Return the levels for a caller who asks for the check: without the one that switches it off."""
    return {code: level for code, level in levels.items() if (code, level) != (DIFFERS, "off")}


def render_twice(  # noqa: PLR0917 (one call, all of it needed)
    renderer: Renderer,
    request: RenderRequest,
    made: RenderResult,
    mode: str,
    manifests: tuple[Manifest, ...],
    transformed: Transformed,
) -> tuple[Finding, ...]:
    """Render the inputs of ``made`` again, and return a finding for each difference.

    ``mode`` is ``never``, ``suspected`` (only if the renderer finds a call in the package whose result may change),
    ``new`` or ``always``. ``transformed`` applies the transforms; ``manifests`` are those of ``made`` after it.
    """
    if mode == "never":
        return ()
    explaining = renderer if isinstance(renderer, Explaining) else None
    suspects = tuple(explaining.suspects(request, made.manifests)) if explaining else ()
    if mode == "suspected" and not suspects:
        return ()
    thorough = mode != "suspected"
    again = explaining.repetitions(request, made.manifests) if explaining else _plainly(renderer, request)
    found: dict[tuple[str, str, str, str], Difference] = {}
    try:
        for rendered in islice(again, None if thorough else 1):
            for each in compare_renderings(manifests, transformed(rendered.manifests)):
                found.setdefault((each.path, each.resource, each.place, each.kind), each)
    except RenderError as error:
        return (_failed(request, error),)
    differences = tuple(found.values())
    causes = _explained(explaining, request, differences) if explaining and differences else ()
    reported = _reported(differences, causes or (None,) * len(differences))
    hidden = _hidden(suspects, causes) if thorough else ()
    return (*reported, *hidden)


def _explained(
    renderer: Explaining, request: RenderRequest, differences: Sequence[Difference]
) -> tuple[Cause | None, ...]:
    """The cause of each difference, by the renderer. Raises PluginError if it does not answer for each."""
    causes = tuple(renderer.explain(request, differences))
    if len(causes) != len(differences):
        name = str(getattr(renderer, "name", ""))
        owner = registry().owner("freightlib_renderers", name)
        label, distribution = (owner.label, owner.distribution) if owner else (name, None)
        raise PluginError(
            f"{label}: freightlib_renderers: explain of the renderer {name} answered {len(causes)} causes for "
            f"{len(differences)} differences",
            hint="update or uninstall it, and tell its authors",
            plugin=name,
            distribution=distribution,
        )
    return causes


def _plainly(renderer: Renderer, request: RenderRequest) -> Iterator[RenderResult]:
    yield renderer.render(request)


# --- in words -------------------------------------------------------------------------------------

_VERBS: Final = {
    "value": "{} differ{s}",
    "order": "{} hold{s} the same in another order",
    "missing": "{} {is_} missing",
    "added": "{} {is_} new",
    "text": "{} hold{s} the same data with other comments or spaces",
}


def _reported(differences: Sequence[Difference], causes: Sequence[Cause | None]) -> tuple[Finding, ...]:
    """Return one finding per document, kind of difference and cause; it lists all its fields."""
    grouped: dict[tuple[str, str, str, Cause | None], list[str]] = {}
    for each, cause in zip(differences, causes, strict=True):
        grouped.setdefault((each.path, each.resource, each.kind, cause), []).append(each.place)
    findings = [_finding(*key, fields) for key, fields in grouped.items()]
    over = findings[MOST_FINDINGS:]
    if over:
        more = f"{len(over)} more differences like these, the first in {over[0].path}"
        return (*findings[:MOST_FINDINGS], finding("nondeterministic", over[0].path, more, more=len(over)))
    return tuple(findings)


def _finding(path: str, resource: str, kind: str, cause: Cause | None, fields: list[str]) -> Finding:
    subject = f"the {resource}" if resource else "a document"
    named = [one for one in fields if one]
    what = _listed(named) if named else subject
    many = len(named) > 1
    words = {"s": "" if many else "s", "is_": "are" if many else "is"}
    message = _VERBS[kind].format(what, **words) + " when rendered again"
    about: dict[str, Any] = {"resource": resource, "fields": named, "difference": kind}
    hint = ""
    if cause is not None:
        message += f": likely {cause.function} in {cause.template}, line {cause.line}"
        about |= {"function": cause.function, "template": cause.template, "line": cause.line}
        hint = cause.hint
    return finding("nondeterministic", path, f"{subject}: {message}" if named else message, hint=hint, **about)


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_FIELDS])
    return shown if len(names) <= _MOST_FIELDS else f"{shown} and {len(names) - _MOST_FIELDS} more"


def _hidden(suspects: Sequence[Cause], causes: Sequence[Cause | None]) -> tuple[Finding, ...]:
    return tuple(
        finding(
            "may-differ",
            each.template,
            f"{each.function} in line {each.line} may give another result next time, although it did not now",
            hint=each.hint,
            function=each.function,
            line=each.line,
        )
        for each in suspects
        if each.hidden and each not in causes
    )[:MOST_FINDINGS]


def _failed(request: RenderRequest, error: RenderError) -> Finding:
    return finding(
        "nondeterministic",
        str(error.data.get("template") or ""),
        f"stage {request.stage} rendered, but rendering the same inputs again failed: {error.message}",
        hint=error.hint,
        difference="failed",
    )
