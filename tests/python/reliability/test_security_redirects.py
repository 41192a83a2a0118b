# SPDX-License-Identifier: MIT
"""Security: where a server may lead a job, and what goes along."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from authority import Authority
from bitscb3 import BitsError, JobState, Manager, SecurityFlags, Settings, TransferError
from bitscb3.testing import Content, FaultServer, Nginx, Resource, header, redirect, status
from support import PATIENCE, open_manager

ONCE = Settings(no_progress_timeout_s=0)  # the first error is final
SIZE = 100_000
SECRETS = {
    "authorization": "Bearer jabberw0ck",
    "cookie": "crumb=c00kie-crumb",
    "x-api-key": "v0rpal-blade",
    "private-token": "snicker-sn4ck",
    "referer": "https://inside.example/m0me-rath",
}
PLAIN = {"accept": "application/x-iso", "accept-language": "de", "user-agent": "test/1"}
POLICIES = [SecurityFlags(0), SecurityFlags.REDIRECT_REPORT]


@pytest.fixture
def other() -> Iterator[FaultServer]:
    """Another server, which serves a file at /f."""
    with FaultServer() as server:
        server.serve("/f", Resource(Content(SIZE)))
        yield server


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """A manager that gives up at once."""
    with open_manager(tmp_path, ONCE) as opened:
        yield opened


def secrets_seen(server: FaultServer) -> set[str]:
    """What of the job's secrets a server was told."""
    return {
        name
        for record in server.requests
        for name in (*SECRETS, "proxy-authorization")
        if name in record.headers
    }


@pytest.mark.parametrize("policy", POLICIES, ids=["silent", "report"])
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["port", "host"])
def test_secrets_stay_with_their_host(
    host: str,
    code: int,
    policy: SecurityFlags,
    other: FaultServer,
    fault_server: FaultServer,
    manager: Manager,
    tmp_path: Path,
) -> None:
    """Headers and logins go to the host and port the client named, never to where it redirects."""
    target = other.url("/f").replace("127.0.0.1", host)
    job = manager.create_job("away")
    job.http.headers = SECRETS | PLAIN
    job.http.set_credentials("alice", "looking-gl4ss")
    job.http.security_flags = policy
    file = job.add_file(fault_server.serve("/f", redirect(target, code)), tmp_path / "out")
    job.on_demand = True
    job.resume()
    file.request_ranges([(0, 1000)]).result(PATIENCE)
    file.request_ranges([(50_000, 1000), (70_000, 10)]).result(PATIENCE)  # by then it has moved
    job.on_demand = False
    job.resume()
    assert job.wait(PATIENCE) is JobState.TRANSFERRED
    assert (file.remote_name == target) is bool(policy)
    assert secrets_seen(fault_server) == set(SECRETS)
    assert secrets_seen(other) == set()
    assert len(other.requests) >= 3
    assert all(PLAIN.items() <= record.headers.items() for record in other.requests)


def test_a_reported_redirect_is_no_new_home(
    other: FaultServer, fault_server: FaultServer, tmp_path: Path
) -> None:
    """What the store says of a file that was redirected keeps the job's secrets at home."""
    fault_server.serve("/f", redirect(other.url("/f")))
    with open_manager(tmp_path, ONCE) as manager:
        job = manager.create_job("away")
        job.http.headers = SECRETS
        job.http.security_flags = SecurityFlags.REDIRECT_REPORT
        file = job.add_file(fault_server.url("/f"), tmp_path / "out")
        job.on_demand = True
        job.resume()
        file.request_ranges([(0, 10)]).result(PATIENCE)
        assert file.remote_name == other.url("/f")
    with open_manager(tmp_path, ONCE) as manager:
        (job,) = manager.jobs()
        assert job.http.headers == SECRETS
        job.on_demand = False
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert secrets_seen(other) == set()
        job.complete()


def test_the_client_names_a_new_home(other: FaultServer, tmp_path: Path, manager: Manager) -> None:
    """A remote name that the client itself sets gets the job's headers."""
    with FaultServer() as first:
        job = manager.create_job("named")
        job.http.headers = SECRETS
        file = job.add_file(first.serve("/f", status(500)), tmp_path / "out")
        file.remote_name = other.url("/f")
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
    assert secrets_seen(other) == set(SECRETS)


