# SPDX-License-Identifier: MIT
"""Other people's servers on loopback, each with its own configuration, log and temporary folder.

Debian's packages: apache2-bin, lighttpd, caddy, tinyproxy-bin.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import ClassVar, NamedTuple, TypeVar

HOST = "127.0.0.1"
_START_S = 10.0
_STOP_S = 5.0
_TICK_S = 0.005
_PROGRAM_FOLDERS = [os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"]
_HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")  # variables; the temporary folder to it
_APACHE_MODULES = Path("/usr/lib/apache2/modules")
_AS_NOBODY = (
    "setpriv --reuid=65534 --regid=65534 --clear-groups"
    " --inh-caps=+dac_override --ambient-caps=+dac_override"
)
_LOG_FORMAT = "%m\t%U\t%>s\t%{Range}i\t%{If-Match}i\t%{If-Unmodified-Since}i"

P = TypeVar("P", bound="Program")


class Program:
    """A server that runs while its context is entered.

    Raises:
        FileNotFoundError: It is not installed; the text names the package (on entering).
        RuntimeError: It did not start; the text holds its own words (on entering).
        ValueError: A value cannot be written into its configuration (on entering).

    Threads:
        One at a time.
    """

    name: ClassVar[str]
    package: ClassVar[str]

    def __init__(self) -> None:
        self.port = 0  # before the context is entered

    def __enter__(self: P) -> P:
        """Start the program and return once it accepts connections."""
        program = shutil.which(self.name, path=os.pathsep.join(_PROGRAM_FOLDERS))
        if program is None:
            raise FileNotFoundError(
                f"{self.name} was not found; on Debian and Ubuntu: apt-get install {self.package}"
            )
        self._temporary = tempfile.TemporaryDirectory(prefix=f"bitscb3-{self.name}-")
        self.folder = Path(self._temporary.name)
        self._reserved = _reserve_port()
        self.port = self._reserved.getsockname()[1]
        try:
            self._start(program)
        except BaseException:
            self._clean()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the program, whatever it is sending."""
        try:
            self._stop()
            self._collect()
        finally:
            self._clean()

    def _command(self, program: str) -> list[str]:
        """Write the configuration for `self.port` and return what to run."""
        raise NotImplementedError

    def _collect(self) -> None:
        """Read what the program leaves behind, after its end."""

    def _start(self, program: str) -> None:
        command = self._command(program)
        with (self.folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **dict.fromkeys(_HOMES, str(self.folder))},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a group of its own, for _stop()
            )
        deadline = time.monotonic() + _START_S
        try:
            while not _accepts(self.port):
                if self._has_ended(_TICK_S) or time.monotonic() >= deadline:
                    words = (self.folder / "output").read_text("latin-1")
                    raise RuntimeError(f"{self.name} did not start: {words}")
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        if not self._has_ended(_STOP_S):
            os.killpg(self._process.pid, signal.SIGKILL)  # with its own children
            self._process.wait()

    def _clean(self) -> None:
        self._reserved.close()
        self._temporary.cleanup()

    def _has_ended(self, timeout: float) -> bool:
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True


class Answered(NamedTuple):
    """A request that was answered, as `bitscb3.testing.LogRecord`; a header not sent is empty."""

    method: str
    path: str
    status: int
    range: str
    if_match: str
    if_unmodified_since: str


class WebServer(Program):
    """A server of the files of a folder, over plain HTTP/1.1.

    Args:
        root: The folder, readable by the user who runs this.
    """

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root.resolve()
        self._log: list[Answered] = []

    def url(self, path: str) -> str:
        """The address of a path, which starts with a slash and is encoded already."""
        return f"http://{HOST}:{self.port}{path}"

    def log(self) -> list[Answered]:
        """The requests answered, once the context was left: some servers write late."""
        return self._log.copy()

    def _collect(self) -> None:
        lines = (self.folder / "access.log").read_text("latin-1").splitlines()
        self._log = [self._to_answered(line) for line in lines]

    def _to_answered(self, line: str) -> Answered:
        """A line in _LOG_FORMAT, where a minus stands for a header that was not sent."""
        method, path, status, *headers = line.replace('\\"', '"').split("\t")
        texts = ["" if header == "-" else header for header in headers]
        return Answered(method, path, int(status), *texts)


class Apache(WebServer):
    """Apache httpd with the event MPM."""

    name = "apache2"
    package = "apache2-bin"

    def _command(self, program: str) -> list[str]:
        modules = {name: _APACHE_MODULES / f"mod_{name}.so" for name in ("mpm_event", "authz_core")}
        lines = [
            *(f"LoadModule {name}_module {path}" for name, path in modules.items()),
            f"ServerRoot {_quoted(self.folder)}",
            f"DefaultRuntimeDir {_quoted(self.folder)}",
            f"ServerName {HOST}",
            f"Listen {HOST}:{self.port}",
            "PidFile apache.pid",
            "ErrorLog error.log",
            f'LogFormat "{_LOG_FORMAT}" tests',
            "CustomLog access.log tests",
            "StartServers 1",
            f"DocumentRoot {_quoted(self.root)}",
        ]
        path = _write(self.folder / "apache.conf", lines)
        # Apache refuses to serve as root, and pytest's folders are for root only: run it as
        # nobody, with the capability to pass over the rights of files.
        prefix = _AS_NOBODY.split() if os.geteuid() == 0 else []
        return [*prefix, program, "-D", "FOREGROUND", "-f", str(path)]


