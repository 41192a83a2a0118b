# SPDX-License-Identifier: MIT
"""How each public method is called in a storm of calls: a recipe for every one of them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from call_storm import MOST_BYTES, World

import bitscb3
from bitscb3 import (
    Callback3,
    CostFlags,
    EventStream,
    File,
    FileAclFlags,
    HttpOptions,
    Job,
    Manager,
    NotifyFlags,
    PeerCachingFlags,
    Priority,
    RangeQueue,
    RangeRequest,
    RemoteFile,
    SecurityFlags,
)

Recipe = Callable[[World, Any], object]

SHORT_S = 0.02  # the longest wait of one call
MIB = 1 << 20

INTERNAL = {  # public in Python's sense, and for other modules of the package
    Manager: {"check_process", "aclose", "close"},  # the storm's end calls the last two
    Job: {
        *("allows", "check_resumed", "drop_stream", "failure", "note_silent", "outcome"),
        *("timed_out", "update_flags"),
    },
    File: {"require", "whereabouts"},
    EventStream: {"subscribe"},
}


class Listener(Callback3):
    """Overrides two methods."""

    def file_ranges_transferred(self, job: Job, file: File, ranges: Any) -> None: ...
    def job_modification(self, job: Job) -> None: ...


def read(world: World, file: File, length: int, data: bytes, at: int) -> None:
    """`data` is what was read of `file`; a file of pieces is not read."""
    wanted = world.content(file)[at : at + length]
    assert data == wanted, f"{len(data)} wrong bytes of {file!r} from {at} on"


def read_file(world: World, file: File) -> None:
    """Read some bytes, which may not be here."""
    at, length = world.span()
    read(world, file, length, file.read(at, length, timeout=SHORT_S), at)


def read_into(world: World, file: File) -> None:
    """Read them into a buffer."""
    at, length = world.span()
    buffer = bytearray(length)
    count = file.readinto(at, buffer, timeout=SHORT_S)
    read(world, file, length, bytes(buffer[:count]), at)


async def read_in_loop(world: World, file: File) -> None:
    """Read them in a task."""
    at, length = world.span()
    read(world, file, length, await file.aread(at, length), at)


def read_at(world: World, opened: RemoteFile) -> None:
    """Read them of an open file, beside its position."""
    at, length = world.span()
    read(world, opened.file, length, opened.read_at(at, length), at)


def ask(world: World, file: File) -> None:
    """Ask for a few ranges, some of them outside the file."""
    world.add(
        "requests", file.request_ranges([world.span() for _ in range(world.random.randint(1, 4))])
    )


def open_file(world: World, file: File) -> None:
    """Open a file of a job, with and without reading ahead."""
    world.add("opened", file.open(4096, world.random.choice((0, MIB))))


def open_url(world: World, _: object) -> None:
    """Open a URL, with and without a cache."""
    url = world.url()
    cache = world.folder / "cache" if world.random.random() < 0.5 else None
    with bitscb3.open(url, cache=cache, timeout=1, manager=world.manager) as opened:
        world.add("opened", opened)
        opened.seek(100)
        read(world, opened.file, 5000, opened.read(5000), 100)


def listen(world: World, job: Job) -> None:
    """Attach a handler and take it away."""

    def handler(*_: object) -> None: ...

    attach = world.random.choice((job.on_ranges, job.on_modified, job.on_error))
    attach(handler)
    job.remove_handler(handler)


def create_job(world: World, manager: Manager) -> None:
    """Make a job with files."""
    world.adopt(manager.create_job(world.name(), on_demand=world.random.random() < 0.5))


def set_network(world: World, manager: Manager) -> None:
    """Lose the network for a moment."""
    try:
        manager.set_network(None)
    finally:
        manager.set_network(CostFlags.UNRESTRICTED)


async def iterate(world: World, job: Job) -> None:
    """Take some events of a stream, which other threads close."""
    stream = job.events()
    world.add("streams", stream)  # others close it meanwhile
    async for _ in stream:
        if world.random.random() < 0.3:
            break


async def wait_for(world: World, awaited: Any) -> None:
    """Await a job or a request."""
    await awaited


def drain(world: World, queue: RangeQueue) -> None:
    """Take events out of a queue; each is of a job that the queue knows."""
    with world.only_one(queue) as may:
        if may:
            batch = queue.drain(SHORT_S)
            assert len(list(batch)) == len(batch)
            for number, *_ in struct.iter_unpack("=IIQQQ", bytes(memoryview(batch))):
                assert queue.job(number).manager is world.manager


def leave_block(world: World, job: Job) -> None:
    """End a job by the end of its block."""
    if world.random.random() < 0.5:
        with job:
            raise ValueError("cancels it")
    if not job.files:
        return
    job.rate_limit = None
    with job:
        pass


async def leave_block_in_loop(world: World, job: Job) -> None:
    """End it so in a task."""
    async with job:
        raise ValueError("cancels it")


def watch(world: World, shown: Any) -> None:
    """Follow it with a picture, for a moment."""
    with shown.watch(interval=0.25):
        pass


def get(name: str) -> Recipe:
    """Read a property."""
    return lambda world, subject: getattr(subject, name)


def put(name: str, *values: Any) -> Recipe:
    """Set a property to one of `values`."""
    return lambda world, subject: setattr(subject, name, world.random.choice(values))


def call(name: str, *arguments: Any, **options: Any) -> Recipe:
    """Call a method with these arguments."""
    return lambda world, subject: getattr(subject, name)(*arguments, **options)


def attach(name: str) -> Recipe:
    """Attach a handler, which stays."""
    return lambda world, job: getattr(job, name)(lambda *_: None)


def calls(*names: str) -> dict[str, Recipe]:
    """Methods without arguments."""
    return {name: call(name) for name in names}


# By class; the name of a property that can be set ends in "=".
RECIPES: dict[type, dict[str, Recipe]] = {
    Manager: {
        **calls("jobs", "resume_all", "stats", "__repr__", "_repr_html_"),
        "create_job": create_job,
        "find_job": lambda w, m: m.find_job(w.name()),
        "job": lambda w, m: m.job(w.any("jobs").id),
        "rate_limit=": put("rate_limit", None, 8 * MIB),
        "set_network": set_network,
        "verbose=": put("verbose", True, False),
    },
    Job: {
        **calls("cancel", "resume", "suspend", "take_ownership", "plot", "__repr__", "_repr_html_"),
        "__await__": wait_for,
        "__enter__": leave_block,
        "__aenter__": leave_block_in_loop,
        "acomplete": lambda w, job: job.acomplete(partial=True),
        "add_file": lambda w, job: job.add_file(w.url(), w.place()),
        "add_files": lambda w, job: job.add_files([(w.url(), w.place()) for _ in range(3)]),
        "callback=": lambda w, job: setattr(job, "callback", w.random.choice((None, Listener()))),
        "complete": lambda w, job: job.complete(partial=w.random.random() < 0.2),
        "cost_flags=": put("cost_flags", CostFlags.TRANSFER_ALWAYS, CostFlags.UNRESTRICTED),
        "description=": put("description", "one", "another"),
        "dynamic_content=": put("dynamic_content", False),
        "events": iterate,
        "file": lambda w, job: job.file(w.random.randint(-1, 2)),
        "file_acl_flags=": put("file_acl_flags", FileAclFlags(0)),
        "high_performance=": put("high_performance", False),
        "max_download_size=": put("max_download_size", 1 << 40),
        "maximum_download_time=": put("maximum_download_time", 3600),
        "minimum_notification_interval=": put("minimum_notification_interval", 0, 0.01),
        "minimum_retry_delay=": put("minimum_retry_delay", 5),
        "name=": lambda w, job: setattr(job, "name", w.name()),
        "no_progress_timeout=": put("no_progress_timeout", 3600),
        "notification_clsid=": put("notification_clsid", None),
        "notify_command_line=": put("notify_command_line", None, ("/bin/true", "true")),
        "notify_flags=": put("notify_flags", None, NotifyFlags.JOB_ERROR, NotifyFlags.DISABLE),
        "on_demand=": put("on_demand", True, False),
        **{
            name: attach(name)
            for name in dir(Job)
            if name.startswith("on_") and name != "on_demand"
        },
        "peer_caching_flags=": put("peer_caching_flags", PeerCachingFlags(0)),
        "priority=": put("priority", *Priority),
        "rate_limit=": put("rate_limit", None, 4 * MIB),
        "remove_handler": listen,
        "replace_remote_prefix": call(
            "replace_remote_prefix", "http://127.0.0.1", "http://127.0.0.1"
        ),
        "wait": call("wait", SHORT_S),
        "watch": watch,
    },
    File: {
        **calls("filled_ranges", "plot", "__repr__", "_repr_html_"),
        "aread": read_in_loop,
        "open": open_file,
        "read": read_file,
        "readinto": read_into,
        "remote_name=": lambda w, file: setattr(file, "remote_name", w.other_url(file)),
        "request_ranges": ask,
        "update_download_position": lambda w, file: file.update_download_position(w.span()[0]),
        "validation_state=": put("validation_state", True),
        "watch": watch,
    },
    HttpOptions: {
        **calls(
            *("__repr__", "make_headers_write_only", "remove_client_certificate"),
            *("remove_credentials", "use_stored_credentials"),
        ),
        "headers=": put("headers", {}, {"X-One": "1", "X-Two": "2"}),
        "judge_certificates": lambda w, http: http.judge_certificates(
            w.random.choice((None, lambda *_: True))
        ),
        "method=": put("method", "GET"),
        "pin_certificates": call("pin_certificates", []),
        "proxy=": put("proxy", None),
        "security_flags=": put("security_flags", SecurityFlags(0), SecurityFlags.REDIRECT_REPORT),
        "set_client_certificate": call("set_client_certificate", "/nowhere.pem"),
        "set_credentials": call("set_credentials", "user", "password"),
    },
    RangeRequest: {
        **calls("cancel", "cancelled", "done", "exception", "__repr__"),
        "__await__": wait_for,
        "result": call("result", SHORT_S),
    },
    RangeQueue: {
        "attach": lambda w, queue: queue.attach(w.any("jobs")),
        "close": lambda w, queue: w.random.random() < 0.05 and queue.close(),
        "detach": lambda w, queue: queue.detach(w.any("jobs")),
        "drain": drain,
        "job": lambda w, queue: queue.job(w.random.randint(0, 5)),
    },
    EventStream: {**calls("aclose", "close", "__aiter__")},
    RemoteFile: {
        **calls(
            *("detach", "fileno", "flush", "isatty", "peek", "readable", "readline", "seekable"),
            *("tell", "truncate", "writable", "__repr__"),
        ),
        "close": lambda w, opened: w.random.random() < 0.1 and opened.close(),
        "read": lambda w, opened: opened.read(w.random.randint(0, 9000)),
        "read1": call("read1", 1000),
        "read_at": read_at,
        "readinto": lambda w, opened: opened.readinto(bytearray(7000)),
        "readinto1": lambda w, opened: opened.readinto1(bytearray(100)),
        "readlines": call("readlines", 2000),
        "seek": lambda w, opened: opened.seek(w.random.randint(0, MOST_BYTES), 0),
        "write": call("write", b"refused"),
        "writelines": call("writelines", [b"refused"]),
    },
}

# The functions of the package; `default_manager` is of the user's own store.
FUNCTIONS: dict[str, Recipe] = {
    "download": lambda w, _: bitscb3.download(w.url(), w.place(), timeout=1, manager=w.manager),
    "download_all": lambda w, _: bitscb3.download_all(
        [(w.url(), w.place()) for _ in range(2)], timeout=1, manager=w.manager
    ),
    "adownload": lambda w, _: bitscb3.adownload(w.url(), w.place(), timeout=1, manager=w.manager),
    "adownload_all": lambda w, _: bitscb3.adownload_all(
        [(w.url(), w.place())], timeout=1, manager=w.manager
    ),
    "open": open_url,
}
