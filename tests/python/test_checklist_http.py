# SPDX-License-Identifier: MIT
"""The checklist of BITS' behaviours, items 99 to 120: HTTP, properties, security, uploads."""

from __future__ import annotations

import base64
from ctypes import addressof, byref, c_void_p
from pathlib import Path

import pytest

from authority import Authority, der_of
from bitscb3.testing import (
    Content,
    FaultServer,
    Nginx,
    Record,
    Resource,
    flaky,
    ignore_range,
    no_content_length,
    redirect,
    status,
    write_file,
)
from callbacks import Callback
from codes import (
    BG_E_INSUFFICIENT_RANGE_SUPPORT,
    BG_E_INVALID_AUTH_SCHEME,
    BG_E_INVALID_AUTH_TARGET,
    BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE,
    BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED,
    BG_E_MISSING_FILE_SIZE,
    BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD,
    BG_E_PASSWORD_TOO_LARGE,
    BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE,
    BG_E_READ_ONLY_PROPERTY_AFTER_RESUME,
    BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED,
    BG_E_UNKNOWN_PROPERTY_ID,
    BG_E_UNSUPPORTED_JOB_CONFIGURATION,
    BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED,
    BG_E_USERNAME_TOO_LARGE,
    CERTIFICATE,
    DYNAMIC_CONTENT,
    E_ACCESSDENIED,
    E_FAIL,
    E_INVALIDARG,
    E_NOTIMPL,
    ERROR,
    FOREGROUND,
    HIGH_PERFORMANCE,
    LOW,
    MAX_DOWNLOAD_SIZE,
    ON_DEMAND,
    REMOTE_FILE,
    S_FALSE,
    S_OK,
    TRANSFERRED,
    TRANSIENT_ERROR,
    UPLOAD,
    UPLOAD_REPLY,
    USE_STORED_CREDENTIALS,
    WINHTTP_NAME_NOT_RESOLVED,
)
from contract import (
    GUID,
    Bits,
    Com,
    Credentials,
    error_of,
    file_of,
    get_property,
    http_of,
    number,
    reaches,
    set_property,
    text,
    wide,
)

REPORT, DISALLOW, HTTPS_TO_HTTP = 0x100, 0x200, 0x800
HTTP_ERROR = 0x80190000
SERVER, PROXY = 1, 2
BASIC, DIGEST, NTLM = 1, 2, 3


def job_for(bits: Bits, url: str, path: Path) -> Com:
    """A job with one file."""
    job = bits.job()
    assert job.AddFile(url, str(path)) == S_OK
    return job


def resumed(bits: Bits, url: str, path: Path) -> Com:
    """A job with one file, resumed."""
    job = job_for(bits, url, path)
    assert job.Resume() == S_OK
    return job


def asked(server: FaultServer, path: str) -> list[Record]:
    """The requests for a path so far."""
    return [record for record in server.requests if record.path == path]


def login(target: int, scheme: int, user: str | None, password: str | None) -> Credentials:
    """Credentials; the texts live as long as they do."""
    out = Credentials(target, scheme)
    out.texts = [wide(user), wide(password)]
    out.user, out.password = (None if t is None else addressof(t) for t in out.texts)
    return out


def test_099_no_size(bits: Bits, fault_server: FaultServer, tmp_path: Path) -> None:
    """A HEAD without Content-Length is BG_E_MISSING_FILE_SIZE, except for DYNAMIC_CONTENT."""
    url = fault_server.serve("/f", Resource(Content(1000)), no_content_length())
    job = resumed(bits, url, tmp_path / "out")
    reaches(job, ERROR)
    assert error_of(job) == (BG_E_MISSING_FILE_SIZE, REMOTE_FILE)
    dynamic = job_for(bits, url, tmp_path / "dynamic")
    assert set_property(dynamic, DYNAMIC_CONTENT, 1) == S_OK
    assert dynamic.Resume() == S_OK
    reaches(dynamic, TRANSFERRED)
    assert dynamic.Complete() == S_OK
    assert (tmp_path / "dynamic").read_bytes() == Content(1000)[:]
    assert {record.method for record in asked(fault_server, "/f")} == {"HEAD", "GET"}


