"""The six tests that nobody may ship without: what is published arrives."""

import asyncio

from async_case import AsyncCase
from event_bus import EventClient, EventServer


class EventDelivery(AsyncCase):
    async def asyncSetUp(self):
        super().setUp()
        self.server = EventServer()
        await self.server.start()
        self.clients = []
        self.publisher = await self.connect()

    def tearDown(self):
        self.loop.run_until_complete(self.disconnect())
        super().tearDown()

    async def connect(self, *topics):
        client = await EventClient.connect(self.server.port)
        self.clients.append(client)
        for topic in topics:
            await client.subscribe(topic)
        return client

    async def disconnect(self):
        for client in self.clients:
            await client.close()
        await self.server.stop()

    async def test_event_reaches_its_subscriber(self):
        subscriber = await self.connect("orders")
        await self.publisher.publish("orders", {"id": 7, "state": "paid"})
        self.assertEqual(await subscriber.next_event(), ("orders", {"id": 7, "state": "paid"}))

    async def test_every_subscriber_gets_every_event(self):
        subscribers = await asyncio.gather(*(self.connect("orders") for _ in range(5)))
        for number in range(3):
            self.assertEqual(await self.publisher.publish("orders", number), 5)
        for subscriber in subscribers:
            received = [await subscriber.next_event() for _ in range(3)]
            self.assertEqual(received, [("orders", 0), ("orders", 1), ("orders", 2)])

    async def test_events_arrive_in_order(self):
        subscriber = await self.connect("ticks")
        for number in range(50):
            await self.publisher.publish("ticks", number)
        received = [(await subscriber.next_event())[1] for _ in range(50)]
        self.assertEqual(received, list(range(50)))

    async def test_other_topics_stay_silent(self):
        orders, refunds = await self.connect("orders"), await self.connect("refunds")
        await self.publisher.publish("orders", "sold")
        self.assertEqual(await orders.next_event(), ("orders", "sold"))
        # The reply to this request comes after whatever the server sent before it.
        await refunds.last("refunds", 1)
        self.assertEqual(refunds.pending_events(), 0)

    def test_lost_client_harms_no_other(self):
        async def lose_one_of_two():
            lost, kept = await self.connect("orders"), await self.connect("orders")
            await lost.close()
            await self.publisher.publish("orders", "still here")
            return await kept.next_event()

        self.assertEqual(self.loop.run_until_complete(lose_one_of_two()), ("orders", "still here"))

    def test_late_client_catches_up(self):
        for number in range(4):
            self.loop.run_until_complete(self.publisher.publish("orders", number))
        late = self.loop.run_until_complete(self.connect("orders"))
        self.assertEqual(self.loop.run_until_complete(late.last("orders", 3)), [1, 2, 3])
