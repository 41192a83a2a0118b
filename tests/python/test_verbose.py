# SPDX-License-Identifier: MIT
"""What libcurl says of requests, in the log: by whom it is turned on, and without secrets."""

from __future__ import annotations

import base64
import contextlib
import gc
import logging
import re
import subprocess
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from authority import Authority
from bitscb3 import (
    AuthTarget,
    BitsError,
    InvalidStateError,
    JobState,
    Manager,
    ProxySettings,
    ProxyUsage,
    SecurityFlags,
    Settings,
    TransferError,
)
from bitscb3.testing import Content, FaultServer, Nginx, Resource, header, redirect, write_file
from servers import Proxy
from support import PATIENCE, eventually, open_manager

ONCE = Settings(no_progress_timeout_s=0)  # the first error is final


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of libcurl so far."""
    return [r.getMessage() for r in caplog.records if r.name == "bitscb3.http"]


def log_threads() -> list[threading.Thread]:
    """The threads that log libcurl's lines."""
    return [thread for thread in threading.enumerate() if thread.name == "bitscb3-log"]


def fetch(manager: Manager, url: str, path: Path) -> None:
    """Download one file."""
    with manager.create_job("fetch") as job:
        job.add_file(url, path)


@pytest.fixture
def url(fault_server: FaultServer) -> str:
    """The URL of a file."""
    return fault_server.serve("/f", Resource(Content(1000)))


