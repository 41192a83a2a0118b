# SPDX-License-Identifier: MIT
"""The nginx that other tests download from: what it serves, what it logs, how it ends."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import trustme

from bitscb3.testing import Nginx, write_file, write_sparse


def curl(url: str, *options: str) -> bytes:
    """Make one request with curl and return what it prints: the body, unless told otherwise."""
    command = ["curl", "--silent", "--show-error", "--max-time", "10", *options, url]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_ranges_are_served_and_logged(www: Path, nginx: Nginx) -> None:
    """A file is served by ranges, and the log tells who asked for what on which connection."""
    content = write_file(www / "a.bin", 300_000)
    url = nginx.url("/a.bin")
    assert nginx.log() == []
    assert curl(url + "?x=1") == content[:]
    assert curl(url, "-r10-19", "-HIf-Match: *") == content[10:20]
    assert curl(nginx.url("/none"), "--head").startswith(b"HTTP/1.1 404")
    first, second, third = nginx.wait_for_log(lambda records: len(records) == 3)
    assert (first.method, first.target, first.path) == ("GET", "/a.bin?x=1", "/a.bin")
    assert (first.status, first.bytes_sent, first.range) == (200, 300_000, "")
    assert (second.status, second.ranges, second.if_match) == (206, ((10, 10),), "*")
    assert (third.method, third.status, third.bytes_sent) == ("HEAD", 404, 0)
    assert len({first.connection, second.connection, third.connection}) == 3
    assert nginx.bytes_sent("/a.bin") == 300_010


def test_a_kept_connection_keeps_its_number(www: Path, nginx: Nginx) -> None:
    """Requests on one connection are logged with one number."""
    (www / "f").write_bytes(b"x")
    curl(nginx.url("/f"), nginx.url("/f"))
    first, second = nginx.wait_for_log(lambda records: len(records) == 2)
    assert first.connection == second.connection


def test_configuration_takes_effect(www: Path) -> None:
    """Lines for the server block and a rate take effect, in a folder with blanks and quotes too."""
    folder = www / 'a "b" c'
    folder.mkdir()
    (folder / "f").write_bytes(b"x" * 3000)
    lines = "add_header X-Test yes; location = /moved { return 302 /f; }"
    with Nginx(folder, extra_config=lines, rate=1 << 20) as nginx:
        assert b"X-Test: yes\r\n" in curl(nginx.url("/f"), "--include")
        assert b"302 Moved" in curl(nginx.url("/moved"), "--include")
    assert [record.path for record in nginx.log()] == ["/f", "/moved"]


def test_tls_and_http2_are_spoken(www: Path, tmp_path: Path) -> None:
    """With a certificate, a file is read over TLS, and over HTTP/2 if that is offered."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
    pem, trusted = tmp_path / "cert.pem", tmp_path / "ca.pem"
    certificate.write_to_path(pem)
    authority.cert_pem.write_to_path(trusted)
    content = write_file(www / "a.bin", 100_000)
    for http2, protocol in [(False, "HTTP/1.1"), (True, "HTTP/2.0")]:
        with Nginx(www, tls=(pem, pem), http2=http2) as nginx:
            assert curl(nginx.url("/a.bin"), "--http2", "--cacert", str(trusted)) == content[:]
        assert [record.protocol for record in nginx.log()] == [protocol]


def test_a_response_being_sent_does_not_hold_the_end(www: Path) -> None:
    """Leaving nginx ends it while a client reads slowly, and nothing answers on its port."""
    write_sparse(www / "a.bin", 1 << 30)
    with Nginx(www, rate=1000) as nginx:
        address = nginx.url("").removeprefix("http://")
        client = http.client.HTTPConnection(address, timeout=10)
        client.request("GET", "/a.bin")
        assert client.getresponse().read(1) == b"\0"
    client.close()
    with pytest.raises(ConnectionRefusedError):
        client.connect()


def test_a_port_is_kept_from_others(www: Path, nginx: Nginx) -> None:
    """While nginx is being started and runs, no other program is given its port."""
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", nginx.port))


def test_a_wrong_configuration_is_told(www: Path) -> None:
    """A line that nginx does not understand is told in its own words."""
    with pytest.raises(RuntimeError, match="unknown directive"), Nginx(www, extra_config="nope;"):
        pass


def test_a_path_with_a_dollar_sign_is_refused(www: Path) -> None:
    """A folder that nginx would read a variable in is refused before it starts."""
    with pytest.raises(ValueError, match="dollar sign"), Nginx(www / "$a"):
        pass


def test_a_missing_nginx_is_named(www: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without nginx, the error names the package to install."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(FileNotFoundError, match="apt-get install nginx-light"), Nginx(www):
        pass


def test_a_wait_for_the_log_ends(nginx: Nginx) -> None:
    """A wait for a line that is not logged ends with TimeoutError."""
    with pytest.raises(TimeoutError, match="last requests"):
        nginx.wait_for_log(lambda records: records, timeout=0.01)
