"""The bytes of a message: a four-byte big-endian length, then the message as JSON in ASCII.

JSON and not pickle: the host must be able to read what a broken or hostile worker wrote. JSON and not
marshal: marshal is not safe on hostile input and refuses some of what reports carry.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

from .messages import Message, ProtocolError
from .plain_data import from_plain, to_plain
from .printed import printed

#: The largest frame in bytes that is sent or accepted: a report with some 100 MB of captured output. A length beyond
#: it is taken for garbage.
MAX_FRAME_BYTES = 512 * 1024 * 1024

#: What a worker writes before its first frame where its channel was its standard output: what is read before that, the
#: start of its interpreter has printed.
PREAMBLE = b"\0isolated-async\0"

_HEADER = struct.Struct(">I")
_pack_length = _HEADER.pack


# Bound before any test runs: a test may replace json.dumps or json.JSONEncoder. What JSON cannot hold (a Path or an
# object in ``record_property``) is sent as its text, as XML reports show it.
_encode_json = json.JSONEncoder(default=printed, check_circular=False).encode
_encode_json_lenient = json.JSONEncoder(default=printed, skipkeys=True).encode
_decode_json = json.JSONDecoder().decode


def encode(message: Message) -> bytes:
    """The frame of ``message``.

    Raises:
        ProtocolError: the frame would be larger than :data:`MAX_FRAME_BYTES`.
    """
    plain = to_plain(message)
    try:
        payload = _encode_json(plain)
    except (TypeError, ValueError, RecursionError):
        # Keys that JSON cannot hold: keep what can be kept rather than lose the report.
        payload = _encode_json_lenient(plain)
    body = payload.encode("ascii")
    if len(body) > MAX_FRAME_BYTES:
        raise ProtocolError(f"a {plain[0]} of {len(body)} bytes is larger than a frame of {MAX_FRAME_BYTES} bytes")
    return _pack_length(len(body)) + body


class FrameDecoder:
    """Turns a stream of bytes back into messages, however the bytes were split on their way."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that ``data`` completes, in order; raises what :meth:`messages` raises."""
        return list(self.messages(data))

    def messages(self, data: bytes) -> Iterator[Message]:
        """Each message that ``data`` completes, in order: also those before something that is none.

        Raises:
            ProtocolError: a frame is too large, is no JSON, or is no message. The decoder is then unusable.
        """
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._buffer)
            if length > MAX_FRAME_BYTES:
                raise ProtocolError(f"a frame of {length} bytes was announced; at most {MAX_FRAME_BYTES} are allowed")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[_HEADER.size : end])
            del self._buffer[:end]
            yield _parse(body)

    @property
    def has_partial_frame(self) -> bool:
        """True if the stream ended here in the middle of a frame."""
        return bool(self._buffer)


def _parse(body: bytes) -> Message:
    try:
        return from_plain(_decode_json(body.decode("ascii")))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a frame of {len(body)} bytes is not JSON, or too deep: {error}") from error
