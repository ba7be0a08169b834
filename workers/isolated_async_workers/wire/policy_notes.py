"""Where the host notes what imports have done to the event loop policy, for a worker side that shares its memory."""

from __future__ import annotations

#: Attribute of the session: node id of a module -> the policy before its import and the one after, where they differ.
POLICY_NOTES = "isolated_loop_policies"
