# SPDX-License-Identifier: MIT
"""The tasks with obstore."""

from __future__ import annotations

import os

from obstore.store import HTTPStore

from benchmarks.work import Work, run


def open_store(url: str) -> tuple[HTTPStore, str]:
    """The store of a URL's server, and the name there."""
    base, _, name = url.rpartition("/")
    return HTTPStore.from_url(base, client_options={"allow_http": True}), name


def large(work: Work) -> None:
    """One file, as a stream."""
    [url] = work.urls
    store, name = open_store(url)
    with open(work.target(url), "wb") as out:
        for chunk in store.get(name).stream(min_chunk_size=4 << 20):
            out.write(chunk)


def get(work: Work, coalesce: int | None) -> None:
    """Ranges of one file, written to their places once all are here."""
    [url] = work.urls
    store, name = open_store(url)
    options = {} if coalesce is None else {"coalesce": coalesce}
    starts = [offset for offset, _ in work.ranges]
    lengths = [length for _, length in work.ranges]
    bodies = store.get_ranges(name, starts=starts, lengths=lengths, **options)
    out = os.open(work.target(url), os.O_WRONLY | os.O_CREAT)
    for (offset, length), body in zip(work.ranges, bodies, strict=True):
        assert os.pwrite(out, body, offset) == length
    os.close(out)


def ranges(work: Work) -> None:
    """With its default: ranges less than 1 MiB apart become one."""
    get(work, None)


def ranges_apart(work: Work) -> None:
    """One request for each range."""
    get(work, 0)


if __name__ == "__main__":
    run({"large": large, "ranges": ranges, "ranges-apart": ranges_apart})
