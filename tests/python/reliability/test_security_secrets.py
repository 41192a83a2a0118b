# SPDX-License-Identifier: MIT
"""Security: secrets given to a program are looked for in everything it leaves and says."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from bitscb3.testing import (
    Content,
    FaultServer,
    Request,
    Resource,
    Response,
    redirect,
    stall_after,
    status,
)
from command import bitscb3, environment, run, running
from servers import Proxy
from support import PATIENCE, open_manager

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sweep is Linux'")

SECRETS = {
    "Authorization": "jabberw0ck-token",
    "Cookie": "c00kie-crumb-1",
    "X-Api-Key": "v0rpal-blade-2",
    "user": "alice.liddell.3",
    "password": "looking-gl4ss-4",
    "proxy user": "cheshire-cat-5",
    "proxy password": "gr1n-without-6",
    "query": "snicker-sn4ck-7",
    "fragment": "frum1ous-8",
    "query of a redirect": "band3rsnatch-9",
    "login in a redirect": "m0me-raths-10",
    "cookie of a server": "b0rogoves-11",
    "header of a server": "tulgey-w00d-12",
    "parameter of a command line": "mansom-f0e-13",
    "header of open()": "wh1ffling-14",
    "header of fsspec": "manxsome-f0e-15",
    "wrong password": "uff1sh-thought-16",
}
PROGRAM = """
import contextlib, json, logging, os, signal, sys, tempfile, traceback
given = json.load(sys.stdin)
S, urls = given["secrets"], given["urls"]
logging.basicConfig(filename=given["log"], level=logging.DEBUG)
import bitscb3
from bitscb3 import AuthTarget, Manager, ProxySettings, ProxyUsage, SecurityFlags, Settings
manager = Manager("engine", given["store"],
                  settings=Settings(command_lines=1, no_progress_timeout_s=0))
manager.verbose = True

def tell(thing):
    for text in (repr, str):
        print(text(thing))
    with contextlib.suppress(AttributeError):
        print(thing._repr_html_())

spans = None
with contextlib.suppress(ImportError):
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from bitscb3.integrations.opentelemetry import instrument
    reader, spans, tracers = InMemoryMetricReader(), InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    instrument(manager, MeterProvider([reader]), tracers)

for number, (url, user, password) in enumerate(urls):
    job = manager.create_job(f"job {number}")
    job.http.headers = {"Authorization": "Bearer " + S["Authorization"],
                        "Cookie": "mine=" + S["Cookie"], "X-Api-Key": S["X-Api-Key"]}
    if user:
        job.http.headers = {"X-Api-Key": S["X-Api-Key"]}
        job.http.set_credentials(user, password)
    job.http.set_credentials(S["proxy user"], S["proxy password"], target=AuthTarget.PROXY)
    if given["proxied"]:
        job.http.proxy = given["proxy"]
    job.http.security_flags = SecurityFlags.REDIRECT_REPORT
    job.notify_command_line = ("/bin/true", "true " + S["parameter of a command line"])
    file = job.add_file(url, os.path.join(given["folder"], str(number)))
    job.resume()
    try:
        job.wait(20)
    except bitscb3.BitsError as error:
        tell(error)
        traceback.print_exc()
        manager_error = job.error
        tell(manager_error)
    for thing in (job, file, job.http, file.plot(), job.plot(), manager, job.progress,
                  manager.stats()):
        tell(thing)
    print(repr(file.response_headers), file.plot().svg, file.shown_name, job.shown_name)

for number, make in enumerate((lambda: job.http.set_credentials(S["user"], S["password"] + "\\0"),
             lambda: job.http.set_credentials(S["user"] * 30, S["password"]),
             lambda: setattr(job.http, "headers", {"X": S["X-Api-Key"] + "\\r\\nA: b"}),
             lambda: setattr(job.http, "headers", {"X-Api-Key": S["X-Api-Key"] * 2000}),
             lambda: setattr(job.http, "headers", {"X": 5, "Y": S["X-Api-Key"]}),
             lambda: job.add_file("http://%s:%s@host/f" % (S["user"], S["password"]), "/tmp/x"),
             lambda: job.add_file("http://host/f?" + S["query"] + "\\n", "/tmp/x"),
             lambda: job.add_file("ftp://host/f?" + S["query"], "/tmp/x"),
             lambda: setattr(job.http, "proxy", "%s:%s@proxy:1" % (S["proxy user"],
                                                                  S["proxy password"])),
             lambda: bitscb3.download(urls[0][0], "/nowhere/f", auth=S["password"]))):
    try:
        make()
    except (bitscb3.BitsError, ValueError, TypeError) as error:
        tell(error)
        print("refused", type(error))
    else:
        print("NOT REFUSED", number)

