"""A small event bus over TCP: clients subscribe to topics, publish events, and ask for the last ones.

One JSON object a line, in both directions:

    client: {"op": "subscribe", "topic": T} | {"op": "publish", "topic": T, "data": D} | {"op": "last", "topic": T, "count": N}
    server: {"reply": ...} once for each request, {"topic": T, "data": D} for each event
"""

import asyncio
import contextlib
import json
from collections import defaultdict

HOST = "127.0.0.1"
#: Seconds that a client waits for the server.
PATIENCE = 5.0


class EventServer:
    """Delivers each published event to every subscriber of its topic, in the order of publication."""

    def __init__(self):
        self._server = None
        self._connections = {}
        self._subscribers = defaultdict(list)
        self._log = defaultdict(list)

    @property
    def port(self):
        return self._server.sockets[0].getsockname()[1]

    async def start(self):
        self._server = await asyncio.start_server(self._serve, HOST, 0)

    async def stop(self):
        self._server.close()
        for writer in self._connections.values():
            writer.close()
        await asyncio.gather(*self._connections)
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        handler = asyncio.current_task()
        self._connections[handler] = writer
        try:
            while line := await reader.readline():
                _send(writer, {"reply": self._answer(json.loads(line), writer)})
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            del self._connections[handler]
            for writers in self._subscribers.values():
                if writer in writers:
                    writers.remove(writer)
            writer.close()

    def _answer(self, request, writer):
        topic = request["topic"]
        if request["op"] == "subscribe":
            self._subscribers[topic].append(writer)
            return True
        if request["op"] == "publish":
            return self._publish(topic, request["data"])
        return self._last(topic, request["count"])

    def _publish(self, topic, data):
        self._log[topic].append(data)
        for writer in self._subscribers[topic]:
            _send(writer, {"topic": topic, "data": data})
        return len(self._subscribers[topic])

    def _last(self, topic, count):
        return self._log[topic][-count:]


class EventClient:
    """One connection to an event server."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer
        self._events = asyncio.Queue()
        self._replies = asyncio.Queue()
        self._listener = asyncio.get_running_loop().create_task(self._listen())

    @classmethod
    async def connect(cls, port):
        return cls(*await asyncio.open_connection(HOST, port))

    async def subscribe(self, topic):
        await self._request(op="subscribe", topic=topic)

    async def publish(self, topic, data):
        """Return how many subscribers the event was sent to."""
        return await self._request(op="publish", topic=topic, data=data)

    async def last(self, topic, count):
        """Return the data of the last ``count`` events of ``topic``, the oldest first."""
        return await self._request(op="last", topic=topic, count=count)

    async def next_event(self):
        """Wait for an event and return its topic and its data."""
        event = await asyncio.wait_for(self._events.get(), PATIENCE)
        return event["topic"], event["data"]

    def pending_events(self):
        return self._events.qsize()

    async def close(self):
        self._listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listener
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _request(self, **request):
        _send(self._writer, request)
        return await asyncio.wait_for(self._replies.get(), PATIENCE)

    async def _listen(self):
        while line := await self._reader.readline():
            message = json.loads(line)
            if "reply" in message:
                self._replies.put_nowait(message["reply"])
            else:
                self._events.put_nowait(message)


def _send(writer, message):
    writer.write(json.dumps(message).encode() + b"\n")


def self_check():
    """What a deployment calls before it lets traffic in: one event through a server of its own."""
    return asyncio.run(_self_check())


async def _self_check():
    server = EventServer()
    await server.start()
    client = await EventClient.connect(server.port)
    await client.subscribe("self-check")
    await client.publish("self-check", "ping")
    event = await client.next_event()
    await client.close()
    await server.stop()
    return event == ("self-check", "ping")
