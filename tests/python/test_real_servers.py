# SPDX-License-Identifier: MIT
"""Downloads from other people's servers, which differ in ranges and conditions, and through a proxy."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from authority import Authority
from bitscb3 import (
    EOF,
    AuthTarget,
    File,
    Job,
    JobState,
    Manager,
    ProxySettings,
    ProxyUsage,
    Range,
    SecurityFlags,
    Settings,
    TransferError,
)
from bitscb3.testing import Content, KillResume, Moment, Nginx, write_file
from bitscb3.testing.program import Program
from servers import Apache, Caddy, H2o, Lighttpd, Proxy, Varnish
from support import KIB, MIB, PATIENCE, covered, open_manager, settle

Kind = Callable[..., AbstractContextManager[Any]]
Manage = Callable[..., Manager]

TALLY = "real servers × behaviours"
SIZE = 5 * MIB
KINDS: dict[str, Kind] = {
    "nginx": Nginx,
    "Apache": Apache,
    "lighttpd": Lighttpd,
    "lighttpd without validators": partial(Lighttpd, validators=False),
    "Caddy": Caddy,
    "h2o": H2o,
}
KINDS_OF_HTTP2: dict[str, Kind] = {
    "nginx, HTTP/2": partial(Nginx, http2=True),
    "nginx, HTTP/2, few requests a connection": partial(
        Nginx, http2=True, extra_config="keepalive_requests 3;"
    ),
    "Apache, HTTP/2": Apache,
    "Caddy, HTTP/2": Caddy,
    "h2o, HTTP/2": H2o,
}
ONE = Settings(connections_per_file=1)  # what waits goes into as few requests as can be
FINAL = Settings(no_progress_timeout_s=0)  # the first error is final
OUT_OF_ORDER = [(3 * MIB, 10 * KIB), (0, 5), (SIZE - 100, 100), (MIB + 1, 300 * KIB)]


@pytest.fixture(params=[*KINDS, *KINDS_OF_HTTP2])
def name(request: pytest.FixtureRequest, tally: None) -> str:
    """The name of a server."""
    found: str = request.param
    return found


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority, which the managers trust."""
    return Authority(tmp_path)


@pytest.fixture
def server(name: str, www: Path, authority: Authority) -> Any:
    """The server; its context is entered by the test, for the log is whole after it."""
    if name in KINDS:
        return KINDS[name](www)
    return KINDS_OF_HTTP2[name](www, tls=authority.server())


@pytest.fixture
def manage(tmp_path: Path, authority: Authority) -> Manage:
    """Opens a manager that trusts the authority."""
    return partial(open_manager, tmp_path, ca_file=authority.file)


def publish(path: Path, size: int, version: int) -> Content:
    """Put a version of a file in its place at once, as old as its number tells."""
    content = write_file(path.with_suffix(".new"), size, version)
    os.utime(path.with_suffix(".new"), (version * 10**8, version * 10**8))
    path.with_suffix(".new").replace(path)
    return content


def ask(manager: Manager, url: str, tmp_path: Path) -> File:
    """A file of a new on-demand job."""
    return manager.create_job("real", on_demand=True).add_file(url, tmp_path / "out")


def listen(job: Job, told: list[Range], restarts: list[int]) -> None:
    """Keep what handlers are told of the job's only file."""

    def restarted(job: Job, file: File) -> None:
        told.clear()
        restarts.append(file.index)

    job.on_ranges(lambda job, file, ranges: told.extend(ranges))
    job.on_restarted(restarted)


def asked(server: Any) -> list[Any]:
    """The requests for the file, from the log of a server that was stopped."""
    return [entry for entry in server.log() if (entry.method, entry.path) == ("GET", "/f")]


def test_download(server: Any, manage: Manage, www: Path, tmp_path: Path) -> None:
    """An ordinary download is the file of the server, and each byte of it is reported once."""
    content = publish(www / "f", SIZE, 1)
    told: list[Range] = []
    with (
        server,
        manage() as manager,
        manager.create_job("real") as job,
    ):
        listen(job, told, [])
        job.add_file(server.url("/f"), tmp_path / "out")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        settle(job)
    assert (tmp_path / "out").read_bytes() == content[:]
    assert covered(told) == [(0, SIZE)]


