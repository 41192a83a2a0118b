# SPDX-License-Identifier: MIT
"""Other people's servers on loopback, each with its own configuration, log and temporary folder.

Debian's packages: apache2-bin, lighttpd, caddy, h2o, varnish, tinyproxy-bin.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from bitscb3.testing import Nginx
from bitscb3.testing.program import HOST, Program

_APACHE_MODULES = Path("/usr/lib/apache2/modules")
_AS_NOBODY = (
    "setpriv --reuid=65534 --regid=65534 --clear-groups"
    " --inh-caps=+dac_override --ambient-caps=+dac_override"
)
_LOG_FORMAT = "%m\t%U\t%>s\t%{Range}i\t%{If-Match}i\t%{If-Unmodified-Since}i"


class Answered(NamedTuple):
    """A request that was answered, as `bitscb3.testing.LogRecord`; a header not sent is empty."""

    method: str
    path: str
    status: int
    range: str
    if_match: str
    if_unmodified_since: str


class WebServer(Program):
    """A server of the files of a folder, over plain HTTP/1.1, or over HTTP/2 where TLS is spoken.

    Args:
        root: The folder, readable by the user who runs this.
        tls: Files of the certificate chain and of its key, in PEM.
    """

    def __init__(self, root: Path, *, tls: tuple[Path, Path] | None = None) -> None:
        super().__init__()
        self.root = root.resolve()
        self._tls = tls
        self._log: list[Answered] = []

    def url(self, path: str) -> str:
        """The address of a path, which starts with a slash and is encoded already."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}{path}"

    def log(self) -> list[Answered]:
        """The requests answered, once the context was left: some servers write late."""
        return self._log.copy()

    def _collect(self) -> None:
        lines = (self.folder / "access.log").read_text("latin-1").splitlines()
        self._log = [self._to_answered(line) for line in lines]

    def _to_answered(self, line: str) -> Answered:
        return _to_answered(line)


class Apache(WebServer):
    """Apache httpd with the event MPM."""

    name = "apache2"
    package = "apache2-bin"

    def _command(self, program: str) -> list[str]:
        names = ["mpm_event", "authz_core", *(("ssl", "http2") if self._tls else ())]
        modules = {name: _APACHE_MODULES / f"mod_{name}.so" for name in names}
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
        if self._tls:
            certificate, key = map(_quoted, self._tls)
            lines += ["Protocols h2 http/1.1", "SSLEngine on", "SSLSessionCache none"]
            lines += [f"SSLCertificateFile {certificate}", f"SSLCertificateKeyFile {key}"]
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
        super().__init__(root)  # its TLS is in another package
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
    """Caddy without administration and kept configuration."""

    name = "caddy"
    package = "caddy"

    def _command(self, program: str) -> list[str]:
        server: dict[str, Any] = {
            "listen": [f"{HOST}:{self.port}"],
            "protocols": ["h1", "h2"] if self._tls else ["h1"],
            "automatic_https": {"disable": True},
            "routes": [{"handle": [{"handler": "file_server", "root": str(self.root)}]}],
            "logs": {},
        }
        log = {
            "writer": {"output": "file", "filename": str(self.folder / "access.log")},
            "include": ["http.log.access"],
        }
        apps: dict[str, Any] = {"http": {"grace_period": "100ms", "servers": {"files": server}}}
        if self._tls:
            certificate, key = map(str, self._tls)
            files = [{"certificate": certificate, "key": key}]
            apps["tls"] = {"certificates": {"load_files": files}}
            server["tls_connection_policies"] = [{}]
        configuration = {
            "admin": {"disabled": True, "config": {"persist": False}},
            "logging": {"logs": {"access": log}},
            "apps": apps,
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


class H2o(WebServer):
    """h2o, which honours neither If-Match nor If-Unmodified-Since."""

    name = "h2o"
    package = "h2o"
    gentle_signal = signal.SIGINT  # it is gentle enough with SIGTERM to wait for idle clients

    def _command(self, program: str) -> list[str]:
        listen: dict[str, Any] = {"host": HOST, "port": self.port}
        if self._tls:
            certificate, key = map(str, self._tls)
            listen["ssl"] = {
                "certificate-file": certificate,
                "key-file": key,
                "ocsp-update-interval": 0,
            }
        configuration = {
            "listen": listen,
            "hosts": {"default": {"paths": {"/": {"file.dir": str(self.root)}}}},
            "access-log": {
                "path": str(self.folder / "access.log"),
                "format": _LOG_FORMAT.replace("%>s", "%s"),
            },
            "num-threads": 1,
            **({"user": "root"} if os.geteuid() == 0 else {}),  # or it becomes nobody
        }
        # Its YAML takes JSON.
        path = _write(self.folder / "h2o.conf", [json.dumps(configuration)])
        return [program, "-m", "worker", "-c", str(path)]


class Varnish(Program):
    """Varnish before nginx: a cache that answers 416 to several ranges at once.

    Args:
        root: The folder, readable by the user who runs this.
        cache: Bytes it may keep; a file has to fit.
    """

    name = "varnishd"
    package = "varnish"

    def __init__(self, root: Path, *, cache: int = 64 << 20) -> None:
        super().__init__()
        self._origin = Nginx(root)
        self._running = ExitStack()  # the origin
        self._cache = cache

    def url(self, path: str) -> str:
        """The address of a path, which starts with a slash and is encoded already."""
        return f"http://{HOST}:{self.port}{path}"

    def log(self) -> list[Answered]:
        """The requests answered so far, as far as its log in memory reaches back."""
        line = "%m\t%U\t%s\t%{Range}i\t%{If-Match}i\t%{If-Unmodified-Since}i"
        command = ["varnishncsa", "-n", str(self.folder), "-d", "-F", line]
        done = subprocess.run(command, check=True, capture_output=True, encoding="latin-1")
        return [_to_answered(line) for line in done.stdout.splitlines()]

    def _clean(self) -> None:
        super()._clean()
        self._running.close()

    def _command(self, program: str) -> list[str]:
        self._running.enter_context(self._origin)
        addresses = ["-a", f"{HOST}:{self.port}", "-b", f"{HOST}:{self._origin.port}"]
        # No jail: its user could not enter the folders of the tests, which are for root only.
        options = ["-F", "-j", "none", "-n", str(self.folder), "-p", "thread_pools=1"]
        return [program, *options, *addresses, "-s", f"malloc,{self._cache}"]


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


def _to_answered(line: str) -> Answered:
    """A line in _LOG_FORMAT, where a minus stands for a header that was not sent."""
    method, path, status, *headers = line.replace('\\"', '"').split("\t")
    texts = ["" if header == "-" else header for header in headers]
    return Answered(method, path, int(status), *texts)


def _write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def _quoted(path: Path) -> str:
    """A path as a string of Apache's, lighttpd's or tinyproxy's configuration."""
    if any(c in str(path) for c in '"\\$\n'):
        raise ValueError(f"no path with quotes, backslashes or dollar signs: {path}")
    return f'"{path}"'
