# SPDX-License-Identifier: MIT
"""Servers whose certificate, handshake or end is wrong: the error, what was sent, what is on disk."""

from __future__ import annotations

import datetime
import os
import re
import select
import ssl
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from authority import DAY, HOST, Authority, Identity, save, self_signed, weakly_signed
from bitscb3 import ErrorContext, File, JobState, SecurityFlags, Settings, TransferError
from bitscb3.testing import Content, Fault, Resource, chunked, ignore_range, no_content_length
from support import KIB, PATIENCE, eventually, open_manager
from tls_server import Meeting, Pair, Peer, TlsServer, context_of, serve

TALLY = "TLS faults"
pytestmark = pytest.mark.usefixtures("tally")

SIZE = 600 * KIB
CONTENT = Content(SIZE, 7)
HERE = (64 * KIB, 128 * KIB)  # filled before the fault
THERE = (300 * KIB, 200 * KIB)  # asked for while it lasts
NOW = datetime.datetime.now(datetime.timezone.utc)
NAME = "files.example.test"  # of a server that is its own proxy, so that no name is looked up
# A connection that is lost is an error at once; one that is silent for a second is lost.
SETTINGS = Settings(reconnects=0, connect_timeout_s=1, stall_timeout_s=1, connections_per_file=1)

NO_FLAGS, CRL = SecurityFlags(0), SecurityFlags.ENABLE_CRL_CHECK
UNTRUSTED = "ERROR_SECURE_FAILURE"
BROKEN = "ERROR_SECURE_CHANNEL_ERROR"
CLOSED = "BG_E_CONNECTION_CLOSED"
SILENT = "ERROR_TIMEOUT"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority, which the managers trust."""
    return Authority(tmp_path)


@contextmanager
def begun(
    tmp_path: Path,
    authority: Authority,
    host: str = HOST,
    flags: SecurityFlags = NO_FLAGS,
    crl: Path | None = None,
) -> Iterator[tuple[TlsServer, File]]:
    """A server without fault, and a file of which something is here."""
    good = save(tmp_path, authority.identity.issue(host))
    with (
        TlsServer(good, Resource(CONTENT)) as server,
        open_manager(tmp_path, SETTINGS, ca_file=authority.file, crl_file=crl) as manager,
    ):
        job = manager.create_job("tls", on_demand=True)
        job.http.security_flags = flags
        if host != HOST:
            job.http.proxy = server.address
        file = job.add_file(server.url(host), tmp_path / "out")
        file.request_ranges([HERE]).result(PATIENCE)
        assert job.wait(PATIENCE) is JobState.SUSPENDED
        server.forget()
        yield server, file


def fault_of(file: File) -> TransferError:
    """Ask for more of the file, and return the error that this ends with."""
    file.request_ranges([THERE])
    eventually(lambda: file.job.state in (JobState.ERROR, JobState.TRANSIENT_ERROR))
    error = file.job.error
    assert error is not None
    return error


def check_disk(file: File, tmp_path: Path) -> None:
    """What is told to be here is of the file, what was here still is, and nothing looks finished."""
    filled = list(file.filled_ranges())
    for offset, length in filled:
        assert file.read(offset, length) == CONTENT[offset : offset + length]
    assert any(start <= HERE[0] and sum(HERE) <= start + length for start, length in filled)
    assert not (tmp_path / "out").exists()


def finish(server: TlsServer, file: File, tmp_path: Path) -> None:
    """Mend the server: the file becomes whole, and what was here is not asked for again."""
    server.meet = serve
    server.requests.clear()
    here = list(file.filled_ranges())
    file.job.on_demand = False
    file.job.resume()
    assert file.job.wait(PATIENCE) is JobState.TRANSFERRED
    file.job.complete()
    assert (tmp_path / "out").read_bytes() == CONTENT[:]
    for request in server.requests:
        for asked in request.ranges:
            part = asked.resolve(SIZE)
            assert part is not None
            assert all(part.stop <= old.offset or old.end <= part.start for old in here)


def check_nothing_sent(server: TlsServer) -> None:
    """No request reached the server, neither through TLS nor in clear."""
    assert server.connections > 0
    assert server.requests == []
    assert b"GET " not in server.arrived


# -- certificates ---------------------------------------------------------------------------------

Chain = Identity | tuple[Identity, ...] | Pair


def of_no_authority(ca: Identity, _: Path) -> Chain:
    """Issued by a server, which may not."""
    is_none = x509.BasicConstraints(ca=False, path_length=None)
    server = ca.issue(HOST, common_name="another server", extensions=[(is_none, True)])
    return server.issue(HOST), server


def too_deep(ca: Identity, _: Path) -> Chain:
    """Issued by an authority below one that may have none below it."""
    first = ca.authority("first")
    second = first.authority("second")
    return second.issue(HOST), second, first


def intermediate_over(ca: Identity, _: Path) -> Chain:
    """Issued by an authority whose own certificate is over."""
    middle = ca.authority("middle", expires=NOW - DAY / 2)
    return middle.issue(HOST), middle


def out_of_bounds(ca: Identity, _: Path) -> Chain:
    """Issued by an authority that may do so for other names only."""
    bounds = x509.NameConstraints([x509.DNSName("example.org")], None)
    middle = ca.issue(
        common_name="middle", extensions=[(x509.BasicConstraints(True, 0), True), (bounds, True)]
    )
    return middle.issue(NAME), middle


def weak_key(ca: Identity, _: Path) -> Chain:
    """A key that can be broken."""
    return ca.issue(HOST, key=rsa.generate_private_key(65537, 1024))


def for_clients(ca: Identity, _: Path) -> Chain:
    """Not for servers."""
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    return ca.issue(HOST, extensions=[(usage, False)])


def forged(ca: Identity, _: Path) -> Chain:
    """Signed by somebody who calls himself as the authority does."""
    return Identity(ca.certificate, self_signed().key).issue(HOST)


def for_names(*names: str) -> Callable[[Identity, Path], Chain]:
    """For other names than the one that is asked for."""
    return lambda ca, _: ca.issue(*names)


# What the server shows, the host that is asked for, and words of the error.
CERTIFICATES: dict[str, tuple[Callable[[Identity, Path], Chain], str, str]] = {
    "for another host": (for_names("elsewhere.test"), HOST, "match"),
    "for another address": (for_names("127.0.0.2"), HOST, "match"),
    "over": (lambda ca, _: ca.issue(HOST, expires=NOW - DAY / 2), HOST, "expired"),
    "not begun": (
        lambda ca, _: ca.issue(HOST, starts=NOW + DAY / 2, expires=NOW + DAY),
        HOST,
        "not yet valid",
    ),
    "of a stranger": (lambda _, folder: Authority(folder, "stranger").server(), HOST, "issuer"),
    "self-signed": (lambda *_: self_signed(HOST), HOST, "self.signed"),
    "forged": (forged, HOST, "signature|certificate"),
    "intermediate missing": (lambda ca, _: ca.authority("middle").issue(HOST), HOST, "issuer"),
    "intermediate over": (intermediate_over, HOST, "expired"),
    "issued by a server": (of_no_authority, HOST, "CA"),
    "issued too deep": (too_deep, HOST, "path length"),
    "issued out of bounds": (out_of_bounds, NAME, "permitted subtree"),
    "for clients": (for_clients, HOST, "purpose"),
    "RSA of 1024 bits": (weak_key, HOST, "too small|too weak"),
    "SHA-1": (lambda ca, folder: weakly_signed(folder, ca, "sha1"), HOST, "too weak"),
    "MD5": (lambda ca, folder: weakly_signed(folder, ca, "md5"), HOST, "too weak"),
    "address as common name": (lambda ca, _: ca.issue(common_name=HOST), HOST, "name"),
    "host as common name": (lambda ca, _: ca.issue(common_name=NAME), NAME, "name"),
    "common name beside others": (
        lambda ca, _: ca.issue("elsewhere.test", common_name=NAME),
        NAME,
        "match",
    ),
    "address as DNS name": (
        lambda ca, _: ca.issue(extensions=[(dns_names(HOST), False)]),
        HOST,
        "match",
    ),
    "address for a name": (for_names(HOST), "localhost", "match"),
    "star of a top domain": (for_names("*.test"), "example.test", "match"),
    "star for two labels": (for_names("*.example.test"), "a.files.example.test", "match"),
    "star for none": (for_names("*.files.example.test"), NAME, "match"),
    "star in the middle": (for_names("files.*.test"), NAME, "match"),
    "star with letters": (for_names("f*.example.test"), NAME, "match"),
    "star alone": (for_names("*"), NAME, "match"),
    "star for an address": (for_names("*.0.0.1"), HOST, "match"),
    "name with a zero": (for_names(f"{NAME}\0.elsewhere.test"), NAME, "match"),
}


def dns_names(*names: str) -> x509.SubjectAlternativeName:
    """Names as such, whatever they look like."""
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in names])


def shown(server: TlsServer, chain: Chain, folder: Path) -> None:
    """Let the server show a certificate to whom comes next."""
    if isinstance(chain, Identity):
        chain = (chain,)
    is_saved = isinstance(chain[0], Path)
    server.context = context_of(chain if is_saved else save(folder, *chain))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificate(name: str, authority: Authority, tmp_path: Path) -> None:
    """A server with a wrong certificate is sent nothing, and the job ends; with a right one it goes on."""
    make, host, text = CERTIFICATES[name]
    with begun(tmp_path, authority, host) as (server, file):
        good = server.context
        try:
            chain = make(authority.identity, tmp_path)
        except FileNotFoundError as error:
            pytest.skip(f"{error}: nothing else makes such a certificate")
        shown(server, chain, tmp_path)
        error = fault_of(file)
        assert (error.name, error.context) == (UNTRUSTED, ErrorContext.GENERAL_TRANSPORT)
        assert file.job.state is JobState.ERROR
        assert re.search(text, str(error)), str(error)
        check_nothing_sent(server)
        check_disk(file, tmp_path)
        server.context = good
        finish(server, file, tmp_path)


def garbage(_: Authority, folder: Path) -> Path:
    """A file that is no list."""
    path = folder / "garbage.crl"
    path.write_text("nothing of the kind")
    return path


# The list of revocations, and words of the error.
REVOCATIONS: dict[str, tuple[Callable[[Authority, Path], Path], str]] = {
    "of another authority": (
        lambda _, folder: Authority(folder, "stranger").revocations(),
        "unable to get certificate CRL",
    ),
    "over": (lambda ca, _: ca.revocations(until=NOW - DAY / 2), "CRL has expired"),
    "garbage": (garbage, "CRL"),
}


@pytest.mark.parametrize("name", REVOCATIONS)
def test_list_of_revocations(name: str, authority: Authority, tmp_path: Path) -> None:
    """Where the list of revocations tells nothing of a certificate now, the server is sent nothing."""
    make, text = REVOCATIONS[name]
    good = authority.revocations()
    now = tmp_path / "now.crl"
    now.write_bytes(good.read_bytes())
    with begun(tmp_path, authority, flags=CRL, crl=now) as (server, file):
        now.write_bytes(make(authority, tmp_path).read_bytes())
        error = fault_of(file)
        assert error.context is ErrorContext.GENERAL_TRANSPORT
        assert file.job.state is JobState.ERROR
        assert re.search(text, str(error)), str(error)
        check_nothing_sent(server)
        check_disk(file, tmp_path)
        now.write_bytes(good.read_bytes())
        finish(server, file, tmp_path)


def test_revoked_meanwhile(authority: Authority, tmp_path: Path) -> None:
    """A certificate that was revoked since the last request is sent no other, nor is one with no list."""
    good, bad = authority.server(), authority.server("localhost")
    now = tmp_path / "now.crl"
    now.write_bytes(authority.revocations().read_bytes())
    flags = CRL | SecurityFlags.IGNORE_CERT_CN_INVALID
    with begun(tmp_path, authority, flags=flags, crl=now) as (server, file):
        server.context = context_of(bad)
        now.write_bytes(authority.revocations(bad[0]).read_bytes())
        error = fault_of(file)
        assert error.name == UNTRUSTED
        assert "revoked" in str(error)
        now.unlink()
        file.job.resume()
        assert "CRL" in str(fault_of(file))
        check_nothing_sent(server)
        check_disk(file, tmp_path)
        now.write_bytes(authority.revocations(bad[0]).read_bytes())
        server.context = context_of(good)
        finish(server, file, tmp_path)


@pytest.mark.parametrize(
    ("names", "host"),
    [
        (["*.example.test"], NAME),
        ([NAME.upper()], NAME),
        (["elsewhere.test", HOST, "::1"], HOST),
        (["elsewhere.test", NAME], f"{NAME}."),
    ],
)
def test_good_names(names: list[str], host: str, authority: Authority, tmp_path: Path) -> None:
    """A certificate may name its server by a star for one label, in any case, beside other names."""
    with begun(tmp_path, authority, host) as (server, file):
        shown(server, authority.identity.issue(*names), tmp_path)
        finish(server, file, tmp_path)


def test_certificate_changes(authority: Authority, tmp_path: Path) -> None:
    """A server may show another certificate of the same authority, and come with an intermediate."""
    with begun(tmp_path, authority) as (server, file):
        middle = authority.identity.authority("middle")
        shown(server, (middle.issue(HOST), middle), tmp_path)
        finish(server, file, tmp_path)


# -- handshakes -----------------------------------------------------------------------------------


def nothing(peer: Peer) -> None:
    """End the connection as it is."""


def reset(peer: Peer) -> None:
    """End it with RST."""
    peer.reset()


def silence(peer: Peer) -> None:
    """Say nothing."""
    peer.hold()


def after_hello(then: Meeting) -> Meeting:
    """Hear the client's first words, and do something else than answer."""

    def meet(peer: Peer) -> None:
        peer.receive()
        then(peer)

    return meet


