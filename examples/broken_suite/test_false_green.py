"""Coroutine functions on a plain ``TestCase``: unittest makes the coroutine and never awaits it."""

import contextlib
import functools
import unittest

from event_bus import EventClient, EventServer


@contextlib.asynccontextmanager
async def bus():
    """A server with one client connected to it."""
    server = EventServer()
    await server.start()
    client = await EventClient.connect(server.port)
    try:
        yield server, client
    finally:
        await client.close()
        await server.stop()


def tried_twice(test):
    """Give a flaky test a second chance."""

    @functools.wraps(test)
    def run(*args):
        try:
            return test(*args)
        except OSError:
            return test(*args)

    return run


class History(unittest.TestCase):
    async def test_last_events_come_oldest_first(self):
        async with bus() as (_, client):
            for number in range(3):
                await client.publish("orders", number)
            self.assertEqual(await client.last("orders", 2), [1, 2])

    async def test_last_zero_events_are_none(self):
        async with bus() as (_, client):
            await client.publish("orders", "first")
            self.assertEqual(await client.last("orders", 0), [])


class Publishing(unittest.TestCase):
    async def test_publishing_to_nobody_says_so(self):
        async with bus() as (_, client):
            assert await client.publish("orders", "anyone?") is False

    @tried_twice
    async def test_second_client_receives(self):
        async with bus() as (server, client):
            second = await EventClient.connect(server.port)
            await second.subscribe("orders")
            await client.publish("orders", "hello")
            self.assertEqual(await second.next_event(), ("orders", "hello"))
            await second.close()
