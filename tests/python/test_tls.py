# SPDX-License-Identifier: MIT
"""TLS: which certificates are trusted, overlooked, shown and pinned."""

from __future__ import annotations

import ssl
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from authority import Authority, der_of, sha1_of
from bitscb3 import (
    BitsError,
    InvalidStateError,
    Job,
    JobState,
    Manager,
    SecurityFlags,
    Settings,
    TransferError,
)
from bitscb3.testing import Nginx, write_file
from support import PATIENCE, eventually, open_manager

ONCE = Settings(no_progress_timeout_s=0)  # the first error is final


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority."""
    return Authority(tmp_path)


@pytest.fixture
def manager(tmp_path: Path, authority: Authority) -> Iterator[Manager]:
    """A manager that trusts it."""
    with open_manager(tmp_path, ONCE, ca_file=authority.file) as opened:
        yield opened


def job_for(manager: Manager, nginx: Nginx, path: Path) -> Job:
    """A job for the file /f."""
    job = manager.create_job("tls")
    job.add_file(nginx.url("/f"), path)
    return job


def fetch(job: Job) -> JobState:
    """Run it."""
    job.resume()
    return job.wait(10)


def test_trusted(manager: Manager, authority: Authority, www: Path, tmp_path: Path) -> None:
    """A server is trusted by the authority given to the manager."""
    write_file(www / "f", 1000)
    with Nginx(www, tls=authority.server()) as nginx:
        assert fetch(job_for(manager, nginx, tmp_path / "out")) is JobState.TRANSFERRED


@pytest.mark.parametrize(
    ("fault", "flag"),
    [
        ("expired", SecurityFlags.IGNORE_CERT_DATE_INVALID),
        ("host", SecurityFlags.IGNORE_CERT_CN_INVALID),
        ("authority", SecurityFlags.IGNORE_UNKNOWN_CA),
    ],
)
def test_faults_of_certificates(
    manager: Manager,
    authority: Authority,
    www: Path,
    tmp_path: Path,
    fault: str,
    flag: SecurityFlags,
) -> None:
    """Each fault of a certificate is refused, and overlooked by its own flag only."""
    write_file(www / "f", 1000)
    shown = {
        "expired": authority.expired_server,
        "host": lambda: authority.server("elsewhere.test"),
        "authority": lambda: Authority(tmp_path, "stranger").server(),
    }[fault]()
    every = (
        SecurityFlags.IGNORE_CERT_DATE_INVALID
        | SecurityFlags.IGNORE_CERT_CN_INVALID
        | SecurityFlags.IGNORE_UNKNOWN_CA
    )
    with Nginx(www, tls=shown) as nginx:
        lax = job_for(manager, nginx, tmp_path / "lax")
        lax.http.security_flags = flag
        assert fetch(lax) is JobState.TRANSFERRED
        for flags in (SecurityFlags(0), every & ~flag):
            job = job_for(manager, nginx, tmp_path / f"strict{int(flags)}")
            job.http.security_flags = flags
            with pytest.raises(TransferError, match="ertificate"):
                fetch(job)


def test_revoked(authority: Authority, www: Path, tmp_path: Path) -> None:
    """A revoked certificate is refused by the jobs that ask for that check."""
    write_file(www / "f", 1000)
    good, bad = authority.server("127.0.0.1"), authority.server("localhost")
    revoked = authority.revocations(bad[0])
    files = {"ca_file": authority.file, "crl_file": revoked}
    with open_manager(tmp_path, ONCE, **files) as manager:
        for number, (shown, check) in enumerate([(good, True), (bad, False), (bad, True)]):
            with Nginx(www, tls=shown) as nginx:
                job = job_for(manager, nginx, tmp_path / f"out{number}")
                job.http.security_flags = SecurityFlags.IGNORE_CERT_CN_INVALID
                if check:
                    job.http.security_flags |= SecurityFlags.ENABLE_CRL_CHECK
                if number == 2:
                    with pytest.raises(TransferError, match="revoked"):
                        fetch(job)
                else:
                    assert fetch(job) is JobState.TRANSFERRED


def test_no_list_of_revocations(
    manager: Manager, authority: Authority, www: Path, tmp_path: Path
) -> None:
    """The check for revoked certificates is an error without a list of them."""
    write_file(www / "f", 1000)
    with Nginx(www, tls=authority.server()) as nginx:
        job = job_for(manager, nginx, tmp_path / "out")
        job.http.security_flags = SecurityFlags.ENABLE_CRL_CHECK
        with pytest.raises(TransferError, match="no list") as caught:
            fetch(job)
    assert caught.value.hresult == 0x80072F19


def test_client_certificate(
    manager: Manager, authority: Authority, www: Path, tmp_path: Path
) -> None:
    """A job shows its certificate to a server that asks, and is refused without one."""
    write_file(www / "f", 1000)
    asks = f"ssl_verify_client on; ssl_client_certificate {authority.file};"
    client = authority.client("somebody")
    with Nginx(www, tls=authority.server(), extra_config=asks) as nginx:
        with pytest.raises(TransferError):
            fetch(job_for(manager, nginx, tmp_path / "without"))
        job = job_for(manager, nginx, tmp_path / "with")
        assert job.http.client_certificate is None
        assert job.http.remove_client_certificate() is False
        with pytest.raises(BitsError):
            job.http.set_client_certificate(tmp_path / "nothing.pem")
        with pytest.raises(BitsError, match="CRYPT_E_NOT_FOUND"):
            job.http.set_client_certificate(client, "anybody")
        job.http.set_client_certificate(client, "somebody")
        shown = job.http.client_certificate
        assert shown is not None
        assert shown.store == str(client)
        assert "somebody" in shown.subject
        assert shown.sha1 == sha1_of(client)
        assert fetch(job) is JobState.TRANSFERRED
        assert job.http.remove_client_certificate() is True


def test_pinned_certificates(
    manager: Manager, authority: Authority, www: Path, tmp_path: Path
) -> None:
    """A job with pins talks to servers that show one of them and sends nothing to others."""
    write_file(www / "f", 300_000)
    pinned, other = authority.server("127.0.0.1"), authority.server("localhost")
    pem = pinned[0].read_text()
    for pin in (pem, ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----END") + 25])):
        with Nginx(www, tls=pinned) as nginx:
            job = job_for(manager, nginx, tmp_path / "out")
            job.http.pin_certificates([pin])
            assert fetch(job) is JobState.TRANSFERRED
            nginx.wait_for_log(len)
            job.cancel()
    with Nginx(www, tls=other) as nginx:
        job = job_for(manager, nginx, tmp_path / "out")
        job.http.security_flags = SecurityFlags.IGNORE_CERT_CN_INVALID
        job.http.pin_certificates([pem])
        with pytest.raises(TransferError, match="declined"):
            fetch(job)
        assert nginx.log() == []
        job.http.pin_certificates([])
        assert fetch(job) is JobState.TRANSFERRED


def test_pins_are_set_early(
    manager: Manager, authority: Authority, www: Path, tmp_path: Path
) -> None:
    """Pins cannot be changed while a job is under way, and have to be certificates."""
    write_file(www / "f", 3_000_000)
    with Nginx(www, tls=authority.server(), rate=100_000) as nginx:
        job = job_for(manager, nginx, tmp_path / "out")
        pem_of_nothing = "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----"
        for wrong in ("nothing", b"nothing", pem_of_nothing):
            with pytest.raises(ValueError, match="certificate"):
                job.http.pin_certificates([wrong])
        with pytest.raises(TypeError):
            job.http.pin_certificates(authority.file.read_text())
        job.resume()
        for pins in ([], [authority.file.read_text()]):
            with pytest.raises(InvalidStateError, match="BG_E_READ_ONLY_WHEN_JOB_ACTIVE"):
                job.http.pin_certificates(pins)
        job.cancel()


def test_judged_certificates(
    manager: Manager, authority: Authority, www: Path, tmp_path: Path
) -> None:
    """A function judges a server's certificate once before anything is sent to it."""
    content = write_file(www / "f", 3_000_000)
    asked: list[tuple[str, bytes]] = []
    certificate, key = authority.server()
    with Nginx(www, tls=(certificate, key)) as nginx:
        job = job_for(manager, nginx, tmp_path / "out")

        def judge(url: str, shown: bytes) -> bool:
            asked.append((url, shown))
            if len(asked) == 1:
                raise RuntimeError("no opinion")
            return len(asked) > 2

        with pytest.raises(TypeError, match="function"):
            job.http.judge_certificates("yes")  # type: ignore[arg-type]
        job.http.judge_certificates(judge)
        for _ in range(2):
            with pytest.raises(TransferError, match="declined"):
                fetch(job)
        assert nginx.log() == []
        assert fetch(job) is JobState.TRANSFERRED
        assert asked == [(nginx.url("/f"), der_of(certificate))] * 3
        job.complete()
    assert (tmp_path / "out").read_bytes() == content[:]


