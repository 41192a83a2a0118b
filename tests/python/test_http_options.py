# SPDX-License-Identifier: MIT
"""How a job's requests are made: headers, methods, redirects, logins."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bitscb3 import (
    AuthScheme,
    AuthTarget,
    BitsError,
    InvalidStateError,
    JobState,
    Priority,
    ProxySettings,
    ProxyUsage,
    SecurityFlags,
    Settings,
    TransferError,
)
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Resource,
    header,
    redirect,
    status,
    write_file,
)
from support import open_manager

ONCE = Settings(no_progress_timeout_s=0)  # the first error is final


def test_headers(fault_server: FaultServer, tmp_path: Path) -> None:
    """A job's own headers go with every request, and are read back until they are write-only."""
    url = fault_server.serve("/f", Resource(Content(20_000_000)))
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        job.add_file(url, tmp_path / "a")
        assert job.http.headers == {}
        job.http.headers = {"X-Token": "one", "Accept": "text/plain"}
        assert job.http.headers == {"X-Token": "one", "Accept": "text/plain"}
        assert "one" not in repr(job.http)
        job.http.make_headers_write_only()
        with pytest.raises(BitsError, match="E_ACCESSDENIED"):
            _ = job.http.headers
    sent = [(r.headers["x-token"], r.headers["accept"]) for r in fault_server.requests]
    assert len(sent) > 1
    assert set(sent) == {("one", "text/plain")}


@pytest.mark.parametrize(
    "headers",
    [
        {"": "x"},
        {"A B": "x"},
        {"A": "x\r\nB: y"},
        {"A:": "x"},
        {"A": "\0"},
        {"A": "x" * 20_000},
    ],
)
def test_bad_headers(tmp_path: Path, headers: dict[str, str]) -> None:
    """What is no header raises ValueError, and nothing is sent."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        with pytest.raises(ValueError, match="header"):
            job.http.headers = headers
        assert job.http.headers == {}


def test_own_headers_of_the_service(tmp_path: Path) -> None:
    """Headers that the service sends itself cannot be set."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("a")
        with pytest.raises(BitsError, match="E_INVALIDARG"):
            job.http.headers = {"range": "bytes=0-1"}


def test_method(fault_server: FaultServer, tmp_path: Path) -> None:
    """Another method makes a foreground job that asks for each file in one request."""
    url = fault_server.serve("/f", status(200, body=b"answer"))
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        job.add_file(url, tmp_path / "a")
        assert job.http.method == "GET"
        job.http.method = "POST"
        assert job.priority is Priority.FOREGROUND
        with pytest.raises(BitsError, match="CUSTOM_HTTP_METHOD"):
            job.on_demand = True
        job.resume()
        with pytest.raises(InvalidStateError):
            job.http.method = "PUT"
    assert (tmp_path / "a").read_bytes() == b"answer"
    assert [r.method for r in fault_server.requests] == ["POST"]


def test_reported_redirect(fault_server: FaultServer, tmp_path: Path) -> None:
    """REDIRECT_REPORT gives a file the address it came from in the end."""
    target = fault_server.serve("/target", Resource(Content(1000)))
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        file = job.add_file(fault_server.serve("/f", redirect(target)), tmp_path / "a")
        job.http.security_flags = SecurityFlags.REDIRECT_REPORT
        job.resume()
        job.wait(10)
        assert file.remote_name == target
        with pytest.raises(BitsError, match="E_NOTIMPL"):
            job.http.security_flags = SecurityFlags(0x300)


def test_no_cookies(fault_server: FaultServer, tmp_path: Path) -> None:
    """Cookies that servers set are not kept."""
    url = fault_server.serve("/f", Resource(Content(20_000_000)), header("Set-Cookie", "a=b"))
    with open_manager(tmp_path) as manager, manager.create_job("a") as job:
        job.add_file(url, tmp_path / "a")
    assert len(fault_server.requests) > 1
    assert not [r for r in fault_server.requests if "cookie" in r.headers]


