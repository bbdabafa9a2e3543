"""A finding about a graph, in ComfyUI's own words: code, message, details and extra_info as a server has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Issue:
    """One finding. `code`, `message`, `details`, `extra` are ComfyUI's `type`, `message`, `details`, `extra_info`.

    `node` is "" for a finding about the whole graph; `given` is the value found, `allowed` says in words what may stand
    there, `suggestion` is the nearest right name ("" if none is near). `severity` is "error" or "warning".
    """

    node: str
    class_type: str
    input: str
    code: str
    message: str
    details: str = ""
    given: object = None
    allowed: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    suggestion: str = ""
    severity: str = "error"

    def wire(self) -> dict[str, Any]:
        """This issue as an entry of `node_errors[…].errors`, or as `error`."""
        return {"type": self.code, "message": self.message, "details": self.details, "extra_info": dict(self.extra)}

    def __str__(self) -> str:
        place = f"node {self.node}" if self.node else "graph"
        place += f" ({self.class_type})" if self.class_type else ""
        place += f" input {self.input}" if self.input else ""
        text = f"{place}: {self.message}"
        text += f" ({self.details})" if self.details and self.details != self.input else ""
        text += f"; allowed: {self.allowed}" if self.allowed else ""
        return text + (f'; did you mean "{self.suggestion}"?' if self.suggestion else "")


def errors(issues: Sequence[Issue]) -> list[Issue]:
    """Those that a server would refuse, or that cannot run."""
    return [issue for issue in issues if issue.severity == "error"]