@pytest.mark.parametrize("end", [Job.complete, Job.cancel])
def test_a_judge_is_let_go(
    manager: Manager, authority: Authority, www: Path, tmp_path: Path, end: Callable[[Job], None]
) -> None:
    """A function that judged for a job is let go when the job ends."""
    write_file(www / "f", 1000)

    class Judge:
        def __call__(self, url: str, shown: bytes) -> bool:
            return True

    judge = Judge()
    lives = weakref.ref(judge)
    with Nginx(www, tls=authority.server()) as nginx:
        job = job_for(manager, nginx, tmp_path / "out")
        job.http.judge_certificates(judge)
        del judge
        assert fetch(job) is JobState.TRANSFERRED
        assert lives() is not None
        end(job)
        eventually(lambda: lives() is None)


def test_close_while_a_judge_thinks(authority: Authority, www: Path, tmp_path: Path) -> None:
    """A manager closes while a judge has not answered; nothing was sent."""
    write_file(www / "f", 1000)
    inside, release = threading.Event(), threading.Event()

    def judge(url: str, shown: bytes) -> bool:
        inside.set()
        return release.wait(PATIENCE)

    with Nginx(www, tls=authority.server()) as nginx:
        with open_manager(tmp_path, ca_file=authority.file) as manager:
            job = job_for(manager, nginx, tmp_path / "out")
            job.http.judge_certificates(judge)
            job.resume()
            assert inside.wait(PATIENCE)
        release.set()
        assert nginx.log() == []


def test_locked_key(manager: Manager, authority: Authority, www: Path, tmp_path: Path) -> None:
    """A client certificate whose key is locked is an error of the job; nobody is asked for it."""
    write_file(www / "f", 1000)
    client = authority.client("locked")
    certificate, key = split_pem(client)
    locked = serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"sesame"),
    )
    client.write_bytes(certificate + locked)
    asks = f"ssl_verify_client on; ssl_client_certificate {authority.file};"
    with Nginx(www, tls=authority.server(), extra_config=asks) as nginx:
        job = job_for(manager, nginx, tmp_path / "out")
        job.http.set_client_certificate(client)
        with pytest.raises(TransferError, match="unable to set private key"):
            fetch(job)


def split_pem(path: Path) -> tuple[bytes, bytes]:
    """The certificate and the key of a file."""
    text = path.read_bytes()
    end = text.index(b"-----END CERTIFICATE-----") + 26
    return text[:end], text[end:]