opened = bitscb3.open(urls[0][0], headers={"X-Api-Key": S["header of open()"]}, manager=manager)
opened.read(10)
tell(opened)
with contextlib.suppress(ImportError):
    import fsspec
    from bitscb3.integrations.fsspec import BitsFileSystem
    system = BitsFileSystem(headers={"X-Api-Key": S["header of fsspec"]}, store=given["store"])
    with system.open("bits+" + urls[0][0]) as stream:
        stream.read(10)
        tell(stream)
    tell(system)
    print(system._fs_token, fsspec.utils.tokenize(system), hash(system))
if spans is not None:
    print([span.to_json() for span in spans.get_finished_spans()], reader.get_metrics_data())
print("through")
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def forms(secret: str) -> set[bytes]:
    """How a text may lie in a file."""
    raw = secret.encode()
    shapes = {raw, raw.hex().encode(), secret.encode("utf-16-le"), secret.encode("utf-16-be")}
    for pad in range(3):  # where it begins in what is encoded shifts base64
        shapes.add(base64.b64encode(b"\0" * pad + raw)[4 * (pad > 0) + (pad > 0) : -4])
    shapes.add(urllib.parse.quote(secret, safe="").encode())
    return {shape for shape in shapes if len(shape) > 7}


def test_forms() -> None:
    """The sweep finds a secret in the forms a program may write it in."""
    login = b"user:" + SECRETS["password"].encode()
    for found in (
        SECRETS["password"].encode("utf-16-le"),
        base64.b64encode(login),
        base64.b64encode(b"x" + login),
        base64.b64encode(b"xx" + login),
    ):
        assert any(shape in found for shape in forms(SECRETS["password"])), found