def test_ranges_out_of_order(server: Any, manage: Manage, www: Path, tmp_path: Path) -> None:
    """Ranges asked for in any order are filled with the right bytes, and nothing else is."""
    content = publish(www / "f", SIZE, 1)
    with server, manage() as manager:
        file = ask(manager, server.url("/f"), tmp_path)
        for offset, length in OUT_OF_ORDER:
            file.request_ranges([(offset, length)]).result(PATIENCE)
            assert file.read(offset, length) == content[offset : offset + length]
        assert list(file.filled_ranges()) == sorted(OUT_OF_ORDER)
        assert file.job.wait(PATIENCE) is JobState.SUSPENDED
    assert {entry.status for entry in asked(server)} == {206}


@pytest.mark.parametrize("gap", [100_000, 20], ids=["far apart", "close together"])
def test_many_small_ranges(
    gap: int, server: Any, manage: Manage, www: Path, tmp_path: Path
) -> None:
    """Forty ranges go into a few requests and are filled, whatever the server drops or merges."""
    content = publish(www / "f", SIZE, 1)
    wanted = [(index * (10 + gap), 10) for index in range(40)]
    told: list[Range] = []
    with server, manage(ONE) as manager:
        file = ask(manager, server.url("/f"), tmp_path)
        listen(file.job, told, [])
        file.request_ranges([(SIZE - 1, 1)]).result(PATIENCE)  # the size is known from here on
        file.request_ranges(wanted).result(PATIENCE)
        filled = [tuple(each) for each in file.filled_ranges()]
        for offset, length in filled:
            assert file.read(offset, length) == content[offset : offset + length]
        assert file.job.wait(PATIENCE) is JobState.SUSPENDED
        settle(file.job)
    assert covered(told) == filled
    if gap > 80:  # lighttpd sends what is between two ranges as well when that is not much
        assert filled == [*wanted, (SIZE - 1, 1)]
    requests = asked(server)
    assert max(entry.range.count(",") for entry in requests) == 31
    assert len(requests) <= 6


def test_several_ranges_refused(www: Path, tmp_path: Path) -> None:
    """Where a cache refuses several ranges at once, one request is wasted on that and no more."""
    content = publish(www / "f", SIZE, 1)
    wanted = [(index * 100_000, 1_000) for index in range(50)]
    with Varnish(www) as server, open_manager(tmp_path) as manager:
        file = ask(manager, server.url("/f"), tmp_path)
        file.request_ranges([(0, 1)]).result(PATIENCE)
        file.request_ranges(wanted).result(PATIENCE)
        for offset, length in wanted:
            assert file.read(offset, length) == content[offset : offset + length]
        refused = [entry for entry in server.log() if entry.status == 416]
    assert len(refused) == 1
    assert "," in refused[0].range


def test_replaced_file(name: str, server: Any, manage: Manage, www: Path, tmp_path: Path) -> None:
    """A file replaced between two requests begins again and is the new one, never a mixture."""
    publish(www / "f", SIZE, 1)
    told: list[Range] = []
    restarts: list[int] = []
    # Without validators a version is known by its size only.
    size = SIZE + 1 if name == "lighttpd without validators" else SIZE
    with server, manage() as manager:
        file = ask(manager, server.url("/f"), tmp_path)
        listen(file.job, told, restarts)
        file.request_ranges([(MIB, 64 * KIB)]).result(PATIENCE)
        content = publish(www / "f", size, 2)
        file.request_ranges([(0, EOF)])
        assert file.job.wait(PATIENCE) is JobState.TRANSFERRED
        settle(file.job)
        file.job.complete()
    assert (tmp_path / "out").read_bytes() == content[:]
    assert restarts == [0]
    assert covered(told) == [(0, size)]


def test_unchanged_file(name: str, server: Any, manage: Manage, www: Path, tmp_path: Path) -> None:
    """A file that did not change goes on where it was, also in a manager that is opened later."""
    content = publish(www / "f", SIZE, 1)
    told: list[Range] = []
    restarts: list[int] = []
    half = SIZE // 2
    with server:
        with manage() as manager:
            file = ask(manager, server.url("/f"), tmp_path)
            listen(file.job, told, restarts)
            file.request_ranges([(half, MIB)]).result(PATIENCE)
            file.request_ranges([(0, half)]).result(PATIENCE)
            assert file.job.wait(PATIENCE) is JobState.SUSPENDED
            settle(file.job)
        assert covered(told) == [(0, half + MIB)]
        with manage() as manager:
            job = manager.job(file.job.id)
            listen(job, told, restarts)
            job.file(0).request_ranges([(half, EOF)])
            assert job.wait(PATIENCE) is JobState.TRANSFERRED
            settle(job)
            job.complete()
    assert (tmp_path / "out").read_bytes() == content[:]
    assert restarts == []
    first, *later = asked(server)
    assert not first.if_match
    if name == "lighttpd without validators":
        assert not any(entry.if_match or entry.if_unmodified_since for entry in later)
    else:
        assert all(entry.if_match for entry in later)
    assert {entry.status for entry in [first, *later]} == {206}


