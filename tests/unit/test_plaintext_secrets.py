"""The check plaintext-secrets, and what render.checks makes of findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from freightlib.errors import PluginError, ProjectError, RenderingRefusedError
from freightlib.models import Finding, Severity
from freightlib.models.findings.catalogue import CHECKS
from freightlib.plugins.hooks import RenderingCheck, hookimpl
from freightlib.rendering.builtin import secrets
from freightlib.testing import AppBuilder

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n"
PLAIN: dict[str, tuple[str, list[str]]] = {
    "data": (f"{SECRET}data: {{password: aHVudGVyMg==}}\n", ["data.password"]),
    "stringData": (f"{SECRET}stringData:\n  token: |\n    hunter2\n", ["stringData.token"]),
    "both": (f"{SECRET}data: {{a: eA==, b: ''}}\nstringData: {{c: x, d: }}\n", ["data.a", "stringData.c"]),
    "a hook": (
        "apiVersion: v1\nkind: Secret\nmetadata: {annotations: {helm.sh/hook: pre-install}}\ndata: {a: eA==}\n",
        ["data.a"],
    ),
    "a list": (
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, data: {a: eA==}}]\n",
        ["data.a"],
    ),
    "a typed list": ("apiVersion: v1\nkind: SecretList\nitems: [{data: {a: eA==}}]\n", ["data.a"]),
    "an escaped word": ('apiVersion: v1\nkind: "\\u0053ecret"\ndata: {a: eA==}\n', ["data.a"]),
    "JSON": ('{"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA=="}}', ["data.a"]),
    "half encrypted": (f"{SECRET}sops: {{mac: x}}\ndata: {{a: 'ENC[AES256_GCM,x]', b: eA==}}\n", ["data.b"]),
    "not text": (f"{SECRET}stringData: {{a: 0}}\n", ["stringData.a"]),
}
CLEAN: dict[str, str] = {
    "empty data": f"{SECRET}data: {{}}\nstringData:\n",
    "empty values": f"{SECRET}data: {{a: '', b: ~}}\n",
    "no data": f"{SECRET}type: kubernetes.io/service-account-token\n",
    "encrypted": f"{SECRET}sops: {{mac: x}}\nstringData: {{a: 'ENC[AES256_GCM,x]'}}\n",
    "sealed": "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec: {encryptedData: {a: x}}\n",
    "of another group": "apiVersion: example.org/v1\nkind: Secret\nmetadata: {name: db}\ndata: {a: x}\n",
    "a mention": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {kind: Secret}\n",
}


@pytest.mark.parametrize("case", PLAIN)
def test_plaintext_is_found(case: str, render_stage: Callable[..., Any]) -> None:
    text, keys = PLAIN[case]
    made = render_stage({"db.yaml": text})
    (found,) = made.findings
    assert (found.code, found.severity, found.path) == ("plaintext-secrets", Severity.WARNING, "db.yaml")
    assert found.data["keys"] == keys
    assert made.notes == (f"db.yaml: {found.message}",)
    assert "hunter2" not in str(found)


@pytest.mark.parametrize("case", CLEAN)
def test_the_rest_is_not(case: str, render_stage: Callable[..., Any]) -> None:
    assert render_stage({"db.yaml": CLEAN[case]}, render={"checks": {"plaintextSecrets": "refuse"}}).findings == ()


@pytest.mark.parametrize("level", ["off", False])
def test_off(level: Any, render_stage: Callable[..., Any]) -> None:
    made = render_stage({"db.yaml": PLAIN["data"][0]}, render={"checks": {"plaintextSecrets": level}})
    assert (made.findings, made.notes) == ((), ())


def test_refuse_stops_the_promotion_before_anything_is_written(freight_app: Callable[..., AppBuilder]) -> None:
    app = freight_app({"db.yaml": PLAIN["data"][0]}, render={"checks": {"plaintextSecrets": "refuse"}})
    before = app.gitops.git("for-each-ref")
    with pytest.raises(RenderingRefusedError, match=r"db\.yaml: the Secret 'db' holds data.password") as caught:
        app.promote()
    assert (caught.value.exit_status, caught.value.code) == (1, "refused")
    assert "plaintextSecrets: off" in caught.value.hint
    assert [found.code for found in caught.value.data["report"].errors] == ["plaintext-secrets"]
    assert app.gitops.git("for-each-ref") == before


def test_the_catalogue_says_the_same() -> None:
    listed = CHECKS[secrets.CODE]
    assert (listed.severity, listed.remedy) == (Severity.WARNING, secrets._REMEDY)


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ({"plaintextSecrts": "warn"}, "'plaintext-secrts', which is not a check"),
        ({"plaintextSecrets": "error"}, "no level"),
        (["plaintextSecrets"], "expected a mapping"),
    ],
)
def test_wrong_settings_are_named(checks: Any, said: str, render_stage: Callable[..., Any]) -> None:
    with pytest.raises(ProjectError, match=said):
        render_stage(render={"checks": checks})


class Odd:
    """A plugin's check with a code of its own."""

    @hookimpl
    def freightlib_checks(self) -> Sequence[str]:
        return ["odd-name"]

    @hookimpl
    def freightlib_check_rendering(self, request: RenderingCheck) -> Sequence[Finding]:
        assert request.lock.stage == request.stage
        return [Finding("odd-name", Severity.ERROR, each.path, "is odd") for each in request.manifests[:1]]


class Fails:
    @hookimpl
    def freightlib_check_rendering(self, request: RenderingCheck) -> Sequence[Finding]:
        raise RuntimeError("out of luck")


def test_checks_of_plugins_are_set_alike(
    freight_plugin: Callable[[object], None], render_stage: Callable[..., Any]
) -> None:
    freight_plugin(Odd())
    with pytest.raises(RenderingRefusedError, match="is odd"):
        render_stage()
    assert [found.severity for found in render_stage(render={"checks": {"oddName": "warn"}}).findings] == ["warning"]
    assert render_stage(render={"checks": {"oddName": "off"}}).findings == ()


def test_a_check_that_fails_is_named(
    freight_plugin: Callable[[object], None], render_stage: Callable[..., Any]
) -> None:
    freight_plugin(Fails())
    with pytest.raises(PluginError, match="of the test failed: out of luck"):
        render_stage()