def say(data: bytes, then: Meeting = silence) -> Meeting:
    """Say something that is no TLS of ours."""

    def meet(peer: Peer) -> None:
        peer.socket.sendall(data)
        then(peer)

    return meet


def alert(level: int, number: int) -> bytes:
    """A record with an alert."""
    return bytes([21, 3, 3, 0, 2, level, number])


def cut_handshake(most: int, then: Meeting) -> Meeting:
    """Send so many bytes of the handshake."""

    def meet(peer: Peer) -> None:
        peer.most = most
        try:
            peer.shake_hands()
        except ConnectionAbortedError:
            then(peer)

    return meet


def trickle(peer: Peer) -> None:
    """Send the handshake so slowly that it never ends."""
    peer.receive()
    peer.socket.sendall(bytes([22, 3, 3, 64, 0]))
    while not select.select([peer.socket], [], [], 0.05)[0]:
        peer.socket.sendall(b"\0")


def with_context(change: Callable[[ssl.SSLContext], None]) -> Meeting:
    """Shake hands as a server of other settings does."""

    def meet(peer: Peer) -> None:
        change(peer.server.context)
        serve(peer)

    return meet


def only(version: ssl.TLSVersion) -> Meeting:
    """Speak one version of TLS."""

    def change(context: ssl.SSLContext) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version

    return with_context(change)


