"""Holds traffic to what real forges say: requests and answers against an OpenAPI description, or against recordings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator


class Drifted(AssertionError):
    """The traffic is not what the real forge knows."""


class OpenApi:
    """A description; each method raises Drifted."""

    def __init__(self, description: Any) -> None:
        self.description = description
        self._validators: dict[str, Draft202012Validator] = {}

    def operation(self, method: str, path: str) -> Any:
        for template, operations in self.description["paths"].items():
            if (
                re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path)
                and method.lower() in operations
            ):
                return operations[method.lower()]
        raise Drifted(f"the description has no {method} {path}")

    def request(self, method: str, path: str, query: Mapping[str, str], body: Any) -> None:
        operation = self.operation(method, path)
        known = {
            one["name"]: one for one in map(self._resolved, operation.get("parameters", ())) if one["in"] == "query"
        }
        for name, value in query.items():
            if name not in known:
                raise Drifted(f"{method} {path} takes no {name!r} in its query")
            kinds = known[name]["schema"]
            self._check(int(value) if kinds.get("type") == "integer" else value, kinds, f"{method} {path}?{name}")
        if body is None:
            return
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        self._check(body, schema, f"the body of {method} {path}")
        resolved = self._resolved(schema)
        unknown = body.keys() - resolved.get("anyOf", [resolved])[0].get("properties", {}).keys()
        if unknown:
            raise Drifted(f"{method} {path} takes no {sorted(unknown)}")

    def answer(self, method: str, path: str, status: int, body: Any) -> None:
        told = self.operation(method, path)["responses"].get(str(status))
        if told is None:
            if status in (401, 403, 429) or status >= 500:
                return  # what the description leaves out for every operation
            raise Drifted(f"{method} {path} never answers {status}")
        content = self._resolved(told).get("content", {}).get("application/json")
        if content is None:
            if body is not None:
                raise Drifted(f"{method} {path} answers {status} without a body")
            return
        self._check(body, content["schema"], f"the answer {status} of {method} {path}")

    def example(self, method: str, path: str, status: int) -> Any:
        """The description's own example of an answer."""
        content = self._resolved(self.operation(method, path)["responses"][str(status)])["content"]["application/json"]
        return self._resolved(next(iter(content["examples"].values())))["value"]

    def _resolved(self, node: Any) -> Any:
        while "$ref" in node:
            _, kind, name = node["$ref"].removeprefix("#/").split("/")
            node = self.description["components"][kind][name]
        return node

    def _check(self, value: Any, schema: Any, what: str) -> None:
        key = repr(schema)
        if key not in self._validators:
            self._validators[key] = Draft202012Validator(
                {"allOf": [schema], "components": self.description["components"]}
            )
        for error in self._validators[key].iter_errors(value):
            raise Drifted(f"{what}: {error.json_path}: {error.message[:300]}")


def same_shape(recorded: Any, made: Any, where: str = "$") -> None:
    """Raise Drifted when ``made`` has other keys or other types than the real answer; null stands for anything."""
    if recorded is None or made is None:
        return
    if type(recorded) is not type(made):
        raise Drifted(f"{where}: {type(made).__name__} where a real one has {type(recorded).__name__}")
    if isinstance(recorded, dict):
        if recorded.keys() != made.keys():
            raise Drifted(f"{where}: keys differ: {sorted(recorded.keys() ^ made.keys())}")
        for key, value in recorded.items():
            same_shape(value, made[key], f"{where}.{key}")
    if isinstance(recorded, list) and recorded:
        for index, value in enumerate(made):
            same_shape(recorded[0], value, f"{where}[{index}]")