def test_100_no_ranges(bits: Bits, fault_server: FaultServer, tmp_path: Path) -> None:
    """A 200 to a Range request is BG_E_INSUFFICIENT_RANGE_SUPPORT."""
    url = fault_server.serve("/f", Resource(Content(1000)), ignore_range())
    job = resumed(bits, url, tmp_path / "out")
    reaches(job, ERROR)
    assert error_of(job) == (BG_E_INSUFFICIENT_RANGE_SUPPORT, REMOTE_FILE)


@pytest.mark.parametrize("code", [403, 404])
def test_101_refused(bits: Bits, fault_server: FaultServer, tmp_path: Path, code: int) -> None:
    """A 403 or 404 is ERROR with the code of the status and the context REMOTE_FILE."""
    job = resumed(bits, fault_server.serve("/f", status(code)), tmp_path / "out")
    reaches(job, ERROR)
    assert error_of(job) == (HTTP_ERROR + code, REMOTE_FILE)


def test_102_unavailable(bits: Bits, fault_server: FaultServer, tmp_path: Path) -> None:
    """A 503 is TRANSIENT_ERROR, and tried again after the retry delay."""
    url = fault_server.serve("/f", Resource(Content(1000)), flaky(1, status(503)))
    job = resumed(bits, url, tmp_path / "out")
    reaches(job, TRANSIENT_ERROR)
    assert error_of(job) == (HTTP_ERROR + 503, REMOTE_FILE)
    bits.advance(600)
    reaches(job, TRANSFERRED)


def test_103_unknown_host(bits: Bits, tmp_path: Path) -> None:
    """A host that does not exist is TRANSIENT_ERROR 0x80072EE7."""
    job = resumed(bits, "http://nowhere.invalid/f", tmp_path / "out")
    reaches(job, TRANSIENT_ERROR)
    assert error_of(job)[0] == WINHTTP_NAME_NOT_RESOLVED


@pytest.mark.parametrize("policy", [0, REPORT, DISALLOW])
def test_104_redirects(bits: Bits, fault_server: FaultServer, tmp_path: Path, policy: int) -> None:
    """A redirect is followed silently, followed and reported, or an error that tells the target."""
    target = fault_server.serve("/target", Resource(Content(1000)))
    url = fault_server.serve("/f", redirect(target))
    job = job_for(bits, url, tmp_path / "out")
    assert number(http_of(job).GetSecurityFlags) == 0
    assert http_of(job).SetSecurityFlags(policy) == S_OK
    assert job.Resume() == S_OK
    reaches(job, ERROR if policy == DISALLOW else TRANSFERRED)
    if policy == DISALLOW:
        assert error_of(job) == (HTTP_ERROR + 302, REMOTE_FILE)
    assert text(file_of(job).GetRemoteName) == (target if policy else url)


def test_105_redirect_to_http(fault_server: FaultServer, tmp_path: Path) -> None:
    """A redirect from https to http is followed only with the flag that allows it."""
    authority = Authority(tmp_path)
    target = fault_server.serve("/target", Resource(Content(1000)))
    www = tmp_path / "www"
    www.mkdir()
    rule = f"location = /f {{ return 302 {target}; }}"
    with (
        Nginx(www, tls=authority.server(), extra_config=rule) as nginx,
        Bits(tmp_path, ca=authority.file) as bits,
    ):
        refused = resumed(bits, nginx.url("/f"), tmp_path / "refused")
        reaches(refused, ERROR)
        there = fault_server.serve("/there", redirect(nginx.url("/f")))  # http, https, http
        back = resumed(bits, there, tmp_path / "back")
        reaches(back, ERROR)
        assert error_of(back) == error_of(refused)
        assert asked(fault_server, "/target") == []
        allowed = job_for(bits, nginx.url("/f"), tmp_path / "allowed")
        assert http_of(allowed).SetSecurityFlags(HTTPS_TO_HTTP) == S_OK
        assert allowed.Resume() == S_OK
        reaches(allowed, TRANSFERRED)


