"""All state that tests share, as it was at one moment, in the process in which it was."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...leaks.origins import Origins
from ...wire.probes import Left
from ..own_code import OwnCode
from .domain import MISSING, Domain, same
from .loops import domains_of_loops
from .namespaces import domains_of_namespaces
from .process import domains_of_process

#: Pieces that are told; more would be a list that nobody reads, and the suite's own come first.
_MOST_PIECES = 2000


class Snapshot:
    """Made before anything of the tests has run."""

    def __init__(self, own: OwnCode, origins: Origins) -> None:
        self._domains: list[tuple[Domain, dict[Any, Any]]] = []
        makers: tuple[Callable[[], Iterator[Domain]], ...] = (
            domains_of_process,
            functools.partial(domains_of_loops, origins),
            functools.partial(domains_of_namespaces, own),
        )
        for make in makers:
            for domain in make():
                # What cannot be looked at hides nothing else.
                with contextlib.suppress(Exception):
                    self._domains.append((domain, domain.content()))

    def left(self) -> list[Left]:
        """What is not as it was, the suite's own first."""
        found = []
        for domain, key, before, now in self._differences():
            with contextlib.suppress(Exception):
                what, place = domain.tell(key, before, now), domain.place(key, now)
                found.append(Left(_piece(domain, key), domain.kind, what, domain.can_be_put_back, domain.is_own, place))
        return sorted(found, key=lambda left: not left.is_own)[:_MOST_PIECES]

    def put_back(self, pieces: Sequence[str]) -> None:
        """Of what has changed, these pieces are as they were."""
        wanted = frozenset(pieces)
        if not wanted:
            return
        for domain, key, before, _ in list(self._differences()):
            if _piece(domain, key) in wanted:
                # What cannot be undone stays, and the test tells.
                with contextlib.suppress(Exception):
                    domain.put(key, before)

    def reader(self, piece: str) -> Callable[[], object]:
        """What tells the value of this piece, at little cost."""
        for domain, _ in self._domains:
            if (
                piece.startswith(f"{domain.kind} ")
                and (key := domain.key_of(piece[len(domain.kind) + 1 :])) is not MISSING
            ):
                return functools.partial(domain.read, key)
        return lambda: None

    def _differences(self) -> Iterator[tuple[Domain, Any, Any, Any]]:
        for domain, before in self._domains:
            try:
                now = domain.content()
            except Exception:  # noqa: BLE001 - a test has replaced what this looks with
                continue
            for key in [*before, *(key for key in now if key not in before)]:
                was, is_ = before.get(key, MISSING), now.get(key, MISSING)
                if not same(was, is_):
                    yield domain, key, was, is_


def _piece(domain: Domain, key: Any) -> str:
    return f"{domain.kind} {domain.name(key)}"
