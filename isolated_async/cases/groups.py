"""Which tests share a worker, one after another: those of one class or module, by ``scope=`` of their marker."""

from __future__ import annotations

from collections.abc import Iterable

from ..choice.selection import IsolatedItem


class Groups:
    """Which test of its group comes after a test.

    Neighbours of one group only: as with fixtures in process, what runs in between another group ends the first.
    """

    def __init__(self, tests: Iterable[IsolatedItem], *, starts_ahead: bool) -> None:
        """``tests`` are all, in the order in which they run; empty where that is not known.

        If ``starts_ahead``, each starts as soon as the one before it is over, whatever the host does.
        """
        self.starts_ahead = starts_ahead
        self._following: dict[IsolatedItem, IsolatedItem] = {}
        last: IsolatedItem | None = None
        for isolated in tests:
            if last is not None:
                self.link(last, isolated)
            last = isolated
        self._waiting = set(self._following.values()) if starts_ahead else set()

    def link(self, isolated: IsolatedItem, following: IsolatedItem | None) -> None:
        """``following`` is the isolated test that runs next."""
        if following is not None and isolated.group and isolated.group == following.group:
            self._following[isolated] = following

    def following(self, isolated: IsolatedItem) -> IsolatedItem | None:
        """The next test of the same group, if there is one."""
        return self._following.get(isolated)

    def waits_for_another(self, isolated: IsolatedItem) -> bool:
        """True for a test that starts when the one before it in its group is over, and not earlier."""
        return isolated in self._waiting
