# SPDX-License-Identifier: MIT
"""Where trusted authorities are found: an argument, variables, the system, certifi."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authority import Authority
from bitscb3 import BitsError, JobState, Settings, TransferError, _core
from bitscb3.testing import Nginx, write_file
from support import open_manager

ONCE = Settings(no_progress_timeout_s=0)  # the first error is final

# Where the engine looks, hidden from what is run behind it.
WITHOUT_AUTHORITIES = [
    "unshare",
    "--mount",
    "--map-root-user",
    "sh",
    "-c",
    "for d in /etc/ssl /etc/pki /etc/openssl /var/lib/ca-certificates /usr/local/etc/ssl; do "
    'if [ -d $d ]; then mount -t tmpfs none $d || exit 99; fi; done; exec "$@"',
    "sh",
]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that no variable names."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    return Authority(tmp_path)


@pytest.fixture
def server(authority: Authority, www: Path) -> Iterator[Nginx]:
    """A server of that authority with a file /f."""
    write_file(www / "f", 1000)
    with Nginx(www, tls=authority.server()) as nginx:
        yield nginx


def fetch(server: Nginx, tmp_path: Path, **options: object) -> JobState:
    """Download the file with a manager opened now."""
    with open_manager(tmp_path, ONCE, **options) as manager:
        job = manager.create_job("a")
        job.add_file(server.url("/f"), tmp_path / "out")
        job.resume()
        return job.wait(20)


def make_certifi(folder: Path, body: str) -> Path:
    """A package certifi; the folder to import it from."""
    (folder / "certifi").mkdir(parents=True)
    (folder / "certifi/__init__.py").write_text(body)
    return folder


def test_variable_of_a_file(
    server: Nginx, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE names the authorities that are trusted, and no others are."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    assert fetch(server, tmp_path) is JobState.TRANSFERRED
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path, "stranger").file))
    with pytest.raises(TransferError, match="ca_file"):
        fetch(server, tmp_path)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_variable_of_folders(
    server: Nginx, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_DIR names folders of hashed certificates that are trusted."""
    folder = tmp_path / "authorities"
    folder.mkdir()
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'none'}:{folder}")
    with pytest.raises(TransferError, match="ca_file"):
        fetch(server, tmp_path)
    shutil.copy(authority.file, folder)
    subprocess.run(["openssl", "rehash", str(folder)], check=True)
    assert fetch(server, tmp_path) is JobState.TRANSFERRED


def test_argument_first(
    server: Nginx, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where ca_file is given the variables do not count, whatever they name."""
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path, "stranger").file))
    monkeypatch.setenv("SSL_CERT_DIR", "/no/such/folder")
    assert fetch(server, tmp_path, ca_file=authority.file) is JobState.TRANSFERRED


@pytest.mark.usefixtures("authority")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/no/such/file.pem"),
        ("SSL_CERT_FILE", "/"),
        ("SSL_CERT_DIR", "/no/such/folder:/nor/this"),
    ],
)
def test_bad_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A variable that names nothing is told when a manager is opened."""
    monkeypatch.setenv(name, value)
    with pytest.raises(BitsError, match=f'{name} is "{value}".*unset it') as caught:
        open_manager(tmp_path)
    assert isinstance(caught.value, OSError)
    assert caught.value.hresult == 0x80070002


def test_certifi(
    server: Nginx, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without authorities of the system those of certifi are trusted."""
    body = f"def where():\n    return {str(authority.file)!r}\n"
    monkeypatch.syspath_prepend(make_certifi(tmp_path / "lib", body))
    monkeypatch.delitem(sys.modules, "certifi", raising=False)
    monkeypatch.setattr(_core, "has_authorities", lambda: False)
    assert fetch(server, tmp_path) is JobState.TRANSFERRED


@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run([*WITHOUT_AUTHORITIES, "true"], capture_output=True).returncode != 0,
    reason="needs namespaces",
)
@pytest.mark.parametrize("installed", [True, False])
def test_system_without_authorities(
    server: Nginx, authority: Authority, tmp_path: Path, installed: bool
) -> None:
    """On a system without authorities certifi's are trusted, and without it https is refused."""
    where = f"def where():\n    return {str(authority.file)!r}\n"
    path = make_certifi(tmp_path / "lib", where if installed else "raise ImportError\n")
    code = (
        "import sys, bitscb3; m = bitscb3.Manager('engine', sys.argv[1]); j = m.create_job('a')\n"
        "j.add_file(sys.argv[2], sys.argv[3]); j.resume(); print(j.wait(20).name)"
    )
    given = [str(tmp_path / "store"), server.url("/f"), str(tmp_path / "out")]
    run = subprocess.run(
        [*WITHOUT_AUTHORITIES, sys.executable, "-c", code, *given],
        env=os.environ | {"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
    )
    if installed:
        assert run.stdout.strip() == "TRANSFERRED", run.stderr
    else:
        assert "No certificate authority is trusted here" in run.stderr
