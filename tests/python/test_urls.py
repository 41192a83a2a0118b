# SPDX-License-Identifier: MIT
"""URLs: what is refused before anything is sent, and what is never shown."""

from __future__ import annotations

import pytest

from bitscb3.urls import check_url, short_url


@pytest.mark.parametrize(
    "url",
    [
        "http://host/file",
        "https://host:8443/a/b?x=1#y",
        "HTTP://HOST",
        "http://[::1]:80/a",
        "http://[::1]/a",
        "http://[fe80::1%25eth0]/a",
        "file:///tmp/a",
        "https://host?query",
    ],
)
def test_good_url_is_kept(url: str) -> None:
    """A URL that can be transferred is used as it is."""
    assert check_url(url) == url


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("", "empty"),
        ("/tmp/file", "not a URL"),
        ("host/file", "not a URL"),
        ("http:/host/file", "not a URL"),
        ("ftp://host/file", "ftp"),
        ("http:///file", "host"),
        ("http://:80/file", "host"),
        ("http://host:0/file", "port"),
        ("http://host:65536/file", "port"),
        ("http://host:http/file", "port"),
        ("http://host/\n", "%XX"),
        ("http://host/\x85", "control"),
        (" http://host/a", "white space"),
        ("http://host/a\u2003", "white space"),
        ("http://host/\udcff", "UTF-8"),
        ("http://h ost/a", "host"),
        ("http://faß.example/a", "two meanings"),
        ("http://ho\u2028st/a", "host"),
        ("http://ä..example/a", "host"),
        ("http://ex\uff0fample/a", "host"),
        ("http://host:８０/a", "host"),
        ("http://[::1/file", "IPv6"),
        ("http://]/file", "IPv6"),
        ("http://[::1]x/file", "IPv6"),
        ("http://[]/file", "IPv6"),
        ("http://user:secret@host/file", "password"),
        ("file://", "no file"),
    ],
)
def test_bad_url_is_refused(url: str, word: str) -> None:
    """A URL that cannot be transferred is a ValueError that says why."""
    with pytest.raises(ValueError, match=word):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("http://host/a b", "http://host/a%20b"),
        ("http://host/ä/%C3%A4?q=ö ü#ß", "http://host/%C3%A4/%C3%A4?q=%C3%B6%20%C3%BC#%C3%9F"),
        ("https://bücher.example:8443/a", "https://xn--bcher-kva.example:8443/a"),
        ("http://例え.テスト/", "http://xn--r8jz45g.xn--zckzah/"),
        ("http://host/100%/ä", "http://host/100%/%C3%A4"),
        ("http://host/\xa0a", "http://host/%C2%A0a"),
        ("file:///folder/a b\U0001f600", "file:///folder/a%20b%F0%9F%98%80"),
    ],
)
def test_url_is_encoded(url: str, encoded: str) -> None:
    """Spaces and characters outside ASCII are encoded, and what is encoded already stays."""
    assert check_url(url) == encoded
    assert check_url(encoded) == encoded


@pytest.mark.parametrize("url", [None, b"http://host/", 5])
def test_url_is_a_str(url: object) -> None:
    """Anything but a str is a TypeError."""
    with pytest.raises(TypeError, match="URL"):
        check_url(url)


def test_secrets_are_not_shown() -> None:
    """Query, fragment and user info do not appear in what is shown."""
    shown = short_url("https://user:secret@host:8443/a/b?Signature=secret#secret")
    assert shown == "https://host:8443/a/b"


def test_secrets_are_not_in_messages() -> None:
    """A refused URL is shown without its secrets."""
    with pytest.raises(ValueError, match="scheme") as caught:
        check_url("ftp://user:hidden@host/file?token=hidden")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("mark", "/?#")
def test_passwords_that_are_not_encoded(mark: str) -> None:
    """Where a password ends the host too early, nothing of it is shown."""
    with pytest.raises(ValueError, match="port") as caught:
        check_url(f"https://user:hidden{mark}hidden@host/file")
    assert "hidden" not in str(caught.value)
    for url in ("https://host/@user/a", "http://[::1]/a@b", "http://[::1]:80/a@b", "file:///a@b"):
        assert short_url(url) == url


def test_long_url_is_cut() -> None:
    """A long path is cut in the middle: beginning and end stay."""
    shown = short_url("https://host/" + "a" * 500 + "/name.bin")
    assert len(shown) <= 120
    assert shown.startswith("https://host/")
    assert shown.endswith("/name.bin")
