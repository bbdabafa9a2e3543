"""What may stand in an input as a plain value: conversion, range, options, files, in ComfyUI's order and words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from comfyvn.errors import closest
from comfyvn.graph.definitions import MADE_BY_EDITOR, OWN_CHOICES, Input
from comfyvn.graph.issue import Issue

LONG_LIST = 20  # options; the server does not repeat longer lists in its answer

# Classes that look for the file themselves, in words of their own → what they call it.
_FILE_CHECKED = {
    "LoadImage": "image",
    "LoadImageMask": "image",
    "LoadImageOutput": "image",
    "LoadAudio": "audio",
    "LoadVideo": "video",
    "VHS_LoadAudioUpload": "audio",
    "VHS_LoadVideo": "video",
}


def convert(wanted: Input, value: Any) -> Any:
    """A literal as the server stores it: `"64"` → 64. Raises what Python's `int()` and `float()` raise."""
    value = value["__value__"] if isinstance(value, Mapping) and "__value__" in value else value
    kinds = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}
    return kinds[wanted.type](value) if wanted.type in kinds else value


def literal_issue(node: str, class_type: str, wanted: Input, given: Any) -> Issue | None:
    """What a server has against `given` as the value of this input."""
    extra = {"input_name": wanted.name, "input_config": wanted.wire(), "received_value": given}
    issue = Issue(node, class_type, wanted.name, "", "", wanted.name, given, allowed(wanted), extra)
    try:
        value = convert(wanted, given)
    except (TypeError, ValueError, OverflowError) as error:
        return _unconvertible(issue, wanted, error)
    issue = replace(issue, extra={**extra, "received_value": value})
    return _range_issue(issue, wanted, value) or _choice_issue(issue, wanted, value)


def doubtful_literal(node: str, class_type: str, wanted: Input, given: Any) -> Issue | None:
    """What a server takes without a word although nobody can have meant it: `None` → "None", 64.9 → 64, infinity."""
    plain = given["__value__"] if isinstance(given, Mapping) and "__value__" in given else given
    endless = isinstance(plain, float) and not math.isfinite(plain)
    if not endless and (_is_kind(wanted.type, plain) or literal_issue(node, class_type, wanted, given)):
        return None  # right, or refused by the server as well
    severity = "warning" if isinstance(plain, (str, int, float)) and not endless else "error"
    message, shown = f"Value is no {wanted.type}; a server converts it in silence", allowed(wanted)
    return Issue(
        node, class_type, wanted.name, "value_converted", message, wanted.name, given, shown, severity=severity
    )


def _is_kind(kind: str, value: Any) -> bool:
    if kind in ("INT", "FLOAT") and isinstance(value, bool):
        return False
    kinds: Mapping[str, tuple[type, ...]] = {"INT": (int,), "FLOAT": (int, float), "STRING": (str,), "BOOLEAN": (bool,)}
    return isinstance(value, kinds[kind]) if kind in kinds else True


def _unconvertible(issue: Issue, wanted: Input, error: Exception) -> Issue:
    return replace(
        issue,
        code="invalid_input_type",
        message=f"Failed to convert an input value to a {wanted.type} value",
        details=f"{wanted.name}, {issue.given}, {error}",
        extra={**issue.extra, "exception_message": str(error)},
    )


def _range_issue(issue: Issue, wanted: Input, value: Any) -> Issue | None:
    # Whatever else a pack says there is no limit.
    low, high = (limit if isinstance(limit, (int, float)) else None for limit in map(wanted.config.get, ("min", "max")))
    if not isinstance(value, (int, float)):
        return None
    if low is not None and value < low:
        return replace(issue, code="value_smaller_than_min", message=f"Value {value} smaller than min of {low}")
    if high is not None and value > high:
        return replace(issue, code="value_bigger_than_max", message=f"Value {value} bigger than max of {high}")
    return None


def _choice_issue(issue: Issue, wanted: Input, value: Any) -> Issue | None:
    if not wanted.is_choice or (wanted.options is None and isinstance(value, str)):
        return None
    if issue.class_type in OWN_CHOICES and not wanted.options:
        return None
    if value in (wanted.options or ()) or _is_same_file(issue.class_type, wanted, value):
        return None
    if wanted.folder and (word := _FILE_CHECKED.get(issue.class_type)):
        details, extra = f"{wanted.name} - Invalid {word} file: {value}", {"input_name": wanted.name}
        message = "Custom validation failed for node"
        return replace(issue, code="custom_validation_failed", message=message, details=details, extra=extra)
    return _unlisted(issue, list(wanted.options or ()), value)


def _unlisted(issue: Issue, options: list[Any], value: Any) -> Issue:
    long = len(options) > LONG_LIST
    shown = f"(list of length {len(options)})" if long else str(options)
    extra = dict(issue.extra)
    if long:
        extra["input_config"] = None
    details, near = f"{issue.input}: '{value}' not in {shown}", closest(str(value), [str(option) for option in options])
    message = "Value not in list"
    return replace(issue, code="value_not_in_list", message=message, details=details, extra=extra, suggestion=near)


def _is_same_file(class_type: str, wanted: Input, value: Any) -> bool:
    # "name [input]" is another spelling of "name" for the classes that look for the file themselves
    plain = value.removesuffix(" [input]") if isinstance(value, str) else value
    return class_type in _FILE_CHECKED and plain in (wanted.options or ())


def allowed(wanted: Input) -> str:
    """What may stand in this input, in words: `INT 0…100`, `"a", "b"`, `a file of checkpoints`, `a link to MODEL`."""
    if wanted.folder and wanted.options is None:
        return f"a file of {wanted.folder}"
    if wanted.is_choice:
        options = [f'"{option}"' for option in wanted.options or ()]
        rest = f" … ({len(options)} in all)" if len(options) > LONG_LIST else ""
        return ", ".join(options[:LONG_LIST]) + rest
    if MADE_BY_EDITOR & wanted.types:
        return f"{wanted.type}, which ComfyUI's editor makes when it runs (export the API form there)"
    kind = wanted.type if wanted.is_widget else f"a link to {wanted.type}"
    if "min" not in wanted.config and "max" not in wanted.config:
        return kind
    return f"{kind} {wanted.config.get('min', '')}…{wanted.config.get('max', '')}"