def test_106_dynamic_content_comes_early(
    bits: Bits, fault_server: FaultServer, tmp_path: Path
) -> None:
    """DYNAMIC_CONTENT can be set until the first Resume, and not with ON_DEMAND_MODE."""
    url = fault_server.serve("/f", Resource(Content(1000)))
    job = resumed(bits, url, tmp_path / "out")
    assert set_property(job, DYNAMIC_CONTENT, 1) == BG_E_READ_ONLY_PROPERTY_AFTER_RESUME
    assert set_property(job, MAX_DOWNLOAD_SIZE, 1) == BG_E_READ_ONLY_PROPERTY_AFTER_RESUME
    both = bits.job()
    assert set_property(both, ON_DEMAND, 1) == S_OK
    assert set_property(both, DYNAMIC_CONTENT, 1) == BG_E_UNSUPPORTED_JOB_CONFIGURATION
    assert set_property(both, ON_DEMAND, 0) == S_OK
    assert set_property(both, DYNAMIC_CONTENT, 1) == S_OK
    assert set_property(both, ON_DEMAND, 1) == BG_E_UNSUPPORTED_JOB_CONFIGURATION


def test_107_high_performance_comes_first(bits: Bits, tmp_path: Path) -> None:
    """HIGH_PERFORMANCE can be set until the first file is added."""
    job = job_for(bits, "http://127.0.0.1/f", tmp_path / "out")
    assert set_property(job, HIGH_PERFORMANCE, 1) == BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE
    assert get_property(job, HIGH_PERFORMANCE).number == 0


def test_108_most_bytes(bits: Bits, fault_server: FaultServer, tmp_path: Path) -> None:
    """MAX_DOWNLOAD_SIZE is at least 1, and a job that would exceed it ends in ERROR."""
    url = fault_server.serve("/f", Resource(Content(1000)))
    job = job_for(bits, url, tmp_path / "out")
    assert set_property(job, MAX_DOWNLOAD_SIZE, 0) == BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE
    assert set_property(job, MAX_DOWNLOAD_SIZE, 999) == S_OK
    assert job.Resume() == S_OK
    reaches(job, ERROR)
    assert error_of(job)[0] == BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED
    enough = job_for(bits, url, tmp_path / "enough")
    assert set_property(enough, MAX_DOWNLOAD_SIZE, 1000) == S_OK
    assert get_property(enough, MAX_DOWNLOAD_SIZE).low == 1000
    assert enough.Resume() == S_OK
    reaches(enough, TRANSFERRED)


def test_108b_most_bytes_of_unknown_size(
    bits: Bits, fault_server: FaultServer, tmp_path: Path
) -> None:
    """A body whose size nobody told is stopped where it exceeds MAX_DOWNLOAD_SIZE."""
    url = fault_server.serve("/f", Resource(Content(5_000_000)), no_content_length())
    job = job_for(bits, url, tmp_path / "out")
    assert set_property(job, DYNAMIC_CONTENT, 1) == S_OK
    assert set_property(job, MAX_DOWNLOAD_SIZE, 100_000) == S_OK
    assert job.Resume() == S_OK
    reaches(job, ERROR)
    assert error_of(job)[0] == BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED


def test_109_stored_credentials(bits: Bits) -> None:
    """USE_STORED_CREDENTIALS is for the proxy only."""
    job = bits.job()
    refused = BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED
    assert set_property(job, USE_STORED_CREDENTIALS, SERVER) == refused
    assert set_property(job, USE_STORED_CREDENTIALS, PROXY) == S_OK
    assert get_property(job, USE_STORED_CREDENTIALS).number == PROXY


@pytest.mark.parametrize("id_", [0, 6, 8, 11, 99])
def test_110_unknown_property(bits: Bits, id_: int) -> None:
    """A property that does not exist is BG_E_UNKNOWN_PROPERTY_ID."""
    job = bits.job()
    assert set_property(job, id_, 1) == BG_E_UNKNOWN_PROPERTY_ID
    assert job.GetProperty(id_, byref((c_void_p * 2)())) == BG_E_UNKNOWN_PROPERTY_ID


