"""What other plugins of a run want of its tests: another attempt at those that fail, and limits of time.

Lean on purpose: what speaks with such a plugin is only imported where that plugin is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from isolated_async_workers.wire.light_dataclass import dataclass

from ..reruns import find_rerunners

if TYPE_CHECKING:
    from ..reruns.attempt import Rerunner
    from .plugin_timeout import PluginTimeout


@dataclass(frozen=True, slots=True)
class OtherPlugins:
    """Those of one run.

    Attributes:
        rerunners: what may run a test again.
        has_timeout: whether pytest-timeout is there.
    """

    rerunners: Sequence[Rerunner] = ()
    has_timeout: bool = False

    def may_rerun(self, item: pytest.Item) -> bool:
        """Whether one of them may run this test again when it fails."""
        return any(rerunner.may_rerun(item) for rerunner in self.rerunners)

    def timeout_of(self, item: pytest.Item) -> PluginTimeout | None:
        """The limit that pytest-timeout sets for this test."""
        if not self.has_timeout:
            return None
        from .plugin_timeout import read_plugin_timeout

        return read_plugin_timeout(item)


#: For a run without pytest's plugins.
NO_OTHER_PLUGINS = OtherPlugins()


def find_other_plugins(config: pytest.Config) -> OtherPlugins:
    """Those that this run has loaded."""
    return OtherPlugins(list(find_rerunners(config)), config.pluginmanager.has_plugin("timeout"))