def test_there_and_back(
    other: FaultServer, fault_server: FaultServer, manager: Manager, tmp_path: Path
) -> None:
    """A redirect that leads back to the named host gets there what is for that host."""
    fault_server.serve("/back", Resource(Content(10)))
    other.serve("/away", redirect(fault_server.url("/back")))
    job = manager.create_job("back")
    job.http.headers = SECRETS
    job.add_file(fault_server.serve("/f", redirect(other.url("/away"))), tmp_path / "out")
    job.resume()
    assert job.wait(PATIENCE) is JobState.TRANSFERRED
    assert secrets_seen(other) == set()
    assert [record.path for record in fault_server.requests][:2] == ["/f", "/back"]
    assert all(SECRETS.items() <= record.headers.items() for record in fault_server.requests)


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_a_redirect_target_cannot_ask_for_the_login(
    scheme: str, fault_server: FaultServer, manager: Manager, tmp_path: Path
) -> None:
    """A host a redirect leads to that asks for a login gets none, and the job an error."""
    asks = {"WWW-Authenticate": f'{scheme} realm="come in", nonce="abc"', "Content-Length": "0"}
    with FaultServer() as thief:
        thief.serve("/f", status(401, asks))
        job = manager.create_job("thief")
        job.http.set_credentials("alice", "looking-gl4ss")
        job.add_file(fault_server.serve("/f", redirect(thief.url("/f"))), tmp_path / "out")
        job.resume()
        with pytest.raises(TransferError, match="401"):
            job.wait(PATIENCE)
        assert {record.headers.get("authorization") for record in thief.requests} == {None}


def test_a_login_in_a_redirect_is_not_used(
    other: FaultServer, fault_server: FaultServer, manager: Manager, tmp_path: Path
) -> None:
    """User and password that a server writes into its redirect are sent to nobody."""
    target = other.url("/f").replace("//", "//admin:adm1n@")
    job = manager.create_job("login")
    job.http.security_flags = SecurityFlags.REDIRECT_REPORT
    file = job.add_file(fault_server.serve("/f", redirect(target)), tmp_path / "out")
    job.resume()
    assert job.wait(PATIENCE) is JobState.TRANSFERRED
    assert secrets_seen(other) == set()
    assert "adm1n" not in file.remote_name


def test_the_client_certificate_stays_at_home(tmp_path: Path, www: Path) -> None:
    """A client certificate is not shown to a host a redirect leads to, though it asks for one."""
    authority = Authority(tmp_path)
    (www / "f").write_bytes(b"x" * 1000)
    asks = f"ssl_verify_client optional; ssl_client_certificate {authority.file};"
    seen = "add_header X-Shown $ssl_client_s_dn always;"
    with Nginx(www, tls=authority.server(), extra_config=f"{asks} {seen}") as away:
        rule = f"location = /go {{ return 302 {away.url('/f')}; }}"
        with (
            Nginx(www, tls=authority.server(), extra_config=f"{asks} {seen} {rule}") as home,
            open_manager(tmp_path, ONCE, ca_file=authority.file) as manager,
        ):
            shown = []
            for path in ("/f", "/go"):
                job = manager.create_job("certificate")
                job.http.set_client_certificate(authority.client("somebody"))
                file = job.add_file(home.url(path), tmp_path / "out")
                job.resume()
                assert job.wait(PATIENCE) is JobState.TRANSFERRED
                shown.append(file.response_headers.get("X-Shown", ""))
                job.complete()
    assert "somebody" in shown[0]
    assert shown[1] == ""


FORBIDDEN = [
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "FILE:///etc/passwd",
    "ftp://127.0.0.1/f",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/stat",
    "ldap://127.0.0.1/",
    "smb://127.0.0.1/share/f",
    "scp://127.0.0.1/etc/passwd",
    "telnet://127.0.0.1/",
    "ws://127.0.0.1/",
    "unix:/run/docker.sock",
    "javascript:alert(1)",
    "data:text/plain,hello",
    "http://[::1",
    "http://127.0.0.1:99999/",
]


@pytest.mark.parametrize("policy", POLICIES, ids=["silent", "report"])
@pytest.mark.parametrize("target", FORBIDDEN)
def test_forbidden_redirects(
    target: str,
    policy: SecurityFlags,
    fault_server: FaultServer,
    manager: Manager,
    tmp_path: Path,
    figure: Callable[[str, object], None],
) -> None:
    """A redirect to anything but http and https fails the job, makes no file and is not repeated."""
    job = manager.create_job("forbidden")
    job.http.security_flags = policy
    url = fault_server.serve("/f", redirect(target))
    file = job.add_file(url, tmp_path / "out")
    job.resume()
    with pytest.raises(TransferError) as caught:
        job.wait(PATIENCE)
    assert target not in str(caught.value)
    assert file.remote_name == url
    assert len(fault_server.requests) == 1
    job.cancel()
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    if policy and target == FORBIDDEN[-1]:
        figure("security: kinds of redirects refused", len(FORBIDDEN))


@pytest.mark.parametrize(
    "url",
    [one for one in FORBIDDEN if not one.lower().startswith("file")]
    + ["http:///etc/passwd", "http://", "\\\\127.0.0.1\\share\\f", "//host/f", "/etc/passwd"],
)
def test_forbidden_urls(url: str, manager: Manager, tmp_path: Path) -> None:
    """What no redirect may lead to can be no URL of a file either."""
    job = manager.create_job("forbidden")
    with pytest.raises((ValueError, BitsError)):
        job.add_file(url, tmp_path / "out")


