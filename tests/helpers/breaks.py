"""Ways to break an answer on its way: resets, drips, stalls, bodies that are cut or no answer."""

import asyncio
import socket
import struct

from aiohttp import web

HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


async def _prepared(http: web.Request, length: int) -> web.StreamResponse:
    reply = web.StreamResponse(headers={"Content-Type": "application/json"})
    reply.content_length = length
    await reply.prepare(http)
    return reply


async def write(
    http: web.Request, content: bytes, content_type: str = "application/json"
) -> web.StreamResponse:
    reply = web.Response(body=content, content_type=content_type)
    await reply.prepare(http)
    await reply.write_eof()
    return reply


async def _drip(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    reply = await _prepared(http, len(content))
    clock = asyncio.get_running_loop().time
    started = clock()
    for sent, byte in enumerate(content):
        ahead = started + seconds * sent / len(content) - clock()
        await asyncio.sleep(max(ahead, 0))
        await reply.write(bytes([byte]))
    await reply.write_eof()
    return reply


async def _stall(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    reply = await _prepared(http, len(content))
    await reply.write(content[: len(content) // 2])
    while http.transport is not None and not http.transport.is_closing():
        await asyncio.sleep(0.02)  # until the other side has had enough
    return reply


async def _reset(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    assert http.transport is not None
    connection: socket.socket = http.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    http.transport.abort()
    return web.Response()


async def _reset_in_body(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    reply = await _prepared(http, len(content))
    await reply.write(content[: len(content) // 2])
    await asyncio.sleep(0.02)
    await _reset(http, content, seconds)
    return reply


async def _cut_json(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    return await write(http, content[: len(content) // 2])


async def _html(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    return await write(http, HTML.encode(), "text/html")


async def _no_choices(http: web.Request, content: bytes, seconds: float) -> web.StreamResponse:
    return await write(http, b'{"id": "loopback", "object": "nothing"}')


BREAKS = {
    "drip": _drip,
    "stall": _stall,
    "reset": _reset,
    "reset_in_body": _reset_in_body,
    "cut_json": _cut_json,
    "html": _html,
    "no_choices": _no_choices,
}