def only_ciphers(names: str) -> Meeting:
    """Speak TLS 1.2 with these only."""

    def change(context: ssl.SSLContext) -> None:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(names)

    return with_context(change)


GARBAGE = b"\x91\xf2garbage" * 40
HANDSHAKES: dict[str, tuple[Meeting, str, str]] = {
    "FIN at once": (nothing, BROKEN, ""),
    "RST at once": (reset, BROKEN, ""),
    "FIN after the hello": (after_hello(nothing), BROKEN, ""),
    "RST after the hello": (after_hello(reset), BROKEN, ""),
    "silence": (silence, SILENT, ""),
    "FIN after a byte": (cut_handshake(1, nothing), BROKEN, ""),
    "FIN in the server's hello": (cut_handshake(60, nothing), BROKEN, ""),
    "RST in the server's hello": (cut_handshake(60, reset), BROKEN, ""),
    "silence in the server's hello": (cut_handshake(60, silence), SILENT, ""),
    "FIN in the certificate": (cut_handshake(500, nothing), BROKEN, ""),
    "RST in the certificate": (cut_handshake(500, reset), BROKEN, ""),
    "silence in the certificate": (cut_handshake(500, silence), SILENT, ""),
    "a byte now and then": (trickle, SILENT, ""),
    "garbage": (after_hello(say(GARBAGE)), BROKEN, "wrong version number"),
    "garbage in a record": (
        after_hello(say(bytes([22, 3, 3, 0, 200]) + GARBAGE)),
        BROKEN,
        "",
    ),
    "a record too long": (after_hello(say(b"\x16\3\3\xff\xff" + GARBAGE)), BROKEN, "length"),
    "HTTP in clear": (
        after_hello(say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
        BROKEN,
        "wrong version number",
    ),
    "another protocol": (say(b"SSH-2.0-OpenSSH_9.2\r\n"), BROKEN, "wrong version number"),
    "alert: handshake failure": (after_hello(say(alert(2, 40))), BROKEN, "handshake failure"),
    "alert: internal error": (after_hello(say(alert(2, 80))), BROKEN, "internal error"),
    "alert: unknown name": (after_hello(say(alert(2, 112))), BROKEN, "unrecognized name"),
    "alert: the end": (after_hello(say(alert(1, 0))), BROKEN, ""),
    "alert of no meaning": (after_hello(say(alert(2, 250))), BROKEN, ""),
    "TLS 1.0 only": (only(ssl.TLSVersion.TLSv1), BROKEN, "protocol version"),
    "TLS 1.1 only": (only(ssl.TLSVersion.TLSv1_1), BROKEN, "protocol version"),
    "ciphers without a key": (only_ciphers("aNULL:@SECLEVEL=0"), BROKEN, "handshake failure"),
    "ciphers that hide nothing": (only_ciphers("eNULL:@SECLEVEL=0"), BROKEN, "handshake failure"),
}


@pytest.mark.parametrize("name", HANDSHAKES)
def test_handshake(name: str, authority: Authority, tmp_path: Path) -> None:
    """A handshake that fails is an error that passes; nothing was sent, and the job goes on later."""
    meet, code, text = HANDSHAKES[name]
    with begun(tmp_path, authority) as (server, file):
        server.context = context_of(server.pair)  # no session of it is known
        server.meet = meet
        error = fault_of(file)
        assert (error.name, error.context) == (code, ErrorContext.GENERAL_TRANSPORT)
        assert file.job.state is JobState.TRANSIENT_ERROR
        assert re.search(text, str(error)), str(error)
        check_nothing_sent(server)
        check_disk(file, tmp_path)
        server.context = context_of(server.pair)
        finish(server, file, tmp_path)


def test_certificate_asked_for(authority: Authority, tmp_path: Path) -> None:
    """A server that wants a client's certificate ends the job, which goes on with one."""
    with begun(tmp_path, authority) as (server, file):
        server.context = context_of(server.pair)  # no session of it is known
        server.context.verify_mode = ssl.CERT_REQUIRED
        server.context.load_verify_locations(authority.file)
        error = fault_of(file)
        assert (error.name, file.job.state) == ("ERROR_CLIENT_AUTH_CERT_NEEDED", JobState.ERROR)
        assert server.requests == []
        check_disk(file, tmp_path)
        file.job.http.set_client_certificate(authority.client())
        finish(server, file, tmp_path)


LAX_SYSTEM = """\
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = lax
[lax]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""
DOWNLOAD = """\
import sys, bitscb3
store, url, path, ca = sys.argv[1:]
settings = bitscb3.Settings(no_progress_timeout_s=0, reconnects=0)
with bitscb3.Manager("engine", store, settings, ca_file=ca) as manager:
    job = manager.create_job("lax")
    job.add_file(url, path)
    job.resume()
    try:
        print(job.wait(20).name)
    except bitscb3.TransferError as error:
        print(error.name)
"""


@pytest.mark.parametrize(
    ("is_weak", "meet", "end"),
    [
        (False, serve, "TRANSFERRED"),
        (True, serve, UNTRUSTED),
        (False, only(ssl.TLSVersion.TLSv1_1), BROKEN),
    ],
)
def test_lax_system(
    is_weak: bool, meet: Meeting, end: str, authority: Authority, tmp_path: Path
) -> None:
    """What a system's OpenSSL is told to let pass is refused nevertheless."""
    ca = authority.identity
    shown = weak_key(ca, tmp_path) if is_weak else ca.issue(HOST)
    assert isinstance(shown, Identity)
    (tmp_path / "openssl.cnf").write_text(LAX_SYSTEM)
    with TlsServer(save(tmp_path, shown), Resource(CONTENT)) as server:
        server.meet = meet
        given = [str(tmp_path / "store"), server.url(), str(tmp_path / "out"), str(authority.file)]
        run = subprocess.run(
            [sys.executable, "-c", DOWNLOAD, *given],
            env={**os.environ, "OPENSSL_CONF": str(tmp_path / "openssl.cnf")},
            capture_output=True,
            text=True,
        )
    assert run.stdout.strip() == end, run.stderr


# -- after the handshake --------------------------------------------------------------------------

CUT = 100_000  # bytes of a body that arrive


def answered(end: Meeting, *faults: Fault, most: int = CUT) -> Meeting:
    """Send a response of which so many bytes arrive, and what comes then."""

    def meet(peer: Peer) -> None:
        peer.shake_hands()
        request = peer.read_request()
        if request is None:
            return
        behaviour = peer.server.behaviour
        for fault in faults:
            behaviour = fault(behaviour)
        response = behaviour(request)
        peer.write(response.head())
        body = b"".join(step for step in response.body if isinstance(step, bytes))
        peer.write(body[:most])
        end(peer)

    return meet


def in_clear(data: bytes) -> Meeting:
    """Put bytes on the wire that are not enciphered, and be silent."""

    def end(peer: Peer) -> None:
        peer.socket.sendall(data)
        peer.hold()

    return end


def spoiled(peer: Peer) -> None:
    """Send a record in which one bit is not as it was."""
    peer.spoil = True
    peer.write(bytes(1000))
    peer.hold()


def notify(peer: Peer) -> None:
    """End the connection as TLS asks for."""
    peer.end()


ENDS: dict[str, tuple[Meeting, str]] = {
    "FIN in a body": (answered(nothing), CLOSED),
    "RST in a body": (answered(reset), CLOSED),
    "close_notify in a body": (answered(notify), CLOSED),
    "silence in a body": (answered(silence), SILENT),
    "FIN before the answer": (answered(nothing, most=0), CLOSED),
    "FIN in chunks": (answered(nothing, chunked(8 * KIB)), CLOSED),
    "close_notify in chunks": (answered(notify, chunked(8 * KIB)), CLOSED),
    "FIN in a body without length": (answered(nothing, no_content_length()), CLOSED),
    "close_notify in a body without length": (answered(notify, no_content_length()), CLOSED),
    "garbage in a body": (answered(in_clear(GARBAGE)), CLOSED),
    "clear text in a body": (answered(in_clear(b"\x17\3\3\0\x20" + bytes(32))), CLOSED),
    "a spoiled record in a body": (answered(spoiled), CLOSED),
}


@pytest.mark.parametrize("name", ENDS)
def test_end(name: str, authority: Authority, tmp_path: Path, is_long: bool) -> None:
    """A connection that ends or is falsified in a body is lost; what came whole before stays."""
    meet, code = ENDS[name]
    if code == SILENT and not is_long:
        pytest.skip("libcurl takes six seconds more to see it: with --long only")
    with begun(tmp_path, authority) as (server, file):
        server.meet = meet
        error = fault_of(file)
        assert (error.name, error.context) == (code, ErrorContext.GENERAL_TRANSPORT)
        assert file.job.state is JobState.TRANSIENT_ERROR
        check_disk(file, tmp_path)
        finish(server, file, tmp_path)


@pytest.mark.parametrize("protocols", [["http/1.1"], ["h3", "http/1.1"], ["spdy/3"]])
def test_protocols(protocols: list[str], authority: Authority, tmp_path: Path) -> None:
    """HTTP/1.1 is spoken to a server that agrees on it by ALPN, or on nothing."""
    with begun(tmp_path, authority) as (server, file):
        server.context = context_of(server.pair, protocols)
        finish(server, file, tmp_path)


def test_protocol_not_spoken(authority: Authority, tmp_path: Path) -> None:
    """A server that agrees on HTTP/2 and answers in HTTP/1.1 is a lost connection."""

    def answer(peer: Peer) -> None:
        peer.shake_hands()
        assert peer.protocol == "h2"
        peer.read()
        peer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        peer.hold()

    with begun(tmp_path, authority) as (server, file):
        server.context = context_of(server.pair, ["h2", "http/1.1"])
        server.meet = answer
        error = fault_of(file)
        assert (error.name, file.job.state) == (CLOSED, JobState.TRANSIENT_ERROR)
        check_disk(file, tmp_path)
        server.context = context_of(server.pair)
        finish(server, file, tmp_path)


def cut_head(peer: Peer) -> None:
    """End in the middle of a head that, as it stands, would be one of an empty file."""
    peer.shake_hands()
    peer.read_request()
    peer.write(b'HTTP/1.1 200 OK\r\nETag: "1"\r\n')
    peer.end()


CUTS: dict[str, Meeting] = {
    "FIN at the end": answered(nothing, ignore_range(), no_content_length(), most=SIZE),
    "FIN in the body": answered(nothing, ignore_range(), no_content_length()),
    "FIN after the head": answered(nothing, ignore_range(), no_content_length(), most=0),
    "close_notify in the head": cut_head,
}


@pytest.mark.parametrize("name", CUTS)
def test_truncation(name: str, authority: Authority, tmp_path: Path) -> None:
    """A body whose length nobody tells is whole after close_notify only: a FIN may be anybody's."""
    good = save(tmp_path, authority.identity.issue(HOST))
    with (
        TlsServer(good, Resource(CONTENT)) as server,
        open_manager(tmp_path, SETTINGS, ca_file=authority.file) as manager,
    ):
        server.meet = CUTS[name]
        job = manager.create_job("truncation")
        file = job.add_file(server.url(), tmp_path / "out")
        job.resume()
        ends = (JobState.TRANSFERRED, JobState.ERROR, JobState.TRANSIENT_ERROR)
        eventually(lambda: job.state in ends)
        assert job.error is not None
        assert job.error.name == CLOSED
        assert job.state is JobState.TRANSIENT_ERROR
        assert not (tmp_path / "out").exists()
        server.meet = answered(notify, ignore_range(), no_content_length(), most=SIZE)
        job.resume()
        assert job.wait(PATIENCE) is JobState.TRANSFERRED
        assert file.progress.bytes_total == SIZE
        job.complete()
    assert (tmp_path / "out").read_bytes() == CONTENT[:]
