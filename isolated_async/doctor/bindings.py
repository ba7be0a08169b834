"""What a name stands for in a function: what is bound there hides what the module has."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .sources import FunctionNode, returns_coroutine
from .spots import Spot


def is_bound_within(name: str, spot: Spot) -> bool:
    """True if a function around it, or the module itself, gives the name another meaning."""
    for function in spot.functions:
        arguments = function.args
        own = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        if any(each is not None and each.arg == name for each in own):
            return True
    scopes: tuple[ast.AST, ...] = (spot.file.tree, *spot.functions)
    return any(
        (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store))
        or (isinstance(node, FunctionNode) and node.name == name and node not in spot.file.tree.body)
        for scope in scopes
        for node in ast.walk(scope)
    )


def is_coroutine_function_within(name: str, spot: Spot) -> bool:
    """True if it is that of a coroutine function that a function around it defines, and nothing else there is."""
    if not spot.functions:
        return False
    bound = [node for node in ast.walk(spot.functions[0]) if name in _names(node)]
    match bound:
        case [ast.AsyncFunctionDef() as found]:
            is_certain = any(found in each.body for each in spot.functions if isinstance(each, FunctionNode))
            return is_certain and returns_coroutine(found)
    return False


def _names(node: ast.AST) -> Iterator[str]:
    """The names that this node gives a meaning to, or takes it away from."""
    match node:
        case (
            ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name) | ast.ExceptHandler(name=str(name))
        ):
            yield name
        case ast.Name(name, ast.Store() | ast.Del()) | ast.arg(name):
            yield name
        case ast.MatchAs(name=str(name)) | ast.MatchStar(str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Import(aliases) | ast.ImportFrom(names=aliases):
            yield from (each.asname or each.name.partition(".")[0] for each in aliases)
        case ast.Global(names) | ast.Nonlocal(names):
            yield from names
