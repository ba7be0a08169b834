"""What a name stands for in a function: what is bound there hides what the module has."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from .sources import FunctionNode, returns_coroutine
from .spots import Spot


def is_bound_within(name: str, spot: Spot) -> bool:
    """True if a function around it, or the module itself, gives the name another meaning."""
    for function in spot.functions:
        arguments = function.args
        own = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        if any(each is not None and each.arg == name for each in own):
            return True
    return name in _assigned(spot.file.tree)


def is_coroutine_function_within(name: str, spot: Spot) -> bool:
    """True if it is that of a coroutine function that a function around it defines, and nothing else there is."""
    if not spot.functions:
        return False
    match _bound(spot.functions[0]).get(name):
        case [ast.AsyncFunctionDef() as found]:
            is_certain = any(found in each.body for each in spot.functions if isinstance(each, FunctionNode))
            return is_certain and returns_coroutine(found)
    return False


# Spots come file by file and function by function: the last answers are those that are asked for again.
@lru_cache(maxsize=1)
def _assigned(module: ast.Module) -> frozenset[str]:
    """The names that are assigned to, or are those of a function below the top, anywhere in it."""
    at_top = set(module.body)
    return frozenset(
        node.id if isinstance(node, ast.Name) else node.name
        for node in ast.walk(module)
        if (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
        or (isinstance(node, FunctionNode) and node not in at_top)
    )


@lru_cache(maxsize=1)
def _bound(function: FunctionNode | ast.Lambda) -> Mapping[str, Sequence[ast.AST]]:
    """Of each name, the nodes in it that give a meaning to the name, or take it away."""
    found: defaultdict[str, list[ast.AST]] = defaultdict(list)
    for node in ast.walk(function):
        for name in _names(node):
            found[name].append(node)
    return found


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
