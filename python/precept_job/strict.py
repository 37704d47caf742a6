"""Reads JSON into dataclasses and refuses what is not exactly them: a field too many would be a wish that nobody hears."""

from __future__ import annotations

import dataclasses
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from .faults import InputInvalid


def read(kind: Any, value: Any, place: str) -> Any:
    """`value` as `kind`: a dataclass, list, Literal, union, str, int, float or bool. Raises InputInvalid."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _read_fields(kind, value, place)
    origin = get_origin(kind)
    if origin is list:
        if not isinstance(value, list):
            raise InputInvalid(f"{place} is no list")
        (item,) = get_args(kind)
        return [read(item, one, f"{place}[{index}]") for index, one in enumerate(value)]
    if origin is Literal:
        if value not in get_args(kind) or isinstance(value, bool):
            raise InputInvalid(f"{place} is {value!r}, none of {', '.join(map(repr, get_args(kind)))}")
        return value
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), value, place)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise InputInvalid(f"{place} is {type(value).__name__}, not {kind.__name__}")
    return value


def _read_fields(kind: type, value: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise InputInvalid(f"{place} is no object")
    hints = get_type_hints(kind)
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise InputInvalid(f"{place} has fields that this contract does not know: {', '.join(unknown)}")
    needed = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    missing = sorted(set(needed) - set(value))
    if missing:
        raise InputInvalid(f"{place} lacks {', '.join(missing)}")
    return kind(**{name: read(hints[name], one, f"{place}.{name}") for name, one in value.items()})


def _read_union(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    """A dataclass is chosen by its field `kind`, null by itself, anything else by the first that takes it."""
    if value is None and type(None) in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not type(None))
    if isinstance(value, dict) and "kind" in value:
        for kind in kinds:
            named = get_type_hints(kind).get("kind") if dataclasses.is_dataclass(kind) else None
            if named is not None and value["kind"] in get_args(named):
                return read(kind, value, place)
        raise InputInvalid(f"{place} is of the kind {value['kind']!r}, which this contract does not know")
    if len(kinds) == 1:
        return read(kinds[0], value, place)
    raise InputInvalid(f"{place} says no kind")
