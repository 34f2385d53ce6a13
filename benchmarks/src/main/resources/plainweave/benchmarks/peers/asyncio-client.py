"""The peers on asyncio: CALLERS callers on CONNECTIONS connections, on one event loop. What this says and hears on its
standard streams is described at the Java class Conversation.

usage: asyncio-client.py asyncio|uvloop streams|protocol PORT CALLERS CONNECTIONS LIFETIME_SECONDS keep|connect|stream
       deadlines|none
"""

import asyncio
import collections
import os
import resource
import signal
import struct
import sys
from time import perf_counter_ns

HOST = "127.0.0.1"
LINE = 64
PATIENCE_SECONDS = 30

# Far fewer than the server's backlog holds: a connect that does not fit in is tried again only after a second.
OPENING_AT_ONCE = 1_000

# 128 steps for each power of two, so a value is told within one percent.
STEP_BITS = 7
BUCKETS = (64 - STEP_BITS) << STEP_BITS


def fail(why):
    print("failed", why, flush=True)
    os._exit(1)


class Scoreboard:
    """What the callers count, and the arena's side of it."""

    def __init__(self):
        self.callers = []
        self.reset()

    def reset(self):
        self.buckets = [0] * BUCKETS
        self.longest = 0

    def exchanged(self, nanos):
        shift = nanos.bit_length() - STEP_BITS - 1
        if shift < 0:
            shift = 0
        self.buckets[(shift << STEP_BITS) + (nanos >> shift)] += 1
        if nanos > self.longest:
            self.longest = nanos

    def percentile(self, percent):
        wanted = int(sum(self.buckets) * percent / 100 + 0.5)
        seen = 0
        for i, count in enumerate(self.buckets):
            seen += count
            if seen >= wanted and seen > 0:
                shift = max(0, (i >> STEP_BITS) - 1)
                value = ((i - (shift << STEP_BITS)) << shift) + (1 << shift) - 1
                return min(value, self.longest)
        return 0

    def hear(self):
        words = os.read(sys.stdin.fileno(), 4096)
        if not words:
            os._exit(0)
        for word in words.split():
            if word == b"start":
                self.start()
            elif word == b"stop":
                self.stop()

    def start(self):
        self.reset()
        for caller in self.callers:
            caller.exchanges_at_start = caller.exchanges
        print("started", flush=True)

    def stop(self):
        print("stopped", flush=True)
        made = [caller.exchanges - caller.exchanges_at_start for caller in self.callers]
        print(
            f"result exchanges={sum(self.buckets)} p50_ns={self.percentile(50)} p99_ns={self.percentile(99)}"
            f" p999_ns={self.percentile(99.9)} max_ns={self.longest} callers={len(made)} fewest={min(made)}"
            f" most={max(made)}",
            flush=True,
        )


class Caller:
    """One caller; its line is the one of the Java class Line."""

    def __init__(self, number):
        self.exchanges = 0
        self.exchanges_at_start = 0
        self.since = 0
        self.line = b""
        self.head = b"c%05d s" % number

    def next_line(self):
        self.line = (b"%b%012d " % (self.head, self.exchanges + 1)).ljust(LINE - 1, b".") + b"\n"
        return self.line

    def check(self, reply):
        if reply != self.line:
            fail(f"a wrong reply: sent '{self.line[:-1].decode()}', got '{reply[:-1].decode('latin-1')}'")

    def exchanged(self):
        now = perf_counter_ns()
        board.exchanged(now - self.since)
        self.exchanges += 1
        self.since = now


async def exchange(caller, reader, writer):
    writer.write(caller.next_line())
    await writer.drain()
    caller.check(await reader.readexactly(LINE))


async def exchange_in_time(caller, reader, writer):
    async with asyncio.timeout(PATIENCE_SECONDS):
        await exchange(caller, reader, writer)


async def dial_and_exchange(caller):
    reader, writer = await asyncio.open_connection(HOST, port)
    await exchange(caller, reader, writer)
    writer.close()


async def dial_and_exchange_in_time(caller):
    async with asyncio.timeout(PATIENCE_SECONDS):
        await dial_and_exchange(caller)


async def keep(caller, reader, writer, exchange):
    caller.since = perf_counter_ns()
    while True:
        await exchange(caller, reader, writer)
        caller.exchanged()


async def connect(caller, dial_and_exchange):
    caller.since = perf_counter_ns()
    while True:
        await dial_and_exchange(caller)
        caller.exchanged()


async def pooled(caller, turn, idle, exchange):
    caller.since = perf_counter_ns()
    while True:
        async with turn:
            reader, writer = idle.popleft()
            await exchange(caller, reader, writer)
            idle.append((reader, writer))
        caller.exchanged()


async def streams(callers, connections, connects):
    if connects:
        one = dial_and_exchange_in_time if deadlines else dial_and_exchange
        return [connect(caller, one) for caller in callers]
    one = exchange_in_time if deadlines else exchange
    opened = await in_batches([asyncio.open_connection(HOST, port) for _ in range(connections)])
    if len(callers) == connections:
        return [keep(caller, reader, writer, one) for caller, (reader, writer) in zip(callers, opened)]
    # Not a Queue: whoever puts a connection back would take it again before the one that was woken for it.
    turn = asyncio.Semaphore(connections)
    idle = collections.deque(opened)
    return [pooled(caller, turn, idle, one) for caller in callers]


async def in_batches(coroutines):
    results = []
    for at in range(0, len(coroutines), OPENING_AT_ONCE):
        results += await asyncio.gather(*coroutines[at : at + OPENING_AT_ONCE])
    return results


