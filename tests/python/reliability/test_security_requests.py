# SPDX-License-Identifier: MIT
"""Security: what may be put into a request, what a hostile server can make of the answer."""

from __future__ import annotations

import gzip
import resource
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from authority import Authority
from bitscb3 import BitsError, JobState, Manager, SecurityFlags, Settings, TransferError
from bitscb3.testing import Content, FaultServer, Nginx, Request, Resource, Response, header, status
from bitscb3.testing.messages import Step
from command import environment
from contract import Bits
from support import KIB, MIB, PATIENCE, eventually, open_manager
from test_checklist_http import http_of, job_for

ONCE = Settings(no_progress_timeout_s=0, reconnects=0)  # the first error is final


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A manager that gives up at once."""
    with open_manager(tmp_path, ONCE) as opened:
        yield opened


BREAKS = ["\r\n", "\n", "\r", "\0", "\r\nX-Injected: 1"]


@pytest.mark.parametrize("text", BREAKS, ids=ascii)
def test_nothing_is_injected(
    text: str, fault_server: FaultServer, manager: Manager, tmp_path: Path
) -> None:
    """A line's end or a NUL in a header, method, login, proxy or URL is refused, or sent encoded."""
    url = fault_server.serve("/f", Resource(Content(10)))
    job = manager.create_job("injected")
    for act in (
        lambda: setattr(job.http, "headers", {"X-A": f"a{text}b"}),
        lambda: setattr(job.http, "headers", {f"X-A{text}B": "a"}),
        lambda: setattr(job.http, "headers", {f"{text}X": "a"}),
        lambda: setattr(job.http, "method", f"GET{text}"),
        lambda: setattr(job.http, "proxy", f"127.0.0.1:1{text}"),
        lambda: job.add_file(f"{url}{text}", tmp_path / "x"),
        lambda: job.add_file(url.replace("127", f"127{text}"), tmp_path / "x"),
    ):
        with pytest.raises((ValueError, BitsError)):
            act()  # type: ignore[no-untyped-call]
    with suppress(ValueError, BitsError):  # a login is encoded in base64
        job.http.set_credentials(f"a{text}b", f"c{text}d")
    job.add_file(url, tmp_path / "out")
    job.resume()
    assert job.wait(PATIENCE) is JobState.TRANSFERRED
    assert not [record for record in fault_server.requests if "x-injected" in record.headers]


@pytest.mark.parametrize("text", ["\r\nX-Injected: 1", "\n", "\r"], ids=ascii)
def test_the_contract_refuses_lines(text: str, tmp_path: Path) -> None:
    """The contract's own methods refuse line ends in headers, too."""
    with Bits(tmp_path) as bits:
        http = http_of(job_for(bits, "http://127.0.0.1:1/f", tmp_path / "out"))
        for headers in (f"X-A: a{text}b\r\n", f"X-A{text}: b\r\n", f"{text}X-A: b\r\n", "X-A: b"):
            if text.startswith("\r\n") and headers == f"X-A: a{text}b\r\n":
                continue  # two headers, each whole
            assert http.SetCustomHeaders(headers) != 0