def test_the_logger_turns_it_on(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Setting the logger to DEBUG before a manager is opened suffices; close() ends the thread."""
    with caplog.at_level(logging.DEBUG, "bitscb3.http"), open_manager(tmp_path) as manager:
        assert manager.verbose
        fetch(manager, url, tmp_path / "out")
        assert len(log_threads()) == 1
    assert not log_threads()
    lines = said(caplog)  # all of them: close() waits
    assert "[1] > GET /f HTTP/1.1" in lines
    assert "[1] < HTTP/1.1 206 Partial Content" in lines
    assert "[1] < Content-Length: 1000" in lines
    assert re.search(r"\[1\] \* Connection .* left intact", lines[-1])


def test_off_by_itself(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO nothing is collected and no thread runs, until `verbose` is set; then it goes on and off."""
    with caplog.at_level(logging.INFO, "bitscb3.http"):
        manager = open_manager(tmp_path)
        assert not manager.verbose
        fetch(manager, url, tmp_path / "out")
        assert not log_threads()
    with caplog.at_level(logging.DEBUG, "bitscb3.http"), manager:
        fetch(manager, url, tmp_path / "out")
        manager.verbose = True
        fetch(manager, url, tmp_path / "out")
        manager.verbose = False
        fetch(manager, url, tmp_path / "out")
        assert not manager.verbose
    assert len([line for line in said(caplog) if "> GET" in line]) == 1
    manager.verbose = False
    with pytest.raises(InvalidStateError):
        manager.verbose = True


def test_interleaved(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Lines of requests that run at once are told apart by their number, job, file and URL."""
    urls = [fault_server.serve(f"/{n}", Resource(Content(3_000_000, seed=n))) for n in range(6)]
    with caplog.at_level(logging.DEBUG, "bitscb3.http"), open_manager(tmp_path) as manager:
        jobs = [manager.create_job(name) for name in ("one", "two")]
        for number, url in enumerate(urls):
            jobs[number % 2].add_file(url, tmp_path / str(number))
        for job in jobs:
            job.resume()
        for job in jobs:
            job.wait(PATIENCE)
        ids = {str(job.id): job.name for job in jobs}
    asked = {}
    for record in caplog.records:
        extras = vars(record)
        key = extras["bits_transfer"]
        who = (extras["bits_job"], extras["bits_job_name"], extras["bits_file"], extras["bits_url"])
        assert asked.setdefault(key, who) == who
        assert ids[who[0]] == who[1]
        assert record.getMessage().startswith(f"[{key}] {extras['bits_line']} ")
        if extras["bits_line"] == ">" and " GET " in record.getMessage():
            number = int(who[3].rpartition("/")[2])
            assert f"GET /{number} HTTP/1.1" in record.getMessage()
            assert (who[1], who[2]) == (("one", "two")[number % 2], number // 2)
            assert who[3] == urls[number]
    assert len(asked) >= len(urls)


class Stuck(logging.Handler):
    """A logging handler that does not come back before it may."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.release = threading.Event()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.entered.set()
        assert self.release.wait(PATIENCE)
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def attached(handler: logging.Handler) -> Iterator[None]:
    """The handler gets libcurl's lines."""
    logger = logging.getLogger("bitscb3.http")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def test_lost_lines_are_counted(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What comes faster than it is logged is dropped, the oldest first, counted and told in one line."""
    handler = Stuck()
    many = range(600)  # with some twenty lines each
    urls = [fault_server.serve(f"/{n}", Resource(Content(10, seed=n))) for n in many]
    with (
        caplog.at_level(logging.DEBUG, "bitscb3.http"),
        attached(handler),
        open_manager(tmp_path) as manager,
    ):
        with manager.create_job("many") as job:
            job.add_files([(url, tmp_path / str(n)) for n, url in enumerate(urls)])
        assert handler.entered.wait(PATIENCE)
        handler.release.set()
    told = [line for line in handler.lines if "dropped" in line]
    assert len(told) == 1
    dropped = int(told[0].split()[0])
    assert dropped > 1000
    assert any(line.startswith("[600] ") for line in handler.lines)


def test_a_handler_that_raises(url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A logging handler that raises loses its line, and neither the thread nor the transfer ends."""
    lines = []

    class Bad(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())
            raise ZeroDivisionError

    with (
        caplog.at_level(logging.DEBUG, "bitscb3.http"),
        attached(Bad()),
        open_manager(tmp_path) as manager,
    ):
        fetch(manager, url, tmp_path / "out")
    assert len(lines) > 5


def test_a_dropped_manager(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A verbose manager that is dropped is closed, and its thread ends."""
    with caplog.at_level(logging.DEBUG, "bitscb3.http"):
        manager = open_manager(tmp_path)
        assert log_threads()
        dropped = weakref.ref(manager)
        del manager
        gc.collect()
        assert dropped() is None
        eventually(lambda: not log_threads())


def test_control_characters_do_not_come_through(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What a server sends cannot steer a terminal, nor end the thread by being no UTF-8."""
    evil = header("Server", "a\x1b[2Jb\xff")
    url = fault_server.serve("/f", Resource(Content(10)), evil)
    with caplog.at_level(logging.DEBUG, "bitscb3.http"), open_manager(tmp_path) as manager:
        fetch(manager, url, tmp_path / "out")
    assert any("Server: a [2Jb" in line for line in said(caplog))
    assert all(line.isprintable() for line in said(caplog))


# -- secrets --------------------------------------------------------------------------------------

USER, PASSWORD = "alice.liddell", "looking-gl4ss"
PROXY_USER, PROXY_PASSWORD = "cheshire", "gr1n"
TOKEN, COOKIE, SIGNED, MOVED = "jabberw0ck", "c00kie-crumb", "v0rpal-blade", "snicker-sn4ck"
HATTER, TEA = "hatter", "t3a-party"  # user info of a redirect


def basic(user: str, password: str) -> str:
    """As it goes over the wire."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


SECRETS = [
    *(USER, PASSWORD, PROXY_USER, PROXY_PASSWORD, TOKEN, COOKIE, SIGNED, MOVED, HATTER, TEA),
    *(basic(USER, PASSWORD), basic(PROXY_USER, PROXY_PASSWORD), basic(HATTER, TEA)),
    "realm-of-wonder",  # of a challenge
]


def assert_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    """Neither a message nor anything else on a record holds a secret."""
    formatter = logging.Formatter("%(message)s")
    for record in caplog.records:
        text = formatter.format(record) + repr(vars(record))
        assert not [secret for secret in SECRETS if secret.lower() in text.lower()], text


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A file with the server's user."""
    command = ["openssl", "passwd", "-apr1", PASSWORD]
    hashed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    path = tmp_path / "users"
    path.write_text(f"{USER}:{hashed}\n")
    return path


def wonderland(users: Path) -> str:
    """Nginx' lines: a login, an echo of every secret, and redirects that hold others."""
    return f"""
        auth_basic "realm-of-wonder"; auth_basic_user_file {users};
        add_header Set-Cookie "crumb={COOKIE}; Path=/" always;
        add_header X-Echo $http_x_token always;
        add_header Via $http_x_token always;
        add_header Link "<https://{HATTER}:{TEA}@127.0.0.1/>" always;
        location /moved {{ return 302 /f?signature={MOVED}#{MOVED}; }}
        location /away {{ return 302 $scheme://{HATTER}:{TEA}@$http_host/f?signature={MOVED}; }}
        location /gone {{ return 410; }}
    """


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "proxy"])
@pytest.mark.parametrize("protocol", ["http", "https", "h2"])
def test_no_secrets(
    www: Path,
    users: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    protocol: str,
    proxied: bool,
) -> None:
    """Logins, tokens, cookies, signed URLs and redirects never reach a record, at any protocol."""
    content = write_file(www / "f", 100_000)
    authority = Authority(tmp_path)
    tls = None if protocol == "http" else authority.server()
    lines = wonderland(users)
    with (
        caplog.at_level(logging.DEBUG),
        Nginx(www, tls=tls, http2=protocol == "h2", extra_config=lines) as nginx,
        Proxy(PROXY_USER, PROXY_PASSWORD) as proxy,
        open_manager(tmp_path, ONCE, ca_file=authority.file) as manager,
    ):
        for name in ("f", "moved", "away", "gone", "refused"):
            job = manager.create_job(name)
            job.http.headers = {"X-Token": TOKEN, "Cookie": f"mine={COOKIE}", "Referer": MOVED}
            job.http.proxy = proxy.address if proxied else None
            job.http.set_credentials(
                PROXY_USER if proxied else USER, PROXY_PASSWORD, target=AuthTarget.PROXY
            )
            job.http.set_credentials(USER, PASSWORD if name != "refused" else TOKEN)
            job.http.security_flags = SecurityFlags.REDIRECT_REPORT
            path = "f" if name == "refused" else name
            job.add_file(nginx.url(f"/{path}?signature={SIGNED}"), tmp_path / name)
            job.resume()
            if name in ("gone", "refused"):
                with pytest.raises(TransferError):
                    job.wait(PATIENCE)
                job.cancel()
                continue
            if name == "away":  # where it leads to may want another login
                with contextlib.suppress(BitsError):
                    job.wait(PATIENCE)
                job.cancel()
                continue
            assert job.wait(PATIENCE) is JobState.TRANSFERRED
            job.complete()
            assert (tmp_path / name).read_bytes() == content[:]
    assert_no_secret(caplog)
    text = "\n".join(said(caplog))
    version = "HTTP/2" if protocol == "h2" else "HTTP/1.1"
    full = nginx.url("") if proxied and protocol == "http" else ""
    assert f"> GET {full}/f… {version}" in text
    assert re.search(r"> authorization: …", text, re.IGNORECASE)
    assert re.search(r"> x-token: …", text, re.IGNORECASE)
    assert re.search(r"< set-cookie: …", text, re.IGNORECASE)
    assert re.search(r"< location: https?://127.0.0.1:\d+/f…", text, re.IGNORECASE)
    assert re.search(r"< location: https?://…@127.0.0.1:\d+/f…", text, re.IGNORECASE)
    assert re.search(r"< www-authenticate: Basic …", text, re.IGNORECASE)
    assert ("> Proxy-Authorization: …" in text) is proxied
    if protocol == "h2":
        assert re.search(r"\[authorization: …\]", text)
        assert re.search(r"\[:path: /f…\]", text)


def test_login_of_a_proxy_in_the_environment(
    www: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login in the variable that names a proxy does not reach a record."""
    write_file(www / "f", 1000)
    with (
        caplog.at_level(logging.DEBUG),
        Nginx(www) as nginx,
        Proxy(PROXY_USER, PROXY_PASSWORD) as proxy,
        open_manager(tmp_path, ONCE) as manager,
    ):
        login = f"{PROXY_USER}:{PROXY_PASSWORD}@{proxy.address}"
        monkeypatch.setenv("no_proxy", "")
        for value in (login, f"http://{login}"):
            monkeypatch.setenv("http_proxy", value)
            with manager.create_job("environment") as job:
                job.http.proxy = ProxySettings(ProxyUsage.PRECONFIG)
                job.add_file(nginx.url("/f"), tmp_path / "out")
    assert len(proxy.asked()) == 2
    assert "Uses proxy env variable…" in "\n".join(said(caplog))
    assert_no_secret(caplog)


def test_secrets_of_many_redirects(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Addresses a server leads to lose what may be secret, however they are written."""
    base = fault_server.url("")
    places = [
        f"/f?t={TOKEN}",
        f"/f#{TOKEN}",
        f"{base}/f?a=b@c&t={TOKEN}",
        f"{base.replace('//', f'//{HATTER}:{TEA}@')}/f",
        f"//{HATTER}:{TEA}@127.0.0.1:{base.rpartition(':')[2]}/f",
        f"http://{HATTER}:{TEA}?@elsewhere.invalid/",
        f"http://{HATTER}:{TEA}%20x@elsewhere.invalid:99999/",
        f"nonsense:x?{TOKEN}",
    ]
    fault_server.serve("/f", Resource(Content(10)))
    with caplog.at_level(logging.DEBUG), open_manager(tmp_path, ONCE) as manager:
        for number, place in enumerate(places):
            url = fault_server.serve(f"/{number}", redirect(place))
            job = manager.create_job("redirect")
            job.add_file(url, tmp_path / str(number))
            job.resume()
            with contextlib.suppress(BitsError):
                job.wait(PATIENCE)
            job.cancel()
    assert len([line for line in said(caplog) if "< Location: " in line]) == len(places)
    assert_no_secret(caplog)