def fill(store: Path, moment: Moment, url: str, path: Path, authority: Path) -> None:
    """Fill ranges of a file, and wait for the end."""
    with Manager("engine", store, ca_file=authority) as manager:
        file = manager.create_job("killed", on_demand=True).add_file(url, path)
        wanted = [(index * 200 * KIB, 100 * KIB) for index in range(20)]
        file.request_ranges([*wanted, (SIZE - MIB, MIB)]).result(PATIENCE)
        moment("filled")
        threading.Event().wait()


def test_killed(
    name: str,
    server: Any,
    manage: Manage,
    authority: Authority,
    www: Path,
    tmp_path: Path,
    is_long: bool,
) -> None:
    """A program is killed; the next one fetches what its store does not have, and nothing twice."""
    if name not in ("nginx, HTTP/2", "h2o, HTTP/2") and not is_long:
        pytest.skip("a second each: with --long only")
    content = publish(www / "f", SIZE, 1)

    def is_recorded(manager: Manager) -> bool:
        return manager.jobs()[0].progress.bytes_transferred == 2000 * KIB + MIB

    with server, KillResume(tmp_path / "store", manage) as kill_resume:
        order = (server.url("/f"), tmp_path / "out", authority.file)
        manager = kill_resume(fill, *order, at=is_recorded)
        (job,) = manager.jobs()
        job.file(0).request_ranges([(0, EOF)])
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
        assert manager.stats().bytes_written == SIZE - 2000 * KIB - MIB
    assert (tmp_path / "out").read_bytes() == content[:]


def test_file_that_became_shorter(server: Any, manage: Manage, www: Path, tmp_path: Path) -> None:
    """A file that became shorter begins again, also where 416 is all the server says of it."""
    publish(www / "f", SIZE, 1)
    with server, manage(FINAL) as manager:
        file = ask(manager, server.url("/f"), tmp_path)
        file.request_ranges([(0, 3 * MIB)]).result(PATIENCE)
        content = publish(www / "f", 3000, 2)
        file.job.on_demand = False
        file.job.resume()
        assert file.job.wait(PATIENCE) is JobState.TRANSFERRED
        file.job.complete()
    assert (tmp_path / "out").read_bytes() == content[:]