class Lighttpd(WebServer):
    """lighttpd.

    Args:
        root: The folder, readable by the user who runs this.
        validators: True: ETag and Last-Modified, as Debian's configuration has them; False:
            neither, as lighttpd does for files whose type it is not told.
    """

    name = "lighttpd"
    package = "lighttpd"

    def __init__(self, root: Path, *, validators: bool = True) -> None:
        super().__init__(root)
        self._validators = validators

    def _command(self, program: str) -> list[str]:
        lines = [
            'server.modules = ("mod_accesslog")',
            f'server.bind = "{HOST}"',
            f"server.port = {self.port}",
            f"server.document-root = {_quoted(self.root)}",
            f"server.upload-dirs = ({_quoted(self.folder)})",
            f"accesslog.filename = {_quoted(self.folder / 'access.log')}",
            f'accesslog.format = "{_LOG_FORMAT}"',
            # Otherwise a file that was replaced is served as it was, for a second or two.
            'server.stat-cache-engine = "disable"',
        ]
        if self._validators:
            lines.append('mimetype.assign = ("" => "application/octet-stream")')
        return [program, "-D", "-f", str(_write(self.folder / "lighttpd.conf", lines))]


class Caddy(WebServer):
    """Caddy without TLS, administration and kept configuration."""

    name = "caddy"
    package = "caddy"

    def _command(self, program: str) -> list[str]:
        server = {
            "listen": [f"{HOST}:{self.port}"],
            "protocols": ["h1"],
            "automatic_https": {"disable": True},
            "routes": [{"handle": [{"handler": "file_server", "root": str(self.root)}]}],
            "logs": {},
        }
        log = {
            "writer": {"output": "file", "filename": str(self.folder / "access.log")},
            "include": ["http.log.access"],
        }
        configuration = {
            "admin": {"disabled": True, "config": {"persist": False}},
            "logging": {"logs": {"access": log}},
            "apps": {"http": {"grace_period": "100ms", "servers": {"files": server}}},
        }
        path = _write(self.folder / "caddy.json", [json.dumps(configuration)])
        return [program, "run", "--config", str(path)]

    def _to_answered(self, line: str) -> Answered:
        entry = json.loads(line)
        request = entry["request"]
        path = request["uri"].partition("?")[0]
        names = ("Range", "If-Match", "If-Unmodified-Since")
        headers = [", ".join(request["headers"].get(name, [])) for name in names]
        return Answered(request["method"], path, entry["status"], *headers)


class Proxy(Program):
    """tinyproxy: forwards http, and anything through CONNECT; each request is a connection.

    Args:
        user: Who may use it, with `password`; None: everybody. Neither has white space.
        password: As above.

    It answers 407 to a request without a login, and 401 to one with a wrong login.
    """

    name = "tinyproxy"
    package = "tinyproxy-bin"

    def __init__(self, user: str | None = None, password: str = "") -> None:
        super().__init__()
        self._login = "" if user is None else f"BasicAuth {user} {password}"
        self._text = ""

    @property
    def address(self) -> str:
        """Host and port, as clients are told."""
        return f"{HOST}:{self.port}"

    def asked(self) -> list[str]:
        """Every request so far, "GET http://..."; also those refused. It stays after the end."""
        return self._found(r"Request \(file descriptor \d+\): (\S+ \S+)")

    def forwarded(self) -> list[str]:
        """Where requests were passed on to, "host:port" for each. It stays after the end."""
        return self._found(r"opensock: opening connection to (\S+)")

    def _found(self, pattern: str) -> list[str]:
        if self.folder.exists():
            self._collect()
        return re.findall(pattern, self._text)

    def _collect(self) -> None:
        self._text = (self.folder / "tinyproxy.log").read_text("latin-1")

    def _command(self, program: str) -> list[str]:
        lines = [
            f"Listen {HOST}",
            f"Port {self.port}",
            "MaxClients 100",
            "Timeout 60",
            f"LogFile {_quoted(self.folder / 'tinyproxy.log')}",
            "LogLevel Info",
            self._login,
        ]
        return [program, "-d", "-c", str(_write(self.folder / "tinyproxy.conf", lines))]


def _write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def _quoted(path: Path) -> str:
    """A path as a string of Apache's, lighttpd's or tinyproxy's configuration."""
    if any(c in str(path) for c in '"\\$\n'):
        raise ValueError(f"no path with quotes, backslashes or dollar signs: {path}")
    return f'"{path}"'


def _reserve_port() -> socket.socket:
    """A socket whose port nobody else is given; it never listens, so a server may bind it too."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind((HOST, 0))
    return reserved


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