def test_111_write_only_headers(bits: Bits, fault_server: FaultServer, tmp_path: Path) -> None:
    """Custom headers go with every request; once write-only, they are never read again."""
    url = fault_server.serve("/f", Resource(Content(1000)))
    job = job_for(bits, url, tmp_path / "out")
    http = http_of(job)
    out = c_void_p()
    assert http.GetCustomHeaders(byref(out)) == S_FALSE
    assert out.value is None
    assert http.SetCustomHeaders("X-One: 1\r\nX-Empty:\r\n") == S_OK
    assert text(http.GetCustomHeaders) == "X-One: 1\r\nX-Empty:\r\n"
    assert http.SetCustomHeaders("X-One: 1\r\nRange: bytes=0-1\r\n") == E_INVALIDARG
    assert http.SetCustomHeaders("X-One: 1") == E_INVALIDARG
    assert http.MakeCustomHeadersWriteOnly() == S_OK
    assert http.GetCustomHeaders(byref(out)) == E_ACCESSDENIED
    assert http.SetCustomHeaders("X-Two: secret\r\nX-Empty:\r\n") == S_OK
    assert http.GetCustomHeaders(byref(out)) == E_ACCESSDENIED
    bits.reopen()
    job = bits.find(job)
    assert http_of(job).GetCustomHeaders(byref(out)) == E_ACCESSDENIED
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    requests = asked(fault_server, "/f")
    assert len(requests) >= 2
    assert {record.headers.get("x-two") for record in requests} == {"secret"}
    assert {record.headers.get("x-empty") for record in requests} == {""}
    store = b"".join(path.read_bytes() for path in (tmp_path / "store").iterdir())
    assert b"X-Two" not in store
    assert b"secret" not in store


def test_112_certificates(tmp_path: Path) -> None:
    """A declined certificate is a TRANSIENT_ERROR of context 8; an accepted one is asked once."""
    authority = Authority(tmp_path)
    certificate, key = authority.server()
    www = tmp_path / "www"
    www.mkdir()
    content = write_file(www / "f", 100_000)
    judge = Callback("IBackgroundCopyServerCertificateValidationCallback")
    judge.answers["ValidateServerCertificate"] = E_FAIL
    with Nginx(www, tls=(certificate, key)) as nginx, Bits(tmp_path, ca=authority.file) as bits:
        job = job_for(bits, nginx.url("/f"), tmp_path / "out")
        http = http_of(job)
        assert http.SetServerCertificateValidationInterface(judge.pointer) == S_OK
        assert job.Resume() == S_OK
        reaches(job, TRANSIENT_ERROR)
        assert error_of(job) == (E_FAIL, CERTIFICATE)
        assert nginx.log() == []
        assert judge.next().detail == der_of(certificate)
        judge.answers["ValidateServerCertificate"] = S_OK
        assert job.Resume() == S_OK
        reaches(job, TRANSFERRED)
        assert len(judge.drain()) == 1
        assert len(nginx.log()) >= 1
        assert job.Complete() == S_OK
        bits.close()
    assert (tmp_path / "out").read_bytes() == content[:]
    assert judge.references == 1


def test_112b_nobody_judges(tmp_path: Path) -> None:
    """A job whose judge of certificates is gone with its process sends nothing."""
    authority = Authority(tmp_path)
    www = tmp_path / "www"
    www.mkdir()
    write_file(www / "f", 1000)
    judge = Callback("IBackgroundCopyServerCertificateValidationCallback")
    with (
        Nginx(www, tls=authority.server()) as nginx,
        Bits(tmp_path, ca=authority.file) as bits,
    ):
        job = job_for(bits, nginx.url("/f"), tmp_path / "out")
        assert http_of(job).SetServerCertificateValidationInterface(judge.pointer) == S_OK
        assert job.SetNotifyFlags(0) == S_OK
        assert job.Suspend() == S_OK
        bits.reopen()
        job = bits.find(job)
        assert job.Resume() == S_OK
        reaches(job, TRANSIENT_ERROR)
        assert error_of(job) == (BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED, CERTIFICATE)
        assert nginx.log() == []


