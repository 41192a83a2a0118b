# SPDX-License-Identifier: MIT
"""What `bitscb3 doctor` looks at. Each function gives lines; none changes anything."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import stat
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import metadata, util
from pathlib import Path

from bitscb3 import _core
from bitscb3.errors import BitsError
from bitscb3.manager import Manager
from bitscb3.quantities import size_text

from .leases import Leases
from .listing import each_record, jobs_text, state_text
from .records import Check

__all__ = [
    "check_authorities",
    "check_jobs",
    "check_proxies",
    "check_service",
    "check_store",
    "check_versions",
    "ok",
    "problem",
]

_EXTRAS = {  # by module: what it is for
    "rich": "draws progress",
    "shtab": "completes commands in a shell",
    "numpy": "ranges without an object each",
    "fsspec": "file systems",
    "trio": "trio and anyio",
    "dbus_fast": "metered networks",
    "opentelemetry": "traces",
    "certifi": "TLS authorities where the system has none",
}
_NEEDED_BYTES = 16 << 20  # free: enough for a store to grow
_SPARE_BYTES = 1 << 30
_PROXIES = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_TLS_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_EXEMPT = ("no_proxy", "NO_PROXY")


def ok(check: str, text: str) -> Check:
    """A line about what is well."""
    return Check(check=check, status="ok", text=text, advice="")


def warning(check: str, text: str, advice: str) -> Check:
    """A line about what may become a problem."""
    return Check(check=check, status="warning", text=text, advice=advice)


def problem(check: str, text: str, advice: str) -> Check:
    """A line about what does not work."""
    return Check(check=check, status="problem", text=text, advice=advice)


def check_versions() -> Iterator[Check]:
    """What is installed."""
    yield ok("bitscb3", f"{_core.version()}{' (debug build)' if _core.debug_build else ''}")
    implementation = platform.python_implementation()
    yield ok("python", f"{platform.python_version()} ({implementation}), {platform.platform()}")
    libraries = _core.library_versions()
    if libraries:
        yield ok("libraries", ", ".join(f"{name} {text}" for name, text in libraries.items()))
    else:
        yield ok("libraries", "none: this build has no embedded BITS")
    have, lack = [], []
    for module, use in _EXTRAS.items():
        if util.find_spec(module) is None:
            lack.append(f"{module} ({use})")
        else:
            have.append(f"{module} {_version_of(module)}".strip())
    yield ok("extras", f"{', '.join(have) or 'none'}; not installed: {', '.join(lack) or 'none'}")


def _version_of(module: str) -> str:
    for name in (module, module.replace("_", "-"), f"{module}-api"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return ""


def check_authorities() -> Iterator[Check]:
    """Who vouches for https servers."""
    named = {name: os.environ[name] for name in _TLS_VARIABLES if os.environ.get(name)}
    if named:
        bad = [name for name, value in named.items() if not _names_something(value)]
        shown = ", ".join(f"{name}={value}" for name, value in named.items())
        if bad:
            advice = f"correct the variable {bad[0]}, or unset it: nothing can be opened with it"
            yield problem("tls", f"{shown}: there is nothing", advice)
        else:
            yield ok("tls", f"the authorities of the variables {shown}")
    elif _core.has_authorities():
        yield ok("tls", "the system's authorities")
    elif util.find_spec("certifi") is not None:
        yield ok("tls", f"the authorities of the package certifi {_version_of('certifi')}")
    else:
        yield problem(
            "tls",
            "no authority is known, so every https server is refused",
            "install the system's ca-certificates, or the package certifi, or set SSL_CERT_FILE",
        )


def _names_something(value: str) -> bool:
    return any(os.path.exists(part) for part in value.split(os.pathsep))  # noqa: PTH110


def check_proxies(environment: Mapping[str, str]) -> Iterator[Check]:
    """What the environment says of proxies."""
    found = [name for name in _PROXIES if environment.get(name)]
    if environment.get("HTTP_PROXY") and not environment.get("http_proxy"):
        yield warning(
            "proxy",
            "HTTP_PROXY counts for nobody who heeds CGI's rules, libcurl among them",
            "name it http_proxy, in lower case",
        )
    if not found:
        yield ok("proxy", "none in the environment")
        return
    shown = [f"{name}={_without_login(environment[name])}" for name in found]
    shown += [f"{name}={environment[name]}" for name in _EXEMPT if environment.get(name)]
    yield ok("proxy", ", ".join(shown))


def _without_login(address: str) -> str:
    before, at, after = address.rpartition("@")
    return f"{before.partition('://')[0]}://…@{after}" if at else address


def check_store(store: Path) -> Iterator[Check]:
    """The folder of the job store."""
    if not store.exists():
        yield ok("store", f"{store} is not there yet; the first job makes it")
        above = next((folder for folder in store.parents if folder.exists()), None)
        if above is not None and not os.access(above, os.W_OK | os.X_OK):
            yield problem(
                "store",
                f"{store} cannot be made in {above}",
                "change the permissions, set XDG_STATE_HOME, or use --store",
            )
        return
    if not store.is_dir():
        yield problem("store", f"{store} is no folder", "move it away, or use --store")
        return
    if _is_read_only(store):
        yield problem(
            "store",
            f"{store} is on a read-only file system",
            "have it mounted for writing, or use --store",
        )
        return
    if not os.access(store, os.W_OK | os.X_OK | os.R_OK):
        yield problem(
            "store",
            f"{store} is not this user's to write to",
            "change its owner or permissions, or use --store",
        )
        return
    mode = stat.S_IMODE(store.stat().st_mode)
    if os.name != "nt" and mode & 0o077:
        yield warning("store", f"{store} is open to others (mode {mode:04o})", f"chmod 700 {store}")
    else:
        yield ok("store", f"{store}, writable, for this user only")
    key = store / "key"
    if os.name != "nt" and key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o077:
        yield problem(
            "key", f"{key} can be read by others: logins are sealed with it", f"chmod 600 {key}"
        )
    free = shutil.disk_usage(store).free
    text = f"{size_text(free)} free where the store is"
    if free < _NEEDED_BYTES:
        yield problem("space", text, "free some: jobs cannot be recorded without")
    elif free < _SPARE_BYTES:
        yield warning("space", text, "free some before long downloads")
    else:
        yield ok("space", text)


def _is_read_only(folder: Path) -> bool:
    return os.name != "nt" and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def check_service(manager: Manager) -> Iterator[Check]:
    """Who does the work, and what it can."""
    yield ok("service", f"{manager.service} (backend {manager.backend!r})")
    try:
        features = manager.features
    except BitsError as error:
        yield problem("features", str(error), "try again, or use --backend engine")
        return
    lack = [name for name, has in features.items() if not has]
    have = [name for name, has in features.items() if has]
    if lack:
        advice = "a newer Windows, or --backend engine, has them; docs/windows.md tells more"
        yield warning("features", f"{', '.join(have)}; lacks {', '.join(lack)}", advice)
    else:
        yield ok("features", ", ".join(have))


def check_jobs(manager: Manager, leases: Leases) -> Iterator[Check]:
    """What lies in the store."""
    records = [record for _, record in each_record(manager, leases)]
    states = Counter(state_text(record["state"], record["running"]) for record in records)
    words = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    yield ok("jobs", f"{len(records)}{': ' if words else ''}{words}")
    if any(record["running"] is None for record in records) and manager.backend == "engine":
        yield ok("leases", f"{sys.platform} does not tell which jobs run")
    else:
        running = sum(record["running"] is True for record in records)
        yield ok("leases", f"{running} held by processes")
    failed = sum(record["state"] == "ERROR" for record in records)
    whole = sum(record["state"] == "TRANSFERRED" for record in records)
    if failed:
        yield warning(
            "failed",
            f"{jobs_text(failed)} failed",
            "`bitscb3 info JOB` tells why, `bitscb3 resume JOB` tries again",
        )
    if whole:
        yield warning(
            "whole",
            f"{jobs_text(whole)} whole, and not in place",
            "`bitscb3 complete JOB` puts them in place",
        )
