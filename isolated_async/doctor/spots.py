"""Every place in a file that a rule may be about, and what it stands in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from isolated_async_workers.wire.light_dataclass import dataclass

from .sources import FunctionNode, SourceFile

#: Within these, what is said to fail is meant to.
_EXPECTING = ("raises", "warns", "assertRaises", "assertRaisesRegex", "assertWarns", "assertWarnsRegex", "suppress")
#: Also that of ``except*``, from Python 3.11 on.
_TRIES = (ast.Try, getattr(ast, "TryStar", ast.Try))


@dataclass(frozen=True, slots=True)
class Spot:
    """A node of a file.

    Attributes:
        functions: those around it, the innermost last; a lambda is one.
        classes: those around it, the innermost last.
        is_expected: it stands where an error is waited for.
        is_deferred: it runs on a condition of the module, which may be never.
    """

    file: SourceFile
    node: ast.AST
    functions: tuple[FunctionNode | ast.Lambda, ...] = ()
    classes: tuple[ast.ClassDef, ...] = ()
    is_expected: bool = False
    is_deferred: bool = False

    @property
    def function(self) -> FunctionNode | ast.Lambda | None:
        """The one in which it runs."""
        return self.functions[-1] if self.functions else None

    @property
    def method_of(self) -> ast.ClassDef | None:
        """The class whose method it runs in, or that it is a method of."""
        return self.classes[-1] if self.classes else None

    @property
    def is_in_coroutine(self) -> bool:
        """True if it runs in a coroutine, and not in a function that this defines."""
        return isinstance(self.function, ast.AsyncFunctionDef)


def spots(file: SourceFile) -> Iterator[Spot]:
    """All of a file, from top to bottom."""
    # Not by recursion: an expression may be deeper than that goes.
    waiting = [Spot(file, node) for node in reversed(file.tree.body)]
    while waiting:
        spot = waiting.pop()
        yield spot
        waiting += reversed([*_parts(spot)])


def _parts(spot: Spot) -> Iterator[Spot]:
    """The nodes right below."""
    each: ast.AST
    match node := spot.node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            # Decorators, defaults and annotations run where the function is defined.
            for each in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
                yield replace(spot, node=each)
            inner = replace(spot, functions=(*spot.functions, node))
            for each in node.body:
                yield replace(inner, node=each)
        case ast.Lambda():
            yield replace(spot, node=node.body, functions=(*spot.functions, node))
        case ast.ClassDef():
            inner = replace(spot, classes=(*spot.classes, node))
            for each in node.body:
                yield replace(inner, node=each)
        case ast.With() | ast.AsyncWith() if any(_expects(item.context_expr) for item in node.items):
            yield from _children(replace(spot, is_expected=True))
        case _ if isinstance(node, _TRIES) and node.handlers:
            for each in node.body:
                yield replace(spot, node=each, is_expected=True)
            for each in (*node.handlers, *node.orelse, *node.finalbody):
                yield replace(spot, node=each)
        case ast.If(test) | ast.IfExp(test) | ast.Match(test) if not spot.functions:
            # Of another system, of an older Python, of a program: what holds here is not worked out.
            for each in ast.iter_child_nodes(node):
                yield replace(spot, node=each, is_deferred=spot.is_deferred or each is not test)
        case _:
            yield from _children(spot)


def _children(spot: Spot) -> Iterator[Spot]:
    for child in ast.iter_child_nodes(spot.node):
        yield replace(spot, node=child)


def _expects(context: ast.expr) -> bool:
    match context:
        case ast.Call(ast.Attribute(_, name) | ast.Name(name)):
            return name in _EXPECTING
    return False
