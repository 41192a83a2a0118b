# SPDX-License-Identifier: MIT
"""How a job's requests are made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from . import _core
from .arguments import check_path, check_text
from .calls import Calls
from .enums import AuthScheme, AuthTarget, CertificateStore, ProxyUsage, SecurityFlags
from .errors import E_ACCESSDENIED, BitsError

if TYPE_CHECKING:
    from .certificates import Judge
    from .job import Job

__all__ = ["ClientCertificate", "HttpOptions", "ProxySettings"]

_MOST_HEADERS = 16_383  # characters, all headers together
_MOST_USER = 300
_MOST_PASSWORD = 65_536
_MOST_LIST = 4_000
_DER_BEGIN = b"\x30"  # a sequence
_PEM_BEGIN = b"-----BEGIN CERTIFICATE-----"
_PEM_END = b"-----END CERTIFICATE-----"


class ProxySettings(NamedTuple):
    """Where a job finds its proxy. The lists belong to OVERRIDE."""

    usage: ProxyUsage
    proxies: tuple[str, ...] = ()  # "host:port", "http://host:port" or "https=host:port"
    bypass: tuple[str, ...] = ()  # hosts, with * at the left; "<local>": hosts without a dot


class ClientCertificate(NamedTuple):
    """The certificate a job shows to servers that ask for one."""

    location: CertificateStore
    store: str  # off Windows the path of a PEM file
    subject: str
    sha1: bytes


class HttpOptions:
    """How a job's requests are made. `job.http` gives it; it has no state of its own.

    Changes count for the requests that begin after them. The embedded BITS keeps headers and
    logins encrypted in the store, with a key beside it that only the user can read.

    Raises:
        InvalidStateError: From every setter, once the job is completed or cancelled.
        BackendUnavailableError: This version of Windows' BITS lacks the option.

    Threads:
        Any.
    """

    __slots__ = ("_calls", "_job")

    def __init__(self, job: Job) -> None:
        """Made by `Job.http`."""
        self._job = job
        with job.calls as core:
            options = _core.HttpOptions(core)
        self._calls = Calls(options, job.manager.check_process, lambda _: job.shown_name)

    @property
    def headers(self) -> dict[str, str]:
        """The job's own request headers, sent with every request to the host the client named.

        After a redirect to another scheme, host or port only `Accept`, `Accept-Language`,
        `Cache-Control`, `Pragma` and `User-Agent` go along: others may be keys. (The system's BITS
        sends them all.) What the service sends itself (Range, If-Match, ...) cannot be set.

        Raises:
            BitsError: E_ACCESSDENIED: they are write-only.
        """
        with self._calls as core:
            try:
                block = core.headers
            except BitsError as error:
                if error.hresult != E_ACCESSDENIED:
                    raise
                raise BitsError(
                    E_ACCESSDENIED,
                    "the headers are write-only, or another user's (E_ACCESSDENIED); keep a copy "
                    "where they are set",
                ) from None
        lines = (line.partition(":") for line in (block or "").split("\r\n") if line)
        return {name: value.strip() for name, _, value in lines}

    @headers.setter
    def headers(self, headers: Mapping[str, str]) -> None:
        block = "".join(f"{_header(name, value)}\r\n" for name, value in dict(headers).items())
        check_text(block, "headers", _MOST_HEADERS)
        with self._calls as core:
            core.headers = block or None

    def make_headers_write_only(self) -> None:
        """From now on nobody reads `headers` back, not even the owner. It cannot be undone."""
        with self._calls as core:
            core.make_headers_write_only()

    @property
    def method(self) -> str:
        """The HTTP method, GET at first.

        Another one makes the job a FOREGROUND job whose files are had in one request each, from the
        first byte. Set it before the first `resume`; not with `on_demand` or `dynamic_content`.
        """
        with self._calls as core:
            return core.method

    @method.setter
    def method(self, method: str) -> None:
        text = check_text(method, "method")
        with self._calls as core:
            core.method = text

    @property
    def security_flags(self) -> SecurityFlags:
        """What is done about redirects and certificates; none set at first."""
        with self._calls as core:
            return SecurityFlags(core.security_flags)

    @security_flags.setter
    def security_flags(self, flags: SecurityFlags) -> None:
        with self._calls as core:
            core.security_flags = int(SecurityFlags(flags))

    @property
    def proxy(self) -> ProxySettings:
        """Where the job finds its proxy; the system's settings at first.

        It may be set to the address of a proxy, to None for no proxy, or to ProxySettings.
        """
        with self._calls as core:
            usage, proxies, bypass = core.proxy
        return ProxySettings(ProxyUsage(usage), _words(proxies), _words(bypass))

    @proxy.setter
    def proxy(self, proxy: ProxySettings | str | None) -> None:
        if proxy is None:
            proxy = ProxySettings(ProxyUsage.NO_PROXY)
        elif isinstance(proxy, str):
            proxy = ProxySettings(ProxyUsage.OVERRIDE, (proxy,))
        usage = ProxyUsage(proxy[0])
        proxies, bypass = map(_list_of, proxy[1:])
        if usage is not ProxyUsage.OVERRIDE and (proxies or bypass):
            raise ValueError("lists of proxies and hosts belong to ProxyUsage.OVERRIDE")
        if usage is ProxyUsage.OVERRIDE and not proxies:
            raise ValueError("ProxyUsage.OVERRIDE needs a proxy")
        if "@" in (proxies or ""):
            raise ValueError(
                "a proxy's address takes no login; set_credentials(…, target=AuthTarget.PROXY) "
                "logs in there"
            )
        with self._calls as core:
            core.set_proxy(usage, proxies, bypass)

    def set_credentials(
        self,
        user: str | None,
        password: str | None,
        *,
        scheme: AuthScheme = AuthScheme.BASIC,
        target: AuthTarget = AuthTarget.SERVER,
    ) -> None:
        """Log in where the server, or the proxy, asks for it; replaces what was set for the pair.

        Args:
            user: At most 300 characters; None, with a password of None: the user who runs this
                (NTLM and NEGOTIATE).
            password: At most 65,536 characters.
            scheme: How; several may be set, each with its own call.
            target: Who asks.

        Raises:
            BitsError: E_NOTIMPL: libcurl does not speak it. PASSPORT never; NEGOTIATE needs
                Kerberos, which our wheels do not bring.
            ValueError, TypeError: Not such a value; nothing was sent.
        """
        if (user is None) != (password is None):
            raise ValueError("give both user and password, or None for both")
        name = None if user is None else check_text(user, "user", _MOST_USER)
        secret = None if password is None else _check_password(password)
        kind, whom = AuthScheme(scheme), AuthTarget(target)
        if name is None and kind not in (AuthScheme.NTLM, AuthScheme.NEGOTIATE):
            raise ValueError(f"{kind.name} needs a user and a password")
        with self._calls as core:
            core.set_credentials(whom, kind, name, secret)

    def remove_credentials(
        self,
        *,
        scheme: AuthScheme = AuthScheme.BASIC,
        target: AuthTarget = AuthTarget.SERVER,
    ) -> bool:
        """Forget the login of that pair; False when there was none."""
        with self._calls as core:
            return core.remove_credentials(AuthTarget(target), AuthScheme(scheme))

    def use_stored_credentials(self) -> None:
        """Let Windows log in to the proxy with what it has stored; kept, unused, elsewhere."""
        with self._calls as core:
            core.use_stored_credentials(AuthTarget.PROXY)

    @property
    def client_certificate(self) -> ClientCertificate | None:
        """The certificate shown to servers that ask for one; None: none."""
        with self._calls as core:
            found = core.client_certificate
        if found is None:
            return None
        location, store, subject, sha1 = found
        return ClientCertificate(CertificateStore(location), store, subject, sha1)

    def set_client_certificate(
        self,
        store: str | os.PathLike[str],
        subject: str = "",
        location: CertificateStore = CertificateStore.CURRENT_USER,
    ) -> None:
        """Show a certificate to servers that ask for one.

        Args:
            store: A PEM file with the certificate first, then its key. On Windows the name of a
                certificate store, such as "MY".
            subject: A part of the certificate's subject, which it has to have.
            location: Where Windows looks for the store.

        Raises:
            BitsError: There is no such file, or its first certificate is another one.
        """
        name = check_path(store, "store") if os.name != "nt" else os.fspath(store)
        part = check_text(subject, "subject", 256)
        with self._calls as core:
            core.set_client_certificate(CertificateStore(location), name, part)

    def remove_client_certificate(self) -> bool:
        """Show none any more; False when there was none."""
        with self._calls as core:
            return core.remove_client_certificate()

    def pin_certificates(self, certificates: Iterable[bytes | str]) -> None:
        """Talk only to servers that show one of these certificates, besides the usual checks.

        The job has to be SUSPENDED, in ERROR or TRANSFERRED. Pins are not kept in the store: a job
        that had some and is adopted waits in TRANSIENT_ERROR until they are set again.

        Args:
            certificates: Each in DER, or in PEM, whose first certificate counts. None at all:
                every certificate will do that passes the usual checks.

        Raises:
            ValueError, TypeError: One of them is no certificate.
            InvalidStateError: The job is under way.
        """
        if isinstance(certificates, (str, bytes)):
            raise TypeError("give a list of certificates")
        pins = {_to_der(certificate) for certificate in certificates}
        self.judge_certificates((lambda _, shown: shown in pins) if pins else None)

    def judge_certificates(self, judge: Judge | None) -> None:
        """Have a function decide about server certificates that pass the usual checks.

        It is called before anything is sent, once for each host and certificate it accepts, on a
        thread of its own: `judge(url, certificate)` with the certificate in DER. What it declines,
        or raises at, puts the job into TRANSIENT_ERROR. As with pins, the job has to be SUSPENDED,
        in ERROR or TRANSFERRED, and an adopted job waits for a judge again. It takes the place of
        pins, and they of it.

        Args:
            judge: Returns whether to go on; None: nobody decides.

        Raises:
            InvalidStateError: The job is under way.
        """
        if judge is not None and not callable(judge):
            raise TypeError(f"{judge!r} is no function; give one of (url, certificate)")
        with self._calls as core:
            core.judge_certificates(judge is not None)
        self._job.manager.judges.set(str(self._job.id), judge)

    def __repr__(self) -> str:
        """Whose they are."""
        return f"<HttpOptions of {self._job.shown_name}>"


def set_options(job: Job, headers: Mapping[str, str] | None, auth: tuple[str, str] | None) -> None:
    """Set what `download()` and `open()` take; None: it stays as it is."""
    if headers is not None:
        job.http.headers = dict(headers)
    if auth is not None:
        job.http.set_credentials(*auth)


def _header(name: str, value: str) -> str:
    check_text(name, "the name of a header")
    check_text(value, f"the header {name}")
    if not name or any(c in name for c in ":\r\n \t") or any(c in value for c in "\r\n"):
        raise ValueError(f"{name!r} is no header; give a name and a value of one line each")
    return f"{name}: {value}"


def _check_password(password: object) -> str:
    if not isinstance(password, str) or "\0" in password or len(password) > _MOST_PASSWORD:
        raise ValueError(f"the password is no str of at most {_MOST_PASSWORD} characters")
    return password


def _list_of(entries: Iterable[str]) -> str | None:
    """Proxies or hosts as BITS takes them, separated by spaces; None when there are none."""
    if isinstance(entries, str):
        raise TypeError("one text is no list of proxies or hosts; give a tuple")
    words = [check_text(entry, "a proxy") for entry in entries]
    for word in words:
        if word.split() != [word]:
            raise ValueError("a proxy or host has white space; give them without")  # no secrets
    return check_text(" ".join(words), "a list of proxies", _MOST_LIST) or None


def _words(text: str | None) -> tuple[str, ...]:
    return tuple((text or "").split())


def _to_der(certificate: bytes | str) -> bytes:
    if isinstance(certificate, str):
        certificate = certificate.encode("ascii", "replace")
    if not isinstance(certificate, bytes):
        raise TypeError("a certificate is bytes, or PEM text")
    if certificate[:1] == _DER_BEGIN:
        return certificate
    _, begin, rest = certificate.partition(_PEM_BEGIN)
    body, end, _ = rest.partition(_PEM_END)
    if not begin or not end:
        raise ValueError("it is no certificate: neither DER nor PEM")
    import base64

    der = base64.b64decode(body)
    if der[:1] != _DER_BEGIN:
        raise ValueError("it is no certificate: its PEM text holds something else")
    return der
