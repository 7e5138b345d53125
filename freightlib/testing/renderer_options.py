"""The suite for renderers, first part: name, fingerprint and options."""

from __future__ import annotations

import copy
import re
from typing import Any, Final

from freightlib.documents import read_lock, write_lock
from freightlib.errors import FreightError, ProjectError
from freightlib.models import (
    PACKAGE_DIRECTORIES,
)
from freightlib.plugins.contracts import Fingerprint, Renderer
from freightlib.testing.renderer_checks import (
    RendererChecks,
    lacking,
    lock_with,
    plain,
)
from freightlib.testing.rules import Rules

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_RENDERER: Final = Rules("Renderer")
_OPTIONS: Final = Rules("Renderer.effective_options")
_FINGERPRINT: Final = Rules("Renderer.fingerprint")


class OptionRules(RendererChecks):
    """Checks of name, fingerprint and options."""

    def test_it_says_what_it_is(self) -> None:
        """Name, package types and default options have the right types, and every method exists."""
        renderer = self._new()
        _RENDERER.hold(isinstance(renderer, Renderer), "it must have every member of the protocol", lacking(renderer))
        name: Any = renderer.name
        _RENDERER.hold(
            isinstance(name, str) and _NAME.fullmatch(name) is not None, "its name is of a-z, 0-9 and -", repr(name)
        )
        types: Any = renderer.package_types
        _RENDERER.hold(
            isinstance(types, frozenset) and bool(types) and types <= PACKAGE_DIRECTORIES.keys(),
            f"package_types is a frozenset of {', '.join(PACKAGE_DIRECTORIES)}",
            repr(types),
        )
        defaults: Any = renderer.default_options
        _RENDERER.hold(
            isinstance(defaults, frozenset) and all(isinstance(one, str) for one in defaults),
            "default_options is a frozenset of names",
            repr(defaults),
        )

    def test_fingerprint_names_engine_and_version(self) -> None:
        """Engine and version of the fingerprint are text, and stay the same for equal options."""
        renderer = self._new()
        for case in self.cases():
            options = case.effective(renderer)
            found = renderer.fingerprint(options)
            _FINGERPRINT.hold(isinstance(found, Fingerprint), "it gives a Fingerprint", repr(found))
            text: Any
            for text in (found.engine, found.version):
                _FINGERPRINT.hold(
                    isinstance(text, str) and bool(text) and text.isprintable(),
                    "engine and version are text",
                    repr(found),
                )
            _FINGERPRINT.equal(renderer.fingerprint(options), found, "it stays the same for equal options")

    def test_effective_options_are_a_fixed_point(self) -> None:
        """Effective options are accepted as options, and do not change."""
        renderer = self._new()
        for case in self.cases():
            once = case.effective(renderer)
            _OPTIONS.equal(dict(renderer.effective_options(once)), dict(once), "effective options are complete")

    def test_effective_options_are_checked(self) -> None:
        """An unknown option raises an error that names it."""
        renderer = self._new()
        case = self.cases()[0]
        given = {**case.effective(renderer), "noSuchOption": True}
        rule = "an unknown option raises ProjectError whose data names it (path)"
        with _OPTIONS.raises(ProjectError, rule) as raised:
            renderer.effective_options(given)
        path = str(raised.error.data.get("path"))
        _OPTIONS.hold("noSuchOption" in path, rule, f"path is {path!r}")

    def test_effective_options_fit_the_lock(self) -> None:
        """Options are plain values that a lock stores exactly."""
        renderer = self._new()
        for case in self.cases():
            options = case.effective(renderer)
            try:
                kept = read_lock(write_lock(lock_with(options))).render.options
            except FreightError as error:
                _OPTIONS.broken("options are plain YAML values with text for keys", f"{case.name}: {error.message}")
            _OPTIONS.equal(plain(kept), plain(options), "the lock must read back the options it was given")

    def test_options_given_are_left_alone(self) -> None:
        """effective_options does not change its argument."""
        renderer = self._new()
        for case in self.cases():
            given = {**case.effective(renderer)}
            before = copy.deepcopy(given)
            renderer.effective_options(given)
            _OPTIONS.equal(given, before, "it must not change what it was given")

    def test_default_options_are_options(self) -> None:
        """Each name in default_options is an option it takes."""
        renderer = self._new()
        effective = self.cases()[0].effective(renderer)
        for name in sorted(renderer.default_options):
            _OPTIONS.hold(
                name in effective, "each of default_options is an option", f"{name!r} is not among {[*effective]}"
            )