class Sweep:
    """Looks for the secrets and counts."""

    def __init__(self) -> None:
        self.places = 0
        self.found: list[str] = []

    def look(self, where: str, content: bytes) -> None:
        """Look through `content`."""
        self.places += 1
        for name, secret in SECRETS.items():
            if any(shape in content for shape in forms(secret)):
                self.found.append(f"{name} in {where}")

    def files(self, folder: Path) -> None:
        """Look through every file of a folder."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.look(str(path.relative_to(folder)), path.read_bytes())


def answered(request: Request) -> Response:
    """A file behind a login, with a cookie and a secret of its own."""
    login = f"{SECRETS['user']}:{SECRETS['password']}".encode()
    wanted = "Basic " + base64.b64encode(login).decode()
    ours = ("Set-Cookie", f"crumb={SECRETS['cookie of a server']}")
    if request.path == "/login" and request.headers.get("authorization") != wanted:
        return status(401, {"WWW-Authenticate": 'Basic realm="x"', "Content-Length": "0"})(request)
    response = Resource(Content(50_000))(request).with_header(*ours)
    return response.with_header("X-Echo", SECRETS["header of a server"])


@pytest.fixture
def urls(fault_server: FaultServer) -> list[tuple[str, str, str]]:
    """URLs with what is to log in there."""
    query = f"?signature={SECRETS['query']}"
    for path in ("/f", "/login"):
        fault_server.serve(path, answered)
    moved = f"/f?signature={SECRETS['query of a redirect']}"
    user = SECRETS["login in a redirect"]
    away = fault_server.url(moved).replace("//", f"//{user}:{user}@")
    fault_server.serve("/moved", redirect(moved))
    fault_server.serve("/away", redirect(away))
    fault_server.serve("/down", redirect(f"ftp://{user}:{user}@host{moved}"))
    paths = ("/f", "/moved", "/away", "/down", "/missing")
    out = [(fault_server.url(path + query + "#" + SECRETS["fragment"]), "", "") for path in paths]
    login = fault_server.url("/login" + query)
    out.append((login, SECRETS["user"], SECRETS["password"]))
    out.append((login, SECRETS["user"], SECRETS["wrong password"]))
    return out


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "proxy"])
def test_sweep(
    proxied: bool,
    urls: list[tuple[str, str, str]],
    tmp_path: Path,
    figure: Callable[[str, object], None],
) -> None:
    """No file of the store, log, output, picture, span or command of a job holds a secret of it."""
    folders = {name: tmp_path / name for name in ("home", "temporary", "downloads", "store")}
    for name in ("home", "temporary", "downloads"):
        folders[name].mkdir()
    log = tmp_path / "home" / "program.log"
    variables = environment(
        HOME=str(folders["home"]),
        TMPDIR=str(folders["temporary"]),
        XDG_STATE_HOME=str(folders["home"] / "state"),
        XDG_CACHE_HOME=str(folders["home"] / "cache"),
    )
    with Proxy(SECRETS["proxy user"], SECRETS["proxy password"]) as proxy:
        given = {
            "secrets": SECRETS,
            "urls": urls,
            "log": str(log),
            "store": str(folders["store"]),
            "folder": str(folders["downloads"]),
            "proxied": proxied,
            "proxy": proxy.address,
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input=json.dumps(given).encode(),
            capture_output=True,
            env=variables,
            cwd=folders["home"],
            timeout=3 * PATIENCE,
            check=False,
        )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert done.stdout.endswith(b"through\n")
    assert [line for line in done.stdout.splitlines() if b"NOT REFUSED" in line] == []
    assert b"> GET " in log.read_bytes()
    assert bool(proxy.forwarded()) is proxied
    sweep = Sweep()
    sweep.look("standard output", done.stdout)
    sweep.look("standard error", done.stderr)
    for name in ("store", "home", "temporary", "downloads"):
        sweep.files(folders[name])
    assert (folders["store"] / "jobs.sqlite-wal").exists()
    with open_manager(tmp_path) as manager:
        jobs = {job.name: job for job in manager.jobs()}
        assert len(jobs) > len(urls) - 1
        kept = jobs["job 0"].http.headers  # they are there, for who may have them
        assert kept["X-Api-Key"] == SECRETS["X-Api-Key"]
        assert SECRETS["query"] in jobs["job 0"].files[0].remote_name
        ids = [str(jobs[f"job {number}"].id) for number in ((0, 5) if proxied else (1, 3))]
    commands = [("list",), ("gc",), ("list", "--json"), ("gc", "--json")]
    commands += [("info", ids[0]), ("info", "--json", ids[1])]
    for words in commands:
        told = run(words[0], tmp_path, *words[1:])
        sweep.look(" ".join(words), (told.stdout + told.stderr).encode())
    assert not sweep.found
    kind = "through a proxy" if proxied else "direct"
    figure(f"security: secrets swept for × places, {kind}", f"{len(SECRETS)} × {sweep.places}")


@pytest.fixture
def slow(release: threading.Event, fault_server: FaultServer) -> str:
    """A URL whose file does not end, with a query that is a secret."""
    source = Resource(Content(1 << 20))
    url = fault_server.serve("/slow", source, stall_after(1000, release))
    return f"{url}?signature={SECRETS['query']}"


def command_lines(root: int) -> str:
    """The command lines of a process, as ps shows them."""
    return Path(f"/proc/{root}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def test_ways_past_the_command_line(slow: str, tmp_path: Path, fault_server: FaultServer) -> None:
    """Headers from a file and URLs from standard input are in no command line, and are sent."""
    headers = tmp_path / "headers"
    headers.write_text(f"X-Api-Key: {SECRETS['X-Api-Key']}\n")
    words = ("get", "--store", tmp_path / "store", "--header", f"@{headers}", "-i", "-")
    with running(
        *words, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(slow + "\n")
        process.stdin.close()
        fault_server.wait_for(lambda records: any(r.stalled for r in records))
        shown = command_lines(process.pid)
        environ = Path(f"/proc/{process.pid}/environ").read_bytes().decode()
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stdout.read() + process.stderr.read()
    assert fault_server.requests[0].headers["x-api-key"] == SECRETS["X-Api-Key"]
    for text in (shown, environ, said):
        assert not [name for name, secret in SECRETS.items() if secret in text]


def test_headers_from_standard_input(tmp_path: Path, fault_server: FaultServer) -> None:
    """`--header @-` reads headers from standard input."""
    url = fault_server.serve("/f", Resource(Content(10)))
    words = ("get", "--store", tmp_path / "store", url, "--header", "@-")
    done = bitscb3(*words, cwd=tmp_path, input=f"X-Api-Key: {SECRETS['X-Api-Key']}\n")
    assert done.returncode == 0, done.stderr
    assert fault_server.requests[0].headers["x-api-key"] == SECRETS["X-Api-Key"]


def test_an_interrupted_get_tells_no_secret(
    slow: str, tmp_path: Path, fault_server: FaultServer
) -> None:
    """The advice of `get` when it is interrupted repeats no secret of its command line."""
    header = f"X-Api-Key: {SECRETS['X-Api-Key']}"
    words = ("get", "--store", tmp_path / "store", "--header", header, slow)
    with running(*words, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        fault_server.wait_for(lambda records: any(r.stalled for r in records))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert "interrupted" in said
    assert not [name for name, secret in SECRETS.items() if secret in said]
