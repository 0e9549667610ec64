import os
from collections.abc import Iterable
from typing import Any, NamedTuple, final

__version__: str

# A path, an endpoint ("example.com:443"), a variable, a program, a function of
# a plugin; of a secret its parts. None: the permission for every resource.
_Resource = str | bytes | os.PathLike[str] | os.PathLike[bytes] | Iterable[str] | None

class Decision(NamedTuple):
    """The answer to a question. Only `allowed` is the verdict."""

    allowed: bool
    reason: str  # a stable code: "rule", "default", "dropped", ...
    permission: str
    resource: Any
    rule: str | None  # that decided; "" for none, None if it is not told
    remedy: str | None  # what would allow it, in one sentence

@final
class Policy:
    """An immutable set of rules, bound to the files that its names lead to."""

    @classmethod
    def from_file(cls, path: str | bytes | os.PathLike[str], /) -> Policy:
        """Reads a policy of any form. ValueError with file, line and column."""
    @classmethod
    def from_text(cls, text: str, name: str = ...) -> Policy:
        """Reads the text form; `name` stands in messages."""
    @classmethod
    def from_flags(cls, flags: Iterable[str], /) -> Policy:
        """Reads flags as "--allow-fs-read=/srv"."""
    def warnings(self) -> list[str]:
        """What is legal, and its author should know."""

class Context:
    """What a principal may do now. Any number of threads may use one."""

    def __init__(
        self, policy: Policy, *, principal: str = ..., base_directory: str = ...
    ) -> None: ...
    def has(self, permission: str, resource: _Resource = ..., /, *args: object, **named: object) -> bool:
        """Would it be granted now? For a path that is advice: its meaning can
        change before it is used. `args` and `named` are those of a command or a
        call."""
    def check(self, permission: str, resource: _Resource = ..., /, *args: object, **named: object) -> Decision:
        """As has(), with the reason."""
    def enforce(self, permission: str, resource: _Resource = ..., /, *args: object, **named: object) -> None:
        """Decides an access that is about to happen: takes uses, audits.
        PermissionError with permission, resource and rule if it is denied."""
    def drop(self, permission: str, resource: _Resource = ..., /, *args: object) -> None:
        """Gives rights up for ever: of a permission, a group ("fs"), or "all".
        ValueError for what cannot be read; then more was given up, not less."""

# The same for the context that this program runs in: as a script of `postern
# python`, or as a program that `postern exec` started. RuntimeError elsewhere.
def has(permission: str, resource: _Resource = ..., /, *args: object, **named: object) -> bool: ...
def check(permission: str, resource: _Resource = ..., /, *args: object, **named: object) -> Decision: ...
def enforce(permission: str, resource: _Resource = ..., /, *args: object, **named: object) -> None: ...
def drop(permission: str, resource: _Resource = ..., /, *args: object) -> None: ...
