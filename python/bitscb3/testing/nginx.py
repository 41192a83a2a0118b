# SPDX-License-Identifier: MIT
"""A real nginx on loopback, with its own configuration, log and temporary folder."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from .program import HOST, TICK_S, Program
from .spans import Span, parse_ranges

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
        listen {host}:{port}{listen_options};
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


class Nginx(Program):
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
        FileNotFoundError: nginx is not installed; the text names the package (on entering).
        RuntimeError: nginx did not start; the text holds its own words (on entering).
        ValueError: A path holds a dollar sign, which nginx cannot be given.

    Threads:
        Every method may be called from any thread.
    """

    name = "nginx"
    package = "nginx-light"
    gentle_signal: ClassVar[int] = getattr(signal, "SIGQUIT", signal.SIGTERM)  # Windows has none

    def __init__(
        self,
        root: Path,
        *,
        tls: tuple[Path | str, Path | str] | None = None,
        http2: bool = False,
        extra_config: str = "",
        rate: int | None = None,
    ) -> None:
        super().__init__()
        self.root = root
        """The folder."""
        self._tls = tls
        self._http2 = http2
        self._server_lines = [extra_config]
        if rate is not None:
            self._server_lines.append(f"limit_rate {rate};")
        if tls is not None:
            certificate, key = map(_quoted, tls)
            self._server_lines += [f"ssl_certificate {certificate};", f"ssl_certificate_key {key};"]
        self._lock = threading.Lock()  # guards _log and _log_bytes
        self._log: list[LogRecord] = []
        self._log_bytes = 0

    def url(self, path: str) -> str:
        """The address of a path, which starts with a slash and is encoded already."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}{path}"

    def log(self) -> list[LogRecord]:
        """The requests answered so far, in the order their responses ended.

        A response is logged after its last byte was sent, so a client may be there first:
        see `wait_for_log`. The log stays after the context was left.
        """
        with self._lock:
            try:
                with (self.folder / "access.log").open("rb") as file:
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
            time.sleep(TICK_S)
        return records

    def bytes_sent(self, path: str) -> int:
        """Bytes after header blocks logged so far for a path, in all responses together."""
        return sum(record.bytes_sent for record in self.log() if record.path == path)

    def _collect(self) -> None:
        self.log()

    def _command(self, program: str) -> list[str]:
        (self.folder / "nginx.conf").write_text(self._configuration(), encoding="utf-8")
        return [program, "-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log"]

    def _configuration(self) -> str:
        return _CONFIGURATION.format(
            user=_user_directive(),
            log_format=json.dumps(_LOG_VARIABLES),
            host=HOST,
            port=self.port,
            listen_options=(" ssl" if self._tls else "") + (" http2" if self._http2 else ""),
            root=_quoted(self.root),
            server_lines="\n".join(f"        {line}" for line in self._server_lines if line),
        )


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
    fields: dict[str, Any] = json.loads(line.decode("latin-1"))
    numbers: dict[str, Any] = {
        name: int(fields[name]) for name in ("connection", "status", "bytes_sent")
    }
    return LogRecord(**{**fields, **numbers})
