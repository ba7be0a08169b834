"""The suite's own code, parsed: what a name in it stands for, and what a class inherits."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef

#: What a class of unittest must not change, or its tests are run in another way.
_RUNS_TESTS = {"run", "__call__", "_callTestMethod", "_callSetUp", "debug", "__init_subclass__", "__getattribute__"}


@dataclass(frozen=True)
class SourceFile:
    """One module of the suite; ``name`` is that by which it was imported."""

    name: str
    path: str
    tree: ast.Module
    is_package: bool

    @classmethod
    def read(cls, name: str, path: str) -> SourceFile | None:
        """None if it is not Python that this Python can read."""
        try:
            with tokenize.open(path) as file:
                tree = ast.parse(file.read(), path)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return cls(name, path, tree, path.endswith("__init__.py"))

    @cached_property
    def _origins(self) -> dict[str, str]:
        """Of each name that an import or a definition at the top binds: what it stands for."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names):
                    for alias in names:
                        found[alias.asname or alias.name.partition(".")[0]] = (
                            alias.name if alias.asname else alias.name.partition(".")[0]
                        )
                case ast.ImportFrom(module, names, level):
                    base = self._absolute(module or "", level)
                    found.update({alias.asname or alias.name: f"{base}.{alias.name}" for alias in names})
        for definition in self.tree.body:
            if isinstance(definition, FunctionNode | ast.ClassDef):
                found[definition.name] = f"{self.name}.{definition.name}"
        return found

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """All names, and names of attributes and imports, in its code, wherever they stand."""
        return frozenset(_mentioned(self.tree))

    def _absolute(self, module: str, level: int) -> str:
        if not level:
            return module
        parts = self.name.split(".")
        parts = parts[: len(parts) - level + self.is_package]
        return ".".join([*parts, *([module] if module else [])])

    def origin(self, node: ast.AST) -> str:
        """The dotted name of what ``node`` stands for, by the imports of this file; empty if that is not plain."""
        match node:
            case ast.Name(name):
                return self._origins.get(name, "")
            case ast.Attribute(owner, name):
                base = self.origin(owner)
                return f"{base}.{name}" if base else ""
            case _:
                return ""


@dataclass(frozen=True, slots=True)
class Ancestry:
    """What a class is made of: its own definition and those that are known, and the dotted names of all others."""

    known: tuple[tuple[SourceFile, ast.ClassDef], ...]
    others: frozenset[str]

    @property
    def is_plain_test_case(self) -> bool:
        """True if unittest alone runs its tests, and awaits none."""
        return self.others == {"unittest.TestCase"} and not self._runs_tests_itself()

    @property
    def is_async_test_case(self) -> bool:
        """True if unittest runs its tests, and awaits them."""
        return self.others == {"unittest.IsolatedAsyncioTestCase"} and not self._runs_tests_itself()

    def _runs_tests_itself(self) -> bool:
        return any(
            definition.decorator_list
            or definition.keywords
            or _RUNS_TESTS & {each.name for each in methods(definition)}
            for _, definition in self.known
        )

    def method(self, name: str) -> FunctionNode | None:
        """The closest of this name that is known."""
        return next((each for _, definition in self.known for each in methods(definition) if each.name == name), None)

    def mentions(self, name: str) -> bool:
        """True if code of theirs reads an attribute of this name."""
        return any(
            isinstance(node, ast.Attribute) and node.attr == name
            for _, definition in self.known
            for node in ast.walk(definition)
        )


class Sources:
    """All files of a suite, by the names of their modules.

    Attributes:
        with_tests: the paths of those in which pytest finds tests.
    """

    def __init__(self, paths: Mapping[str, str], with_tests: Iterable[str]) -> None:
        self.with_tests = frozenset(with_tests)
        read = (SourceFile.read(name, path) for name, path in paths.items())
        self.files = [file for file in read if file is not None]
        self._definitions = {
            f"{file.name}.{node.name}": (file, node)
            for file in self.files
            for node in file.tree.body
            if isinstance(node, ast.ClassDef | FunctionNode)
        }

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """All names in the code of any file."""
        return frozenset().union(*(file.mentioned for file in self.files))

    def coroutine_function(self, origin: str) -> ast.AsyncFunctionDef | None:
        """The function of that name, if it returns a coroutine to whoever calls it."""
        _, node = self._definitions.get(origin, (None, None))
        return node if isinstance(node, ast.AsyncFunctionDef) and returns_coroutine(node) else None

    def ancestry(self, file: SourceFile, definition: ast.ClassDef) -> Ancestry:
        """Of a class; one that inherits from itself, by a mistake of names, ends there."""
        known: list[tuple[SourceFile, ast.ClassDef]] = []
        others: set[str] = set()
        waiting = [(file, definition)]
        while waiting:
            file, definition = waiting.pop(0)
            if (file, definition) in known:
                continue
            known.append((file, definition))
            for base in definition.bases:
                origin = file.origin(base)
                found, node = self._definitions.get(origin, (None, None))
                if found is not None and isinstance(node, ast.ClassDef):
                    waiting.append((found, node))
                elif origin != "object":
                    others.add(_KNOWN_AS.get(origin, origin))
        return Ancestry(tuple(known), frozenset(others))


#: Other names of the same classes.
_KNOWN_AS = {
    "unittest.case.TestCase": "unittest.TestCase",
    "unittest.async_case.IsolatedAsyncioTestCase": "unittest.IsolatedAsyncioTestCase",
}


def methods(definition: ast.ClassDef) -> Iterator[FunctionNode]:
    """Those that stand in the body of the class itself."""
    return (each for each in definition.body if isinstance(each, FunctionNode))


def returns_coroutine(function: FunctionNode) -> bool:
    """True for ``async def`` without ``yield``, and without a decorator that may make something else of it."""
    return isinstance(function, ast.AsyncFunctionDef) and not function.decorator_list and not _yields(function)


def _mentioned(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(name) | ast.Attribute(_, name) | ast.alias(name):
                yield name


def _yields(function: FunctionNode) -> bool:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, FunctionNode | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return False
