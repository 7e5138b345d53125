"""Compares what a plugin offers, and what its methods return, with the types that the contracts name.

>>> from freightlib.plugins.contract_checks import flaw_in
>>> from freightlib.plugins.contracts import Transform
>>> class Sorted:
...     name = "sorted"
...     def effective_options(self, options): ...
...     def transform(self): ...
>>> flaw_in(Sorted(), Transform)
'lacks version'
>>> Sorted.version = "1"
>>> flaw_in(Sorted(), Transform)
'cannot be asked to transform with 1 argument: too many positional arguments'

Everything follows from the protocol classes and the annotations of the hooks: nothing is listed twice.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, TypeAlias

import attrs

from freightlib.plugins.mismatches import ITERABLES, MismatchError, mismatch, with_article

#: Takes a value and gives the one to use: the same, or a list made of a generator. Raises MismatchError.
Check: TypeAlias = Callable[[Any], Any]

_MISSING: Final = object()
_SINGLE: Final = (str, bytes, Mapping)


@attrs.frozen
class Member:
    """One member of a protocol: the type of an attribute, or of what a method returns.

    ``calls`` are the arguments that a method must take, at the least and at the most: how many without a name, and the
    names of the others. It is empty for an attribute. ``read``: an attribute that can be read without effects.
    """

    name: str
    hint: Any
    calls: tuple[tuple[int, tuple[str, ...]], ...] = ()
    read: bool = True


@cache
def members(protocol: type) -> tuple[Member, ...]:
    """The members of a protocol in the order in which it declares them, attributes first."""
    attributes: dict[str, Member] = {}
    methods: dict[str, Member] = {}
    for kind in reversed([base for base in protocol.__mro__ if getattr(base, "_is_protocol", False)]):
        hints = typing.get_type_hints(kind)
        attributes |= {name: Member(name, hints[name]) for name in inspect.get_annotations(kind) if name[0] != "_"}
        for name, member in vars(kind).items():
            if name[0] == "_":
                continue
            if isinstance(member, property) and member.fget is not None:
                attributes[name] = Member(name, Any, read=False)
            elif inspect.isfunction(member):
                hint = typing.get_type_hints(member, include_extras=True)["return"]
                methods[name] = Member(name, hint, _calls(member))
    return (*attributes.values(), *methods.values())


def _calls(function: Callable[..., Any]) -> tuple[tuple[int, tuple[str, ...]], ...]:
    _, *parameters = inspect.signature(function).parameters.values()

    def shape(wanted: Iterable[inspect.Parameter]) -> tuple[int, tuple[str, ...]]:
        listed = list(wanted)
        named = tuple(one.name for one in listed if one.kind is inspect.Parameter.KEYWORD_ONLY)
        return len(listed) - len(named), named

    least = shape(one for one in parameters if one.default is inspect.Parameter.empty)
    return tuple(dict.fromkeys((least, shape(parameters))))


def flaw_in(offer: object, protocol: type) -> str | None:
    """What keeps ``offer`` from fitting the protocol, or ``None``. All members that it lacks are named at once."""
    lacking = [one.name for one in members(protocol) if inspect.getattr_static(offer, one.name, _MISSING) is _MISSING]
    lacking = [name for name in lacking if not hasattr(offer, name)]  # an object may answer for another one
    if lacking:
        return f"lacks {', '.join(lacking)}"
    return next((flaw for one in members(protocol) if (flaw := _flaw(offer, one)) is not None), None)


def _flaw(offer: object, member: Member) -> str | None:
    try:
        value = getattr(offer, member.name) if member.read else None
        if not member.calls:
            conform(value, member.hint)
            return None
    except MismatchError as error:
        return f"has a {member.name} that is wrong: {error}"
    except (Exception, SystemExit) as error:  # noqa: BLE001 (a property of a plugin may raise anything)
        return f"cannot give its {member.name}: {type(error).__name__}: {error}"
    if not callable(value):
        return f"has a {member.name} that is {with_article(type(value))}, not a method"
    return next((flaw for shape in member.calls if (flaw := _uncallable(member.name, value, *shape))), None)


def _uncallable(name: str, method: Callable[..., Any], count: int, named: Sequence[str]) -> str | None:
    if inspect.iscoroutinefunction(method):
        return f"has a {name} that is async: it must be an ordinary method"
    try:
        signature = inspect.signature(method)
    except (TypeError, ValueError) as error:
        # what is written in C may say nothing of its parameters
        return f"has a {name} that cannot be called: {error}" if inspect.ismethod(method) else None
    try:
        signature.bind(*[None] * count, **dict.fromkeys(named))
    except TypeError as error:
        words = [f"{count} argument{'' if count == 1 else 's'}", *named]
        return f"cannot be asked to {name} with {' and '.join(words)}: {error}"
    return None


# --- values ---------------------------------------------------------------------------------------


def conform(value: Any, hint: Any) -> Any:
    """``value``, if it has the type ``hint``; a list in place of a generator. Raises MismatchError."""
    return check_for(hint)(value)


@cache
def check_for(hint: Any) -> Check:
    """The check of a type, as it is written in the contracts."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    made = _anything if hint is Any or hint is object else _plain(hint)
    if origin in (typing.Union, types.UnionType):
        made = _one_of(hint, arguments)
    elif origin in ITERABLES:
        made = _items(hint, arguments[0])
    elif origin is Iterator:
        made = _stream(hint, arguments[0])
    elif origin is Annotated:
        made = _judged(arguments[0], arguments[1])
    elif origin is not None:
        made = _container(hint, origin, arguments)
    elif getattr(hint, "_is_protocol", False):
        made = _protocol(hint)
    elif attrs.has(hint):
        made = _record(hint)
    return made


