"""The conformance suite for renderers: tests of the rules of ``freightlib.plugins.contracts.Renderer``, to subclass.

    from freightlib.testing import RenderCase, RendererSuite

    class TestMine(RendererSuite):
        def make_renderer(self):
            return Mine()

        def cases(self):
            return [RenderCase("web", {"web.yaml.j2": b"..."}, ("Service/web",), package_type="plain")]

Every check is a test, and its name is its rule. ``cases`` may be left out for a renderer that renders the sample
packages of its package types.
"""

from __future__ import annotations

from freightlib.testing.renderer_inputs import InputRules
from freightlib.testing.renderer_options import OptionRules
from freightlib.testing.renderer_output import OutputRules


class RendererSuite(OptionRules, InputRules, OutputRules):
    """Subclass it in a test module, name the class ``Test...``, and define ``make_renderer``."""
