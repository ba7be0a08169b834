"""Tests that are sound by themselves and break whoever runs after them."""

import asyncio
import unittest

import event_bus
from event_bus import EventClient, EventServer


class BusCase(unittest.TestCase):
    """A server and a client on the loop that is current."""

    def setUp(self):
        self.loop = asyncio.get_event_loop()
        self.loop.run_until_complete(self.asyncSetUp())

    async def asyncSetUp(self):
        self.server = EventServer()
        await self.server.start()
        self.client = await EventClient.connect(self.server.port)

    def tearDown(self):
        self.loop.run_until_complete(self.client.close())
        self.loop.run_until_complete(self.server.stop())


class SelfCheck(unittest.TestCase):
    def test_leaves_no_loop(self):
        self.assertTrue(event_bus.self_check())


class AfterSelfCheck(BusCase):
    def test_needs_a_loop(self):
        reached = self.loop.run_until_complete(self.client.publish("orders", "lonely"))
        self.assertEqual(reached, 0)


class OwnLoop(BusCase):
    def setUp(self):
        asyncio.set_event_loop(asyncio.new_event_loop())
        super().setUp()

    def tearDown(self):
        super().tearDown()
        self.loop.close()

    def test_leaves_a_closed_loop(self):
        self.loop.run_until_complete(self.client.subscribe("orders"))


class AfterOwnLoop(BusCase):
    async def test_needs_an_open_loop(self):
        await self.client.subscribe("orders")
        await self.client.publish("orders", "hello")
        self.assertEqual(await self.client.next_event(), ("orders", "hello"))
