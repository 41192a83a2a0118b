# SPDX-License-Identifier: MIT
"""A first look at an installed package: nothing but pytest and the package is needed, and openssl."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bitscb3 import (
    EOF,
    JobState,
    Manager,
    Range,
    RangeArray,
    Settings,
    TransferError,
    __version__,
)
from bitscb3.testing import Content, FaultServer, Resource

SIZE = 300_000


def test_download(tmp_path: Path) -> None:
    """A job downloads a file, tells its ranges, and puts it in place when it is completed."""
    content = Content(SIZE, seed=1)
    told: list[Range] = []
    with FaultServer() as server, Manager("engine", tmp_path / "store") as manager:
        url = server.serve("/file", Resource(content))
        with manager.create_job("minimal") as job:
            job.add_file(url, tmp_path / "file")

            @job.on_ranges
            def got(job: object, file: object, ranges: RangeArray) -> None:
                told.extend(ranges)

        assert job.state is JobState.ACKNOWLEDGED
    assert sum(piece.length for piece in told) == SIZE
    assert (tmp_path / "file").read_bytes() == content[:]


def test_on_demand(tmp_path: Path) -> None:
    """An on-demand job brings the ranges asked for, and nothing else."""
    content = Content(SIZE, seed=2)
    with FaultServer() as server, Manager("engine", tmp_path / "store") as manager:
        url = server.serve("/file", Resource(content))
        file = manager.create_job("minimal", on_demand=True).add_file(url, tmp_path / "file")
        file.request_ranges([(1_000, 500), (SIZE - 100, EOF)]).result(20)
        assert list(file.filled_ranges()) == [(1_000, 500), (SIZE - 100, 100)]
        assert file.read(1_000, 500) == content[1_000:1_500]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that nobody but itself vouches for, with its key."""
    path = tmp_path / "server.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=minimal -addext"
    names = ["subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(tmp_path / "crt")]
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (tmp_path / "crt").read_bytes())
    return path


@pytest.fixture
def https(tmp_path: Path, certificate: Path) -> Iterator[str]:
    """The URL of a file on a server of this machine that shows the certificate."""
    (tmp_path / "www").mkdir()
    (tmp_path / "www/file").write_bytes(Content(SIZE, seed=3)[:])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "www"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/file"
        server.shutdown()
        thread.join()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_https(
    https: str, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server is trusted when SSL_CERT_FILE names its authority, and not by the system's."""

    def fetch() -> JobState:
        with Manager("engine", tmp_path / "store", Settings(no_progress_timeout_s=0)) as manager:
            job = manager.create_job("minimal")
            job.add_file(https, tmp_path / "file")
            job.resume()
            return job.wait(20)

    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(TransferError, match="ca_file"):
        fetch()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert fetch() is JobState.TRANSFERRED


def test_fixtures(bits_manager: Manager, range_server: FaultServer, tmp_path: Path) -> None:
    """The fixtures of an installed package are found by pytest itself."""
    url = range_server.serve("/file", Resource(Content(SIZE)))
    with bits_manager.create_job("minimal") as job:
        job.add_file(url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == Content(SIZE)[:]


def test_command() -> None:
    """`python -m bitscb3 --version` tells the version."""
    out = subprocess.run(
        [sys.executable, "-m", "bitscb3", "--version"], capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == f"bitscb3 {__version__}"


def test_import_is_light() -> None:
    """Importing the package imports neither asyncio nor logging nor numpy nor rich."""
    code = (
        "import bitscb3, sys;"
        "print(*(n for n in ('asyncio','logging','numpy','rich') if n in sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == ""
