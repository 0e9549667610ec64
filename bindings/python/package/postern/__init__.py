"""Permissions: ask what is granted, enforce it, give it up."""

from postern._postern import (
    Context,
    Decision,
    Policy,
    __version__,
    check,
    drop,
    enforce,
    has,
)

__all__ = [
    "Context", "Decision", "Policy", "__version__", "check", "drop",
    "enforce", "has",
]
