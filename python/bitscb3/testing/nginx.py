# SPDX-License-Identifier: MIT
"""A real nginx on loopback, with its own configuration, log and temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .spans import Span, parse_ranges

_START_S = 10.0
_GRACE_S = 0.25
_STOP_S = 5.0
_TICK_S = 0.005
_ATTEMPTS = 5

_LOG_VARIABLES = {
    "connection": "$connection",
    "protocol": "$server_protocol",
    "method": "$request_method",
    "target": "$request_uri",
    "status": "$status",
    "bytes_sent": "$body_bytes_sent",
    "range": "$http_range",
    "if_match": "$http_if_match",
    "if_unmodified_since": "$http_if_unmodified_since",
}

_CONFIGURATION = """\
daemon off;
{user}
worker_processes 1;
pid nginx.pid;
events {{ worker_connections 4096; }}
http {{
    log_format bitscb3 escape=json '{log_format}';
    access_log access.log bitscb3;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    default_type application/octet-stream;
    sendfile on;
    tcp_nopush off;
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{port}{listen_options};
        root {root};
{server_lines}
    }}
}}
"""


@dataclass(frozen=True)
class LogRecord:
    """A request that nginx has answered, as its access log tells."""

    connection: int
    """Number of the connection, unique in one nginx."""
    protocol: str
    method: str
    target: str
    """Path and query, as sent."""
    status: int
    bytes_sent: int
    """Bytes after the header block; may exceed what a client that went away has read."""
    range: str
    """The Range header, empty without one; so are the conditions."""
    if_match: str
    if_unmodified_since: str

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def ranges(self) -> tuple[Span, ...]:
        """What the Range header asks for; none if it is missing or malformed."""
        return parse_ranges(self.range)


class Nginx:
    """Serves a folder while its context is entered.

        with Nginx(folder) as nginx:
            url = nginx.url("/file.bin")

    Args:
        root: The folder, readable by the user who runs this.
        tls: Files of the certificate chain and of its key, in PEM; the server then speaks TLS only.
        http2: Offer HTTP/2, with `tls`.
        extra_config: Lines for the `server` block of nginx's configuration.
        rate: Bytes per second for each response; None is without limit.

    Raises:
        FileNotFoundError: nginx is not installed (on entering).
        RuntimeError: nginx did not start; the text holds its own words (on entering).

    Threads:
        Every method may be called from any thread.
    """

    def __init__(
        self,
        root: Path,
        *,
        tls: tuple[Path | str, Path | str] | None = None,
        http2: bool = False,
        extra_config: str = "",
        rate: int | None = None,
    ) -> None:
        self._root = root
        self._tls = tls
        self._http2 = http2
        self._server_lines = [extra_config]
        if rate is not None:
            self._server_lines.append(f"limit_rate {rate};")
        if tls is not None:
            certificate, key = map(_quoted, tls)
            self._server_lines += [f"ssl_certificate {certificate};", f"ssl_certificate_key {key};"]
        self._port = 0
        self._lock = threading.Lock()  # guards _log and _log_bytes
        self._log: list[LogRecord] = []
        self._log_bytes = 0

    def __enter__(self) -> Nginx:
        """Start nginx and return once it accepts connections."""
        program = _find_program()
        self._folder = tempfile.TemporaryDirectory(prefix="bitscb3-nginx-")
        try:
            for attempt in range(1, _ATTEMPTS + 1):
                if self._start(program):
                    return self
                words = self._words()
                if attempt == _ATTEMPTS or "Address already in use" not in words:
                    raise RuntimeError(f"nginx did not start: {words}")
            raise AssertionError("unreachable")
        except BaseException:
            self._folder.cleanup()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop nginx: at once if idle, a moment later if a response is being sent."""
        try:
            self._stop()
            self.log()
        finally:
            self._folder.cleanup()

    def url(self, path: str) -> str:
        """The address of a path, which starts with a slash and is encoded already."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}{path}"

    def log(self) -> list[LogRecord]:
        """The requests answered so far, in the order their responses ended.

        A response is logged after its last byte was sent, so a client may be there first:
        see `wait_for_log`. The log stays after the context was left.
        """
        with self._lock:
            try:
                with self._path("access.log").open("rb") as file:
                    file.seek(self._log_bytes)
                    lines = file.read()
            except FileNotFoundError:
                lines = b""
            lines = lines[: lines.rfind(b"\n") + 1]
            self._log_bytes += len(lines)
            self._log += map(_parse_log_line, lines.splitlines())
            return self._log.copy()

    def wait_for_log(
        self, predicate: Callable[[list[LogRecord]], object], timeout: float = 10.0
    ) -> list[LogRecord]:
        """Wait until the log satisfies a predicate, and return it.

        Args:
            predicate: Called with all records, again and again.
            timeout: Longest wait in seconds.

        Raises:
            TimeoutError: It was not satisfied in time; the text shows the last records.
        """
        deadline = time.monotonic() + timeout
        while not predicate(records := self.log()):
            if time.monotonic() >= deadline:
                raise TimeoutError(f"not logged in {timeout} s; last requests: {records[-3:]}")
            time.sleep(_TICK_S)
        return records

    def bytes_sent(self, path: str) -> int:
        """Bytes after header blocks logged so far for a path, in all responses together."""
        return sum(record.bytes_sent for record in self.log() if record.path == path)

    def _path(self, name: str) -> Path:
        return Path(self._folder.name) / name

    def _start(self, program: str) -> bool:
        """Start nginx on a free port and tell whether it accepts connections there."""
        self._port = _free_port()
        self._path("error.log").unlink(missing_ok=True)
        self._path("nginx.conf").write_text(self._configuration(), encoding="utf-8")
        command = [program, "-p", self._folder.name, "-c", "nginx.conf", "-e", "error.log"]
        with self._path("output").open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C does not reach nginx: leaving the context stops it
            )
        deadline = time.monotonic() + _START_S
        try:
            while time.monotonic() < deadline:
                if self._has_ended(_TICK_S):
                    return False
                if self._accepts():
                    return True
        except BaseException:
            self._stop()
            raise
        self._stop()
        return False

    def _accepts(self) -> bool:
        """Whether this nginx, and no other program, accepts connections on the port."""
        try:
            if not self._path("nginx.pid").read_text():  # written once the port is bound
                return False
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True

    def _stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)  # lets responses end
        if self._has_ended(_GRACE_S):
            return
        self._process.terminate()
        if self._has_ended(_STOP_S):
            return
        os.killpg(self._process.pid, signal.SIGKILL)  # master and worker
        self._process.wait()

    def _has_ended(self, timeout: float) -> bool:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _words(self) -> str:
        """What nginx wrote about a failure."""
        texts = [self._path(name) for name in ("output", "error.log")]
        return "\n".join(path.read_text(errors="replace") for path in texts if path.exists())

    def _configuration(self) -> str:
        return _CONFIGURATION.format(
            user=_user_directive(),
            log_format=json.dumps(_LOG_VARIABLES),
            port=self._port,
            listen_options=(" ssl" if self._tls else "") + (" http2" if self._http2 else ""),
            root=_quoted(self._root),
            server_lines="\n".join(f"        {line}" for line in self._server_lines if line),
        )


def _find_program() -> str:
    folders = [os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"]
    program = shutil.which("nginx", path=os.pathsep.join(folders))
    if program is None:
        raise FileNotFoundError(
            "nginx was not found; on Debian and Ubuntu: apt-get install nginx-light"
        )
    return program


def _free_port() -> int:
    """A port that is free now; another program may be faster to bind it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _user_directive() -> str:
    """Run the worker as root if we are root: it must read the folder as we do."""
    import grp
    import pwd

    if os.geteuid() != 0:
        return ""
    return f"user {pwd.getpwuid(0).pw_name} {grp.getgrgid(0).gr_name};"


def _quoted(path: Path | str) -> str:
    """An absolute path as a word of nginx's configuration.

    Raises:
        ValueError: It holds a dollar sign, which nginx cannot be given.
    """
    text = str(Path(path).resolve())
    if "$" in text:
        raise ValueError(f"nginx takes no path with a dollar sign: {text}")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _parse_log_line(line: bytes) -> LogRecord:
    fields = json.loads(line.decode("latin-1"))
    numbers = {name: int(fields[name]) for name in ("connection", "status", "bytes_sent")}
    return LogRecord(**{**fields, **numbers})