@pytest.mark.parametrize("hops", [1, 2], ids=["from https", "by way of https"])
def test_never_down_from_https(
    hops: int, other: FaultServer, www: Path, tmp_path: Path, fault_server: FaultServer
) -> None:
    """No redirect leads from https to http unless the job allows that, and then without secrets."""
    authority = Authority(tmp_path)
    rule = f"location = /go {{ return 302 {other.url('/f')}; }}"
    with (
        Nginx(www, tls=authority.server(), extra_config=rule) as nginx,
        open_manager(tmp_path, ONCE, ca_file=authority.file) as manager,
    ):
        begin = nginx.url("/go")
        if hops == 2:
            begin = fault_server.serve("/up", redirect(nginx.url("/go")))
        for flags in (SecurityFlags(0), SecurityFlags.REDIRECT_ALLOW_HTTPS_TO_HTTP):
            job = manager.create_job("down")
            job.http.headers = SECRETS
            job.http.security_flags = flags
            job.add_file(begin, tmp_path / "out")
            job.resume()
            if flags:
                assert job.wait(PATIENCE) is JobState.TRANSFERRED
            else:
                with pytest.raises(TransferError, match="from https to http"):
                    job.wait(PATIENCE)
                assert other.requests == []
            job.cancel()
    assert secrets_seen(other) == set()


def test_revocations_count_behind_a_redirect(
    www: Path, tmp_path: Path, fault_server: FaultServer
) -> None:
    """A job that refuses revoked certificates does so also where http led it to https."""
    authority = Authority(tmp_path)
    (www / "f").write_bytes(b"x")
    shown = authority.server()
    revoked = authority.revocations(shown[0])
    with (
        Nginx(www, tls=shown) as nginx,
        open_manager(tmp_path, ONCE, ca_file=authority.file, crl_file=revoked) as manager,
    ):
        job = manager.create_job("revoked")
        job.http.security_flags = SecurityFlags.ENABLE_CRL_CHECK
        job.add_file(fault_server.serve("/f", redirect(nginx.url("/f"))), tmp_path / "out")
        job.resume()
        with pytest.raises(TransferError, match="revoked"):
            job.wait(PATIENCE)


def test_a_judge_is_asked_behind_a_redirect(
    www: Path, tmp_path: Path, fault_server: FaultServer
) -> None:
    """A job that judges certificates judges that of the host it is led to, before it asks there."""
    authority = Authority(tmp_path)
    (www / "f").write_bytes(b"x")
    asked: list[str] = []

    def judge(url: str, certificate: bytes) -> bool:
        asked.append(url)
        return False

    with (
        Nginx(www, tls=authority.server()) as nginx,
        open_manager(tmp_path, ONCE, ca_file=authority.file) as manager,
    ):
        job = manager.create_job("judged")
        job.http.judge_certificates(judge)
        job.add_file(fault_server.serve("/f", redirect(nginx.url("/f"))), tmp_path / "out")
        job.resume()
        with pytest.raises(TransferError):
            job.wait(PATIENCE)
        assert asked
        assert nginx.log() == []


def test_redirects_are_counted(fault_server: FaultServer, tmp_path: Path) -> None:
    """A chain of redirects ends where the settings say, whatever the server goes on to send."""
    for number in range(6):
        fault_server.serve(f"/{number}", redirect(f"/{number + 1}"))
    fault_server.serve("/6", Resource(Content(10)))
    outcomes = []
    for most in (5, 6):
        settings = Settings(no_progress_timeout_s=0, redirects=most)
        with open_manager(tmp_path, settings) as manager:
            job = manager.create_job("chain")
            job.add_file(fault_server.url("/0"), tmp_path / "out")
            job.resume()
            with contextlib.suppress(TransferError):
                job.wait(PATIENCE)
            outcomes.append(job.state)
            job.cancel()
    assert outcomes == [JobState.ERROR, JobState.TRANSFERRED]


def test_a_long_body_of_a_redirect(
    fault_server: FaultServer, manager: Manager, tmp_path: Path
) -> None:
    """The body of a redirect is not read to its end, and nothing of it reaches the disk."""
    fault_server.serve("/f", Resource(Content(10)))
    moved = status(302, {"Location": "/f", "Content-Length": str(1 << 62)}, b"x" * (8 << 20))
    job = manager.create_job("endless")
    job.add_file(fault_server.serve("/long", moved), tmp_path / "out")
    job.resume()
    assert job.wait(PATIENCE) is JobState.TRANSFERRED
    assert job.bytes_received < 1 << 20


def test_addresses_of_redirects_are_encoded(
    fault_server: FaultServer, manager: Manager, tmp_path: Path
) -> None:
    """A redirect with spaces or characters outside ASCII cannot break up the next request."""
    seen = Resource(Content(10))
    fault_server.serve("/a%20b%c3%a9", seen)
    job = manager.create_job("encoded")
    answer = header("Location", "/a b\xc3\xa9")(redirect("/"))
    job.add_file(fault_server.serve("/f", answer), tmp_path / "out")
    job.resume()
    assert job.wait(PATIENCE) is JobState.TRANSFERRED
    assert [record.path for record in fault_server.requests][:2] == ["/f", "/a%20b%c3%a9"]