def test_113_custom_method(bits: Bits, fault_server: FaultServer, tmp_path: Path) -> None:
    """SetHttpMethod holds the job in the foreground, asks in one request, and repeats nothing."""
    url = fault_server.serve("/f", status(200, body=b"made for you"))
    job = job_for(bits, url, tmp_path / "out")
    http = http_of(job)
    assert text(http.GetHttpMethod) == "GET"
    assert http.SetHttpMethod("POST") == S_OK
    assert text(http.GetHttpMethod) == "POST"
    assert number(job.GetPriority) == FOREGROUND
    assert job.SetPriority(LOW) == BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD
    assert number(job.GetPriority) == FOREGROUND
    refused = BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD
    assert set_property(job, ON_DEMAND, 1) == refused
    assert set_property(job, DYNAMIC_CONTENT, 1) == refused
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    assert [(r.method, r.headers.get("range")) for r in asked(fault_server, "/f")] == [
        ("POST", None)
    ]
    assert job.Complete() == S_OK
    assert (tmp_path / "out").read_bytes() == b"made for you"
    broken = job_for(bits, fault_server.serve("/g", status(503)), tmp_path / "g")
    assert http_of(broken).SetHttpMethod("POST") == S_OK
    assert broken.Resume() == S_OK
    reaches(broken, ERROR)


def test_114_credentials(bits: Bits, fault_server: FaultServer, tmp_path: Path) -> None:
    """Logins are checked, used, sealed in the store, and removed by target and scheme."""
    job = bits.job()

    def set_to(*given: object) -> int:
        return job.SetCredentials(byref(login(*given)))  # type: ignore[arg-type]

    assert set_to(SERVER, BASIC, "me", None) == E_INVALIDARG
    assert set_to(SERVER, BASIC, None, None) == E_INVALIDARG
    assert set_to(SERVER, NTLM, None, None) == S_OK
    assert set_to(3, BASIC, "me", "x") == BG_E_INVALID_AUTH_TARGET
    assert set_to(SERVER, 9, "me", "x") == BG_E_INVALID_AUTH_SCHEME
    assert set_to(SERVER, BASIC, "m" * 301, "x") == BG_E_USERNAME_TOO_LARGE
    assert set_to(SERVER, BASIC, "me", "x" * 65_537) == BG_E_PASSWORD_TOO_LARGE
    assert job.RemoveCredentials(SERVER, BASIC) == S_FALSE
    assert job.RemoveCredentials(SERVER, NTLM) == S_OK
    assert job.RemoveCredentials(SERVER, NTLM) == S_FALSE
    assert set_to(SERVER, BASIC, "me", "open sesame") == S_OK
    assert job.AddFile(fault_server.serve("/f", Resource(Content(9))), str(tmp_path / "f")) == S_OK
    bits.reopen()
    job = bits.find(job)
    assert job.Resume() == S_OK
    reaches(job, TRANSFERRED)
    token = base64.b64encode(b"me:open sesame").decode()
    for record in asked(fault_server, "/f"):
        assert record.headers["authorization"] == f"Basic {token}"
    store = b"".join(path.read_bytes() for path in (tmp_path / "store").iterdir())
    assert b"sesame" not in store
    assert (tmp_path / "store/key").stat().st_mode & 0o777 == 0o600


def test_115_proxy_override(bits: Bits) -> None:
    """OVERRIDE needs a list of proxies; the other usages take none."""
    job = bits.job()
    preconfig, none, override, autodetect = range(4)
    assert job.SetProxySettings(override, None, None) == E_INVALIDARG
    for usage in (preconfig, none, autodetect):
        assert job.SetProxySettings(usage, "proxy:80", None) == E_INVALIDARG
        assert job.SetProxySettings(usage, None, None) == S_OK
    assert job.SetProxySettings(4, None, None) == E_NOTIMPL
    assert job.SetProxySettings(override, "proxy:80", "<local> *.test") == S_OK
    usage, proxies, bypass = c_void_p(), c_void_p(), c_void_p()
    assert job.GetProxySettings(byref(usage), byref(proxies), byref(bypass)) == S_OK
    assert (usage.value or 0) & 0xFFFFFFFF == override


@pytest.mark.parametrize("number_", [116, 117, 118, 119, 120])
@pytest.mark.parametrize("kind", [UPLOAD, UPLOAD_REPLY])
def test_116_to_120_uploads(bits: Bits, number_: int, kind: int) -> None:
    """Uploads come later: until then CreateJob answers E_NOTIMPL and makes nothing."""
    out = c_void_p()
    assert bits.manager.CreateJob(f"up {number_}", kind, byref(GUID()), byref(out)) == E_NOTIMPL
    assert out.value is None
