"""The base class that the suite's tests grew up on, from before ``unittest`` knew about asyncio."""

import asyncio
import unittest


class AsyncCase(unittest.TestCase):
    """Runs ``asyncSetUp`` eagerly, so that sync tests may use it as well."""

    def setUp(self):
        super().setUp()
        try:
            self.loop = asyncio.get_event_loop()
        except RuntimeError:
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.asyncSetUp())

    async def asyncSetUp(self):
        pass