def _anything(value: Any) -> Any:
    return value


def _plain(kind: Any) -> Check:
    kinds = (int, float) if kind is float else kind

    def check(value: Any) -> Any:
        if not isinstance(value, kinds):
            raise mismatch(value, kind)
        if isinstance(value, datetime) and value.tzinfo is None:
            raise MismatchError("it is a time without a time zone")
        return value

    return check


def _one_of(hint: Any, options: Sequence[Any]) -> Check:
    checks = [check_for(option) for option in options]

    def check(value: Any) -> Any:
        for option in checks:
            try:
                return option(value)
            except MismatchError as error:
                if error.where or isinstance(value, datetime):
                    raise  # the right type, wrong further down
        raise mismatch(value, hint)

    return check


def _items(hint: Any, item: Any) -> Check:
    each = check_for(item)
    ordered = typing.get_origin(hint) is Sequence

    def check(value: Any) -> Any:
        if isinstance(value, _SINGLE) or not isinstance(value, Iterable):
            raise mismatch(value, hint)
        if ordered and not isinstance(value, (Sequence, Iterator)):
            raise mismatch(value, hint)  # a set has no order that could be relied on
        listed = value if isinstance(value, (list, tuple)) else list(value)
        _check_each(listed, each)
        return listed

    return check


def _check_each(values: Iterable[Any], each: Check) -> None:
    for index, value in enumerate(values):
        try:
            each(value)
        except MismatchError as error:
            raise error.below(f"[{index}]") from None


def _stream(hint: Any, item: Any) -> Check:
    each = check_for(item)

    def checked(values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            yield each(value)

    def check(value: Any) -> Any:
        if isinstance(value, _SINGLE) or not isinstance(value, Iterable):
            raise mismatch(value, hint)
        return checked(value)

    return check


def _container(hint: Any, origin: Any, arguments: Sequence[Any]) -> Check:
    if issubclass(origin, Mapping):
        checks = [None if argument is Any else check_for(argument) for argument in arguments]

        def check_mapping(value: Any) -> Any:
            if not isinstance(value, origin):
                raise mismatch(value, hint)
            for part, each in zip((value.keys(), value.values()), checks, strict=True):
                if each is not None:
                    _check_each(part, each)
            return value

        return check_mapping
    each = check_for(arguments[0])

    def check(value: Any) -> Any:
        if not isinstance(value, origin):
            raise mismatch(value, hint)
        _check_each(value, each)
        return value

    return check


def _judged(hint: Any, problem: Callable[[Any], str | None]) -> Check:
    """The check of a type whose annotation has a function that says what is wrong with a value of it."""
    plain = check_for(hint)

    def check(value: Any) -> Any:
        made = plain(value)
        found = problem(made)
        if found is not None:
            raise MismatchError(found)
        return made

    return check


def _protocol(protocol: type) -> Check:
    def check(value: Any) -> Any:
        flaw = flaw_in(value, protocol)
        if flaw is not None:
            raise MismatchError(f"{type(value).__name__} {flaw}, so it is not a {protocol.__name__}")
        return value

    return check


def _record(kind: type) -> Check:
    @cache
    def parts() -> list[tuple[str, Check]]:
        hints = typing.get_type_hints(kind)
        return [(one.name, check_for(hints[one.name])) for one in attrs.fields(kind) if one.name[0] != "_"]

    def check(value: Any) -> Any:
        if not isinstance(value, kind):
            raise mismatch(value, kind)
        for name, each in parts():
            try:
                each(getattr(value, name))
            except MismatchError as error:
                raise error.below(f".{name}") from None
        return value

    return check
