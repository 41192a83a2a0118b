# SPDX-License-Identifier: MIT
"""Certificates for tests: an authority, what it issues, and what it revokes."""

from __future__ import annotations

import datetime
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

HOST = "127.0.0.1"


class Authority:
    """An authority whose files lie in a folder.

    Files are in PEM. `file` is the authority's own certificate, which clients trust.
    """

    def __init__(self, folder: Path, name: str = "authority") -> None:
        """Make it."""
        self._folder = folder
        self._name = name
        self._ca = trustme.CA()
        self.file = folder / f"{name}.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def server(
        self, host: str = HOST, expires: datetime.datetime | None = None
    ) -> tuple[Path, Path]:
        """Files of a server's certificate and of its key."""
        issued = self._ca.issue_cert(host, not_after=expires)
        stem = f"{self._name}-{host}-{expires.year if expires else 'valid'}"
        certificate, key = self._folder / f"{stem}.crt", self._folder / f"{stem}.key"
        certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        key.write_bytes(issued.private_key_pem.bytes())
        return certificate, key

    def expired_server(self) -> tuple[Path, Path]:
        """The same with a certificate that is over."""
        return self.server(expires=datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc))

    def client(self, name: str = "somebody") -> Path:
        """A file with a client's certificate and its key."""
        issued = self._ca.issue_cert(f"{name}@example.org", common_name=name)
        path = self._folder / f"{name}.pem"
        path.write_bytes(
            issued.cert_chain_pems[0].bytes() + issued.private_key_pem.bytes(),
        )
        return path

    def revocations(self, *certificates: Path) -> Path:
        """A file with the authority's list of revoked certificates."""
        now = datetime.datetime.now(datetime.timezone.utc)
        own = x509.load_pem_x509_certificate(self._ca.cert_pem.bytes())
        key = serialization.load_pem_private_key(self._ca.private_key_pem.bytes(), None)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(own.subject)
            .last_update(now - datetime.timedelta(days=1))
            .next_update(now + datetime.timedelta(days=1))
        )
        for path in certificates:
            serial = x509.load_pem_x509_certificate(path.read_bytes()).serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
            builder = builder.add_revoked_certificate(entry.build())
        path = self._folder / f"{self._name}-{len(certificates)}.crl"
        signed = builder.sign(key, hashes.SHA256())  # type: ignore[arg-type]
        path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return path


def der_of(path: Path) -> bytes:
    """The first certificate of a file, in DER."""
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.public_bytes(serialization.Encoding.DER)


def sha1_of(path: Path) -> bytes:
    """Its SHA-1, as Windows names certificates."""
    return x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA1())