def test_environment_of_other_programs(fault_server: FaultServer, tmp_path: Path) -> None:
    """.netrc, .curlrc, CURL_HOME and the like decide nothing: no login is taken from them."""
    home = tmp_path / "home"
    home.mkdir()
    for name in (".netrc", "_netrc", "netrc"):
        (home / name).write_text("default login alice password looking-gl4ss\n")
        (home / name).chmod(0o600)
    (home / ".curlrc").write_text('header = "X-Injected: 1"\nuser = "alice:looking-gl4ss"\n')
    asks = status(401, {"WWW-Authenticate": 'Basic realm="x"', "Content-Length": "0"})
    url = fault_server.serve("/f", asks)
    done = subprocess.run(
        [sys.executable, "-m", "bitscb3", "get", "--store", str(tmp_path / "store"), url],
        env=environment(HOME=str(home), CURL_HOME=str(home), NETRC=str(home / ".netrc")),
        cwd=tmp_path,
        capture_output=True,
        timeout=3 * PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert fault_server.requests
    for record in fault_server.requests:
        assert "authorization" not in record.headers
        assert "x-injected" not in record.headers


PROXIES = ["file:///etc/passwd", "gopher://127.0.0.1:1", "ftp://127.0.0.1:1", "smb://127.0.0.1"]


@pytest.mark.parametrize("proxy", PROXIES)
def test_other_proxies(
    proxy: str, manager: Manager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of another kind than http and SOCKS, set or in the environment, is used for nothing."""
    for environment_only in (False, True):
        job = manager.create_job("proxy")
        job.add_file("http://127.0.0.1:1/f", tmp_path / "out")
        if environment_only:
            for name in ("http_proxy", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy)
        else:
            try:
                job.http.proxy = proxy
            except (ValueError, BitsError):
                continue
        job.resume()
        with pytest.raises(BitsError):
            job.wait(PATIENCE)
        job.cancel()
    assert [one.name for one in tmp_path.iterdir()] == ["store"]


@pytest.mark.parametrize(
    "value",
    [
        "foo://cheshire:gr1n-c4t@127.0.0.1:1",
        "cheshire:gr1n-c4t@127.0.0.1:bad",
        "http://cheshire:gr1n-c4t@[::1",
        "http://cheshire:gr1n-c4t@nowhere.invalid:1",
    ],
)
def test_the_login_of_a_bad_proxy_is_not_told(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login in a variable that names an unusable proxy is in no error, nor in the store."""
    monkeypatch.setenv("http_proxy", value)
    monkeypatch.setenv("no_proxy", "")
    with open_manager(tmp_path, ONCE) as manager:
        job = manager.create_job("proxy")
        job.add_file("http://127.0.0.2:1/f", tmp_path / "out")
        job.resume()
        with pytest.raises(BitsError, match="proxy") as caught:
            job.wait(PATIENCE)
        assert "gr1n" not in repr(caught.value) + str(job.error)
    for path in (tmp_path / "store").iterdir():
        assert b"gr1n" not in path.read_bytes()


def test_no_cookie_is_kept(fault_server: FaultServer, tmp_path: Path, manager: Manager) -> None:
    """A cookie that a server sets is sent to nobody: not by this job, a later one, or a redirect."""
    setting = header("Set-Cookie", "a=b; Path=/")(Resource(Content(10)))
    moving = status(302, {"Location": "/f", "Set-Cookie": "c=d; Path=/", "Content-Length": "0"})
    fault_server.serve("/f", setting)
    fault_server.serve("/moved", moving)
    for number, path in enumerate(("/moved", "/f", "/moved")):
        job = manager.create_job("cookies")
        job.add_file(fault_server.url(path), tmp_path / str(number))
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
    assert len(fault_server.requests) == 5
    assert not [record for record in fault_server.requests if "cookie" in record.headers]


def test_other_ways_are_not_learned(tmp_path: Path, www: Path) -> None:
    """Alt-Svc and Strict-Transport-Security of one answer change no later request."""
    (www / "f").write_bytes(b"x" * 1000)
    authority = Authority(tmp_path)
    with FaultServer() as elsewhere:
        port = elsewhere.address[1]
        lines = (
            f"add_header Alt-Svc 'h2=\"127.0.0.1:{port}\"; ma=3600';"
            'add_header Strict-Transport-Security "max-age=3600";'
        )
        with (
            Nginx(www, tls=authority.server(), extra_config=lines) as nginx,
            open_manager(tmp_path, ONCE, ca_file=authority.file) as manager,
        ):
            for number in range(2):
                job = manager.create_job("alternative")
                job.add_file(nginx.url("/f"), tmp_path / str(number))
                job.resume()
                assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert elsewhere.requests == []


# -- connections ----------------------------------------------------------------------------------


def test_a_lax_job_lends_its_connection_to_nobody(tmp_path: Path, www: Path) -> None:
    """What one job overlooks in a certificate lets no other job through, nor TLS sessions do."""
    (www / "f").write_bytes(b"x" * 1000)
    stranger = Authority(tmp_path, "stranger")
    trusted = Authority(tmp_path)
    with (
        Nginx(www, tls=stranger.server()) as nginx,
        open_manager(tmp_path, ONCE, ca_file=trusted.file) as manager,
    ):
        for number, flags in enumerate((SecurityFlags.IGNORE_UNKNOWN_CA, SecurityFlags(0)) * 2):
            job = manager.create_job("lax or not")
            job.http.security_flags = flags
            job.add_file(nginx.url("/f"), tmp_path / str(number))
            job.resume()
            if flags:
                assert job.wait(PATIENCE) is JobState.TRANSFERRED
            else:
                with pytest.raises(TransferError, match="ertificate"):
                    job.wait(PATIENCE)


def test_client_certificates_share_no_connection(tmp_path: Path, www: Path) -> None:
    """Each job is who its own client certificate says, though all ask the same server."""
    (www / "f").write_bytes(b"x" * 1000)
    authority = Authority(tmp_path)
    asks = f"ssl_verify_client optional; ssl_client_certificate {authority.file};"
    seen = "add_header X-Shown $ssl_client_s_dn always;"
    people = ["alice", "bob", None, "alice", None]
    with (
        Nginx(www, tls=authority.server(), extra_config=f"{asks} {seen}") as nginx,
        open_manager(tmp_path, ONCE, ca_file=authority.file) as manager,
    ):
        for number, name in enumerate(people):
            job = manager.create_job("who")
            if name is not None:
                job.http.set_client_certificate(
                    authority.client(name) if number < 2 else tmp_path / f"{name}.pem"
                )
            file = job.add_file(nginx.url("/f"), tmp_path / str(number))
            job.resume()
            assert job.wait(PATIENCE) is JobState.TRANSFERRED
            shown = file.response_headers.get("X-Shown", "")
            assert (name or "") in shown
            assert bool(shown) is (name is not None)


def test_logins_share_no_connection(
    fault_server: FaultServer, manager: Manager, tmp_path: Path
) -> None:
    """A job without a login, or with another one, sends none of the job before it."""
    url = fault_server.serve("/f", Resource(Content(10)))
    sent = []
    for number, login in enumerate([("alice", "1"), None, ("bob", "2"), None]):
        job = manager.create_job("who")
        if login:
            job.http.headers = {"Authorization": f"Bearer {login[0]}"}
        job.add_file(url, tmp_path / str(number))
        job.resume()
        job.wait(PATIENCE)
        sent.append(fault_server.requests[-1].headers.get("authorization"))
    assert sent == ["Bearer alice", None, "Bearer bob", None]


def handshake(tmp_path: Path, version: ssl.TLSVersion) -> tuple[JobState, str | None]:
    """What comes of a job whose server speaks no later TLS than `version`."""
    authority = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.server())
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = version
    spoken: list[str | None] = []

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            client, _ = listener.accept()
            with context.wrap_socket(client, server_side=True) as secure:
                spoken.append(secure.version())
                secure.recv(4096)
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        with open_manager(tmp_path, ONCE, ca_file=authority.file) as manager:
            job = manager.create_job("tls")
            url = f"https://127.0.0.1:{listener.getsockname()[1]}/f"
            job.add_file(url, tmp_path / "out")
            job.resume()
            with suppress(TransferError):
                job.wait(PATIENCE)
            state = job.state
            job.cancel()
        thread.join(PATIENCE)
    return state, spoken[0] if spoken else None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_oldest_tls(tmp_path: Path) -> None:
    """TLS 1.2 is the oldest that is spoken; with TLS 1.1 nothing is sent."""
    assert handshake(tmp_path, ssl.TLSVersion.TLSv1_2) == (JobState.TRANSFERRED, "TLSv1.2")
    assert handshake(tmp_path, ssl.TLSVersion.TLSv1_1) == (JobState.ERROR, None)


def test_keys_of_sessions(tmp_path: Path, www: Path) -> None:
    """SSLKEYLOGFILE, where libcurl honours it, writes to a file of that user and to no other."""
    (www / "f").write_bytes(b"x")
    authority = Authority(tmp_path)
    with Nginx(www, tls=authority.server()) as nginx:
        words = [sys.executable, "-m", "bitscb3", "get", "--ca", str(authority.file)]
        words += ["--store", str(tmp_path / "store"), nginx.url("/f")]
        done = subprocess.run(
            words,
            env=environment(SSLKEYLOGFILE=str(tmp_path / "keys")),
            cwd=tmp_path,
            capture_output=True,
            timeout=3 * PATIENCE,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    written = {one.name for one in tmp_path.iterdir()}
    assert {"f", "store"} <= written
    if "keys" in written:
        assert b"CLIENT_" in (tmp_path / "keys").read_bytes()


# -- what a server can make use of ----------------------------------------------------------------


def endless(request: Request) -> Iterator[Step]:
    """A body without an end."""
    while True:
        yield b"x" * 65536


def memory() -> int:
    """The most memory this process had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_a_compressed_body_is_not_expanded(
    fault_server: FaultServer, manager: Manager, tmp_path: Path
) -> None:
    """A body that is compressed without being asked for is refused, and never expanded."""
    bomb = gzip.compress(bytes(64 * MIB))
    before = memory()
    encodings = ("gzip", "deflate", "br", "zstd", "gzip, gzip", "x-gzip")
    for number, encoding in enumerate(encodings):
        answer = status(200, {"Content-Encoding": encoding, "Content-Length": str(len(bomb))}, bomb)
        job = manager.create_job("bomb")
        job.add_file(fault_server.serve(f"/{number}", answer), tmp_path / "out")
        job.resume()
        with pytest.raises(TransferError, match="compressed"):
            job.wait(PATIENCE)
        job.cancel()
    answer = status(200, {"Transfer-Encoding": "gzip, chunked"}, b"5\r\nhello\r\n0\r\n\r\n")
    job = manager.create_job("bomb")
    job.add_file(fault_server.serve("/transfer", answer), tmp_path / "out")
    job.resume()
    with suppress(TransferError):
        job.wait(PATIENCE)
    assert job.progress.bytes_transferred <= 20
    assert {r.headers["accept-encoding"] for r in fault_server.requests} == {"identity"}
    assert memory() - before < 48 * MIB


@pytest.mark.parametrize("size", [(1 << 62), (1 << 63) - 1, (1 << 64) - 2, (1 << 64) + 5])
def test_a_claimed_size(size: int, fault_server: FaultServer, tmp_path: Path) -> None:
    """A size that a server claims takes no memory and no disk, and a limit is kept."""

    def whole(request: Request) -> Response:
        head = {"Content-Length": str(size), "Accept-Ranges": "bytes", "ETag": '"1"'}
        if request.headers.get("range"):
            head["Content-Range"] = f"bytes 0-{size - 1}/{size}"
            return Response(206, head, [b"x" * 1000])
        return Response(200, head, [b"x" * 1000])

    before = memory()
    with open_manager(tmp_path, ONCE) as manager:
        job = manager.create_job("claimed")
        file = job.add_file(fault_server.serve("/f", whole), tmp_path / "out")
        job.resume()
        with pytest.raises(TransferError):
            job.wait(PATIENCE)
        with suppress(BitsError):
            found = Path(file.temporary_name)
            assert not found.exists() or found.stat().st_blocks * 512 < MIB
        job.cancel()
        limited = manager.create_job("limited")
        limited.max_download_size = MIB
        limited.add_file(fault_server.url("/f"), tmp_path / "out")
        limited.resume()
        with pytest.raises(TransferError):
            limited.wait(PATIENCE)
    assert memory() - before < 32 * MIB


def test_endless_parts(fault_server: FaultServer, tmp_path: Path) -> None:
    """Parts without end in an answer to several ranges are cut off, in little memory."""

    def parts(request: Request) -> Response:
        spans = [span.resolve(MIB) for span in request.ranges]
        if len(spans) < 2:
            return Resource(Content(MIB))(request)
        etag, _ = Resource(Content(MIB)).validators
        head = {"Content-Type": "multipart/byteranges; boundary=x", "ETag": etag}

        def body() -> Iterator[Step]:
            while True:
                yield b"\r\n--x\r\nContent-Range: bytes 0-0/%d\r\n\r\na" % MIB * 1000

        return Response(206, head, body())

    before = memory()
    with open_manager(tmp_path, ONCE) as manager:
        job = manager.create_job("parts", on_demand=True)
        job.max_download_size = MIB
        file = job.add_file(fault_server.serve("/f", parts), tmp_path / "out")
        job.resume()
        file.request_ranges([(offset, 10) for offset in range(0, MIB, 20 * KIB)])
        # What was asked for arrives by other requests, or the job ends; no memory grows meanwhile.
        eventually(lambda: len(fault_server.requests) > 2)
        eventually(
            lambda: (
                job.state in (JobState.ERROR, JobState.SUSPENDED)
                or fault_server.bytes_sent("/f") > 8 * MIB
            )
        )
        job.cancel()
    assert memory() - before < 64 * MIB


def test_long_heads(fault_server: FaultServer, manager: Manager, tmp_path: Path) -> None:
    """A head that does not end, or a line of it, is cut off, in little memory."""

    def head(line: bytes) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            def body() -> Iterator[Step]:
                yield b"HTTP/1.1 200 OK\r\n"
                while True:
                    yield line * 1000

            return Response(200, {}, body(), is_raw=True)

        return answer

    before = memory()
    for number, line in enumerate((b"X: y\r\n", b"x" * 100, b" folded\r\n")):
        job = manager.create_job("head")
        job.add_file(fault_server.serve(f"/{number}", head(line)), tmp_path / "out")
        job.resume()
        with pytest.raises(TransferError):
            job.wait(PATIENCE)
        job.cancel()
    assert memory() - before < 32 * MIB
    assert sum(record.bytes_sent for record in fault_server.requests) < 64 * MIB


def test_many_interim_answers(fault_server: FaultServer, manager: Manager, tmp_path: Path) -> None:
    """Interim answers without end do not hold a job for ever, nor fill the memory."""

    def answer(request: Request) -> Response:
        def body() -> Iterator[Step]:
            while True:
                yield b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500

        return Response(200, {}, body(), is_raw=True)

    before = memory()
    job = manager.create_job("interim")
    job.add_file(fault_server.serve("/f", answer), tmp_path / "out")
    job.resume()
    eventually(
        lambda: (
            job.state is JobState.ERROR
            or sum(record.bytes_sent for record in fault_server.requests) > 4 * MIB
        )
    )
    job.cancel()
    assert memory() - before < 32 * MIB