class Limited:
    """A deadline that moves with every exchange. A timer for each would cost more than the exchange, so there is one for
    the connection, which looks whether the deadline has passed meanwhile."""

    deadline = 0
    timer = None

    def limit(self):
        loop = asyncio.get_running_loop()
        self.deadline = loop.time() + PATIENCE_SECONDS
        if self.timer is None:
            self.timer = loop.call_later(PATIENCE_SECONDS, self.look)

    def look(self):
        left = self.deadline - asyncio.get_running_loop().time()
        if left <= 0:
            fail(f"no reply within {PATIENCE_SECONDS} s")
        self.timer = asyncio.get_running_loop().call_later(left, self.look)

    def unlimit(self):
        if self.timer is not None:
            self.timer.cancel()


class Exchanges(asyncio.Protocol, Limited):
    """A connection that makes one exchange after the other, for whichever caller has waited longest."""

    def __init__(self, waiting):
        self.waiting = waiting
        self.rest = b""

    def connection_made(self, transport):
        self.transport = transport
        self.send()

    def send(self):
        self.caller = self.waiting.popleft()
        if deadlines:
            self.limit()
        self.transport.write(self.caller.next_line())

    def data_received(self, data):
        if self.rest:
            data = self.rest + data
        if len(data) < LINE:
            self.rest = data
            return
        self.rest = b""
        caller = self.caller
        caller.check(data)
        caller.exchanged()
        self.waiting.append(caller)
        self.replied()

    def replied(self):
        self.send()

    def connection_lost(self, why):
        fail(why or "the server closed the connection")


class OneExchange(Exchanges):
    """A connection for one exchange."""

    def replied(self):
        self.unlimit()
        self.transport.close()
        spawn(dial(self.waiting, OneExchange))

    def connection_lost(self, why):
        if why:
            fail(why)


# What the source sends; an exchange is one MiB.
CHUNK = 64 * 1024
CHUNKS = 65_536
CHUNKS_OF_EXCHANGE = 16
HEAD = struct.Struct(">IQ")
BUFFER = 256 * 1024


class Download(asyncio.BufferedProtocol, Limited):
    """Downloads over and over; chunks are checked in the buffer they came in."""

    def __init__(self, caller):
        self.caller = caller
        self.buffer = bytearray(BUFFER)
        self.view = memoryview(self.buffer)
        # A head that has come only in part stays at the front of the buffer.
        self.kept = 0
        self.left = 0
        self.next = 0

    def connection_made(self, transport):
        self.transport = transport
        self.caller.since = perf_counter_ns()
        if deadlines:
            self.limit()
        self.ask()

    def ask(self):
        self.transport.write(b"%d\n" % CHUNKS)

    def get_buffer(self, hint):
        return self.view[self.kept :]

    def buffer_updated(self, count):
        end = self.kept + count
        at = 0
        while at < end:
            if self.left:
                some = min(self.left, end - at)
                at += some
                self.left -= some
                if not self.left:
                    self.end_chunk()
            elif end - at >= HEAD.size:
                self.begin_chunk(*HEAD.unpack_from(self.buffer, at))
                at += HEAD.size
            else:
                break
        self.kept = end - at
        self.buffer[: self.kept] = self.buffer[at:end]

    def begin_chunk(self, length, number):
        if length != CHUNK or number != self.next:
            fail(f"a wrong chunk: expected number {self.next} of {CHUNK} bytes, got number {number} of {length}")
        self.left = CHUNK - 8

    def end_chunk(self):
        self.next += 1
        if self.next % CHUNKS_OF_EXCHANGE == 0:
            self.caller.exchanged()
            if deadlines:
                self.limit()
        if self.next == CHUNKS:
            self.next = 0
            self.ask()

    def connection_lost(self, why):
        fail(why or "the server closed the connection")


async def dial(what, protocol):
    await asyncio.get_running_loop().create_connection(lambda: protocol(what), HOST, port)


async def protocols(callers, connections, connects):
    now = perf_counter_ns()
    for caller in callers:
        caller.since = now
    waiting = collections.deque(callers)
    await in_batches([dial(waiting, OneExchange if connects else Exchanges) for _ in range(connections)])
    return []


# The loop itself holds tasks only weakly.
tasks = set()


def spawn(coroutine):
    task = asyncio.get_running_loop().create_task(coroutine)
    tasks.add(task)
    task.add_done_callback(ended)


def ended(task):
    tasks.discard(task)
    if not task.cancelled() and task.exception():
        fail(repr(task.exception()))


async def main(style, connections, kind):
    if kind == "stream":
        coroutines = [dial(caller, Download) for caller in board.callers]
    else:
        coroutines = await style(board.callers, connections, kind == "connect")
    for coroutine in coroutines:
        spawn(coroutine)
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), board.hear)
    print("ready", flush=True)
    await asyncio.Event().wait()


port = int(sys.argv[3])
deadlines = sys.argv[8] == "deadlines"
board = Scoreboard()
board.callers = [Caller(number) for number in range(int(sys.argv[4]))]
signal.alarm(int(sys.argv[6]))
most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
loop_factory = None
if sys.argv[1] == "uvloop":
    import uvloop

    loop_factory = uvloop.new_event_loop
with asyncio.Runner(loop_factory=loop_factory) as runner:
    runner.run(main(protocols if sys.argv[2] == "protocol" else streams, int(sys.argv[5]), sys.argv[7]))