def test_proxy_of_the_environment(
    www: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job uses the proxy of the environment, unless it has its own, a bypass, or wants none."""
    content = publish(www / "f", 10, 1)
    with Apache(www) as server, Proxy() as proxy, Proxy() as own, open_manager(tmp_path) as manager:
        monkeypatch.setenv("http_proxy", proxy.address)
        monkeypatch.setenv("no_proxy", "")

        def fetch(settings: ProxySettings | str | None) -> None:
            with manager.create_job("proxy") as job:
                job.http.proxy = settings
                job.add_file(server.url("/f"), tmp_path / "out")
            assert (tmp_path / "out").read_bytes() == content[:]

        fetch(None)
        fetch(ProxySettings(ProxyUsage.OVERRIDE, (own.address,), ("127.*", "127.0.0.1")))
        assert (proxy.asked(), own.asked()) == ([], [])
        fetch(ProxySettings(ProxyUsage.PRECONFIG))
        assert (len(proxy.asked()), own.asked()) == (1, [])
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        fetch(ProxySettings(ProxyUsage.PRECONFIG))
        fetch(own.address)
        assert (len(proxy.asked()), len(own.asked())) == (1, 1)


def test_http_through_a_proxy(www: Path, tmp_path: Path) -> None:
    """A job with a proxy has an http file from the proxy, in whole and by many ranges at once."""
    content = publish(www / "f", SIZE, 1)
    with Apache(www) as server, Proxy() as proxy, open_manager(tmp_path, ONE) as manager:
        file = ask(manager, server.url("/f"), tmp_path)
        file.job.http.proxy = proxy.address
        file.request_ranges([(0, 1)]).result(PATIENCE)
        file.request_ranges([(index * 1000, 10) for index in range(40)]).result(PATIENCE)
        file.request_ranges([(0, EOF)])
        assert file.job.wait(PATIENCE) is JobState.TRANSFERRED
        file.job.complete()
    assert (tmp_path / "out").read_bytes() == content[:]
    assert len(proxy.forwarded()) == len(asked(server)) > 2
    assert set(proxy.asked()) == {f"GET {server.url('/f')}"}


def test_https_through_a_proxy(www: Path, tmp_path: Path) -> None:
    """A proxy is asked to connect to an https server; job and server check certificates themselves."""
    content = publish(www / "f", SIZE, 1)
    authority = Authority(tmp_path)
    here, localhost = authority.server(), authority.server("localhost")
    revoked = authority.server("revoked.test")
    elsewhere, expired = authority.server("elsewhere.test"), authority.expired_server()
    files = {"ca_file": authority.file, "crl_file": authority.revocations(revoked[0])}
    client = authority.client()
    asks = f"ssl_verify_client on; ssl_client_certificate {authority.file};"

    def job_for(nginx: Nginx, host: str) -> Job:
        job = manager.create_job("tunnel")
        job.http.proxy = proxy.address
        job.http.security_flags = SecurityFlags.ENABLE_CRL_CHECK
        job.http.set_client_certificate(client)
        job.add_file(nginx.url("/f").replace("127.0.0.1", host), tmp_path / host)
        job.resume()
        return job

    with Proxy() as proxy, open_manager(tmp_path, FINAL, **files) as manager:
        for pair, host in ((here, "127.0.0.1"), (localhost, "localhost")):
            with Nginx(www, tls=pair, extra_config=asks) as nginx:
                with job_for(nginx, host):
                    pass
                assert (tmp_path / host).read_bytes() == content[:]
        for pair in (expired, elsewhere, revoked):
            with Nginx(www, tls=pair) as nginx:
                job = job_for(nginx, "127.0.0.1")
                with pytest.raises(TransferError, match="ertificate"):
                    job.wait(PATIENCE)
                job.cancel()
                assert nginx.log() == []
    assert {line.partition(" ")[0] for line in proxy.asked()} == {"CONNECT"}


def test_login_at_a_proxy(www: Path, tmp_path: Path) -> None:
    """A proxy that wants a login forwards nothing without the right one, and the file with it."""
    content = publish(www / "f", SIZE, 1)
    with (
        Caddy(www) as server,
        Proxy("someone", "secret") as proxy,
        open_manager(tmp_path, FINAL) as manager,
    ):
        job = manager.create_job("login")
        job.http.proxy = proxy.address
        job.add_file(server.url("/f"), tmp_path / "out")
        for password in (None, "wrong"):
            if password is not None:
                job.http.set_credentials("someone", password, target=AuthTarget.PROXY)
            job.resume()
            with pytest.raises(TransferError, match=r"40[17]"):
                job.wait(PATIENCE)
        assert proxy.asked()
        assert proxy.forwarded() == []
        job.http.set_credentials("someone", "secret", target=AuthTarget.PROXY)
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        job.complete()
    assert (tmp_path / "out").read_bytes() == content[:]
    assert set(proxy.forwarded()) == {f"127.0.0.1:{server.port}"}


@pytest.mark.parametrize("kind", [Apache, Lighttpd, Caddy, H2o])
def test_folders_of_any_name(kind: Kind, tmp_path: Path) -> None:
    """A server serves a folder whose name has a blank."""
    folder = tmp_path / "a b"
    folder.mkdir()
    content = publish(folder / "f", 10, 1)
    with kind(folder) as server, open_manager(tmp_path) as manager:
        assert ask(manager, server.url("/f"), tmp_path).read(timeout=PATIENCE) == content[:]


@pytest.mark.parametrize("make", [Apache, Lighttpd, Caddy, H2o, lambda root: Proxy()])
def test_missing_program(
    make: Callable[[Path], Program], www: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is not installed is named together with its package."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    server = make(www)
    with pytest.raises(FileNotFoundError, match=f"apt-get install {server.package}"), server:
        pass


def test_server_that_does_not_start() -> None:
    """A server that ends at once is told in its own words, and leaves nothing behind."""
    proxy = Proxy("someone", "two words")
    with pytest.raises(RuntimeError, match=r"tinyproxy did not start: .*Syntax error"), proxy:
        pass
    assert not proxy.folder.exists()


def test_path_that_cannot_be_quoted(www: Path) -> None:
    """A folder whose name would break a configuration is refused before the server starts."""
    with pytest.raises(ValueError, match="no path with quotes"), Apache(www / 'a"b'):
        pass
