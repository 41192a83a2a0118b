# SPDX-License-Identifier: MIT
"""Certificates for tests: an authority, what it issues, and what it revokes."""

from __future__ import annotations

import datetime
import subprocess
import uuid
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
DAY = datetime.timedelta(days=1)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Extensions = Sequence[tuple[x509.ExtensionType, bool]]  # and whether each is critical


class Identity(NamedTuple):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    def issue(
        self,
        *names: str,
        common_name: str = "server",
        starts: datetime.datetime | None = None,
        expires: datetime.datetime | None = None,
        key: Key | None = None,
        digest: hashes.HashAlgorithm | None = None,
        extensions: Extensions = (),
    ) -> Identity:
        """Issue a certificate of any kind, also one that nobody should trust.

        Args:
            names: Of the server; what is no address is a DNS name.
            common_name: Of the subject.
            starts: When it begins to hold; yesterday.
            expires: When it is over; tomorrow.
            key: Its key.
            digest: Of the signature.
            extensions: More of them.
        """
        return _signed(
            self, names, common_name, starts, expires, key, digest, extensions=extensions
        )

    def authority(self, common_name: str, expires: datetime.datetime | None = None) -> Identity:
        """Issue a certificate of one that may issue others, though none that may again."""
        return self.issue(
            common_name=common_name,
            expires=expires,
            extensions=[(x509.BasicConstraints(ca=True, path_length=0), True)],
        )


def self_signed(*names: str) -> Identity:
    """A server's certificate that nobody vouches for."""
    return _signed(None, names, "server", None, None, None, None, extensions=())


def save(folder: Path, *chain: Identity) -> tuple[Path, Path]:
    """Files of certificates, the server's first, and of its key."""
    stem = uuid.uuid4().hex
    certificates, key = folder / f"{stem}.crt", folder / f"{stem}.key"
    pems = [each.certificate.public_bytes(serialization.Encoding.PEM) for each in chain]
    certificates.write_bytes(b"".join(pems))
    key.write_bytes(
        chain[0].key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificates, key


def weakly_signed(folder: Path, issuer: Identity, digest: str) -> tuple[Path, Path]:
    """The same of a certificate for this host, signed with a digest that nobody should use.

    Raises:
        FileNotFoundError: There is no openssl, and nothing else makes such a certificate.
    """
    signer = issuer.issue(
        common_name="signer",
        key=rsa.generate_private_key(65537, 2048),
        extensions=[(x509.BasicConstraints(ca=True, path_length=0), True)],
    )
    server = self_signed()
    signer_files, server_files = save(folder, signer), save(folder, server)
    public = server.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "public").write_bytes(public)
    (folder / "names").write_text(f"subjectAltName=IP:{HOST}\n")
    command = "openssl x509 -new -subj /CN=server -set_serial 7 -days 1 -force_pubkey public"
    command += f" -{digest} -extfile names -CA {signer_files[0]} -CAkey {signer_files[1]}"
    made = subprocess.run(command.split(), cwd=folder, check=True, capture_output=True).stdout
    server_files[0].write_bytes(made + signer_files[0].read_bytes())
    return server_files


def _signed(
    issuer: Identity | None,
    names: Sequence[str],
    common_name: str,
    starts: datetime.datetime | None,
    expires: datetime.datetime | None,
    key: Key | None,
    digest: hashes.HashAlgorithm | None,
    extensions: Extensions,
) -> Identity:
    now = datetime.datetime.now(datetime.timezone.utc)
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts or now - DAY)
        .not_valid_after(expires or now + DAY)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
        )
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, is_critical)
    signed = builder.sign(issuer.key if issuer else key, digest or hashes.SHA256())  # type: ignore[arg-type]
    return Identity(signed, key)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


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

    @property
    def identity(self) -> Identity:
        """Its own certificate and key."""
        key = serialization.load_pem_private_key(self._ca.private_key_pem.bytes(), None)
        assert isinstance(key, Key)
        return Identity(x509.load_pem_x509_certificate(self._ca.cert_pem.bytes()), key)

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

    def revocations(self, *certificates: Path, until: datetime.datetime | None = None) -> Path:
        """A file with the authority's list of revoked certificates, which is over at a time."""
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate, key = self.identity
        until = until or now + DAY
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(certificate.subject)
            .last_update(min(now, until) - DAY)
            .next_update(until)
        )
        for path in certificates:
            serial = x509.load_pem_x509_certificate(path.read_bytes()).serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
            builder = builder.add_revoked_certificate(entry.build())
        path = self._folder / f"{self._name}-{len(certificates)}-{until:%j%H}.crl"
        signed = builder.sign(key, hashes.SHA256())
        path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return path


def der_of(path: Path) -> bytes:
    """The first certificate of a file, in DER."""
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.public_bytes(serialization.Encoding.DER)


def sha1_of(path: Path) -> bytes:
    """Its SHA-1, as Windows names certificates."""
    return x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA1())