def test_login(www: Path, tmp_path: Path) -> None:
    """A job logs in where a server asks for it, with the right password only."""
    content = write_file(www / "f", 3_000_000)
    hashed = subprocess.run(
        ["openssl", "passwd", "-apr1", "sesame"], capture_output=True, text=True, check=True
    ).stdout.strip()
    (tmp_path / "users").write_text(f"me:{hashed}\n")
    asks = f'auth_basic "here"; auth_basic_user_file {tmp_path}/users;'
    with Nginx(www, extra_config=asks) as nginx, open_manager(tmp_path, ONCE) as manager:
        for password in (None, "wrong"):
            job = manager.create_job("refused")
            job.add_file(nginx.url("/f"), tmp_path / "a")
            if password:
                job.http.set_credentials("me", password)
            job.resume()
            with pytest.raises(TransferError) as caught:
                job.wait(10)
            assert caught.value.hresult == 0x80190191
        job.http.set_credentials("me", "sesame")
        job.resume()
        assert job.wait(10) is JobState.TRANSFERRED
        job.complete()
    assert (tmp_path / "a").read_bytes() == content[:]


def test_bad_logins(tmp_path: Path) -> None:
    """A login without a part, of an unknown kind or too long raises ValueError."""
    with open_manager(tmp_path) as manager:
        http = manager.create_job("a").http
        for user, password in [("me", None), (None, "x"), ("m" * 301, "x"), ("me", "x" * 65_537)]:
            with pytest.raises(ValueError, match=r"user|password"):
                http.set_credentials(user, password)
        with pytest.raises(ValueError, match="BASIC"):
            http.set_credentials(None, None)
        with pytest.raises(ValueError, match="9"):
            http.set_credentials("me", "x", scheme=9)  # type: ignore[arg-type]
        with pytest.raises(BitsError, match="E_NOTIMPL"):
            http.set_credentials("me", "x", scheme=AuthScheme.PASSPORT)
        http.set_credentials(None, None, scheme=AuthScheme.NTLM, target=AuthTarget.PROXY)
        assert http.remove_credentials(scheme=AuthScheme.NTLM, target=AuthTarget.PROXY)
        assert not http.remove_credentials(scheme=AuthScheme.NTLM, target=AuthTarget.PROXY)


def test_proxy_settings(tmp_path: Path) -> None:
    """A proxy is an address, None for none, or settings, and is read back as settings."""
    with open_manager(tmp_path) as manager:
        http = manager.create_job("a").http
        assert http.proxy == ProxySettings(ProxyUsage.PRECONFIG)
        http.proxy = "proxy.test:8080"
        assert http.proxy == ProxySettings(ProxyUsage.OVERRIDE, ("proxy.test:8080",))
        full = ProxySettings(ProxyUsage.OVERRIDE, ("http=a:1", "b:2"), ("<local>", "*.test"))
        http.proxy = full
        assert http.proxy == full
        http.proxy = None
        assert http.proxy.usage is ProxyUsage.NO_PROXY
        for wrong in (
            ProxySettings(ProxyUsage.OVERRIDE),
            ProxySettings(ProxyUsage.NO_PROXY, ("a:1",)),
            ProxySettings(ProxyUsage.OVERRIDE, ("a b",)),
        ):
            with pytest.raises(ValueError, match=r"prox|OVERRIDE"):
                http.proxy = wrong
        with pytest.raises(TypeError, match="one text"):
            http.proxy = ProxySettings(ProxyUsage.OVERRIDE, "a:1")  # type: ignore[arg-type]
        assert http.proxy.usage is ProxyUsage.NO_PROXY


def test_malformed_proxy(fault_server: FaultServer, tmp_path: Path) -> None:
    """A list of proxies that cannot be used ends the job in ERROR when it runs."""
    url = fault_server.serve("/f", Resource(Content(1000)))
    with open_manager(tmp_path, ONCE) as manager:
        job = manager.create_job("a")
        job.add_file(url, tmp_path / "a")
        with pytest.raises(ValueError, match="no login") as caught:
            job.http.proxy = "user:password@proxy.test:80"
        assert "user:" not in str(caught.value)
        job.http.proxy = "proxy.test:port"
        job.resume()
        with pytest.raises(TransferError, match="BG_E_INVALID_PROXY_INFO"):
            job.wait(10)
    assert fault_server.requests == []
