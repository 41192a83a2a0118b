# SPDX-License-Identifier: MIT
"""Security: names and texts that other people choose, on a disk, a terminal, a page, in a log."""

from __future__ import annotations

import json
import logging
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import quote

import pytest

from bitscb3 import BitsError, Settings, download
from bitscb3.printable import printable
from bitscb3.testing import Content, FaultServer, Resource, header, raw, status
from bitscb3.urls import file_name
from command import get, on_terminal, run
from support import PATIENCE, open_manager

ONCE = Settings(no_progress_timeout_s=0)  # the first error is final
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\nbitscb3: fine\u202e\u2066\u2028"
CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x2028)]

NAMES = {
    "..": None,
    ".": None,
    "%2e%2e": None,
    "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd": ".._.._etc_passwd",
    "..%2f..%2fetc%2fpasswd": ".._.._etc_passwd",
    "%2Fetc%2Fpasswd": "_etc_passwd",
    "..%5c..%5cx": ".._.._x",
    "C:%5Cx": "C:_x",
    "a%00b": "a_b",
    "a%0Ab%0D": "a_b_",
    "a%1B%5B2Jb": "a_[2Jb",
    "a%7Fb%C2%9Bc": "a_b_c",
    "photo%E2%80%AEgpj.exe": "photo_gpj.exe",
    "a%E2%80%A8b": "a_b",
    "%20": None,
    "%20.%20": None,
    "x" * 256: None,
    quote("ü" * 128): None,
    "": None,
    "%ff": "\ufffd",
    "-rf": "-rf",
    "a%252Fb": "a%2Fb",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_from_urls(name: str, tmp_path: Path) -> None:
    """The name a URL gives to a file is one part of a path, without controls, or there is none."""
    wanted = NAMES[name]
    for url in (f"http://host/a/{name}", f"http://host/a/{name}?x=/../y#/z"):
        if wanted is None:
            with pytest.raises(ValueError, match=r"names no file|too long"):
                file_name(url)
        else:
            assert file_name(url) == wanted
            assert (tmp_path / file_name(url)).parent == tmp_path


def test_downloads_stay_in_their_folder(fault_server: FaultServer, tmp_path: Path) -> None:
    """`get` and `download` put what a URL names into the folder, whatever is encoded in it."""
    folder = tmp_path / "here"
    folder.mkdir()
    path = "/..%2f..%2fup%0a%1b[31m"
    url = fault_server.serve(path, Resource(Content(10)))
    told = get(tmp_path, url, "-o", folder)
    assert told.returncode == 0, told.stderr
    with open_manager(tmp_path) as manager:
        assert download(url, folder, manager=manager) == folder / ".._.._up__[31m"
    assert [one.name for one in folder.iterdir()] == [".._.._up__[31m"]
    assert {one.name for one in tmp_path.iterdir()} == {"here", "store"}


def test_content_disposition_is_not_used(fault_server: FaultServer, tmp_path: Path) -> None:
    """A server cannot choose the name of the file by Content-Disposition."""
    behaviour = header("Content-Disposition", 'attachment; filename="../../.bashrc"')(
        Resource(Content(10))
    )
    url = fault_server.serve("/f", behaviour)
    assert get(tmp_path, url).returncode == 0
    assert {one.name for one in tmp_path.iterdir()} == {"f", "store"}


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x", "..", "a/.."])
def test_lists_stay_in_their_folder(path: str, tmp_path: Path) -> None:
    """A list of URLs cannot place a file outside of the folder it is for."""
    (tmp_path / "a").mkdir()
    (tmp_path / "list").write_text(f"http://127.0.0.1:1/f\t{path}\n")
    told = get(tmp_path, "-i", "list")
    assert told.returncode == 2
    assert "leads out of the folder" in told.stderr


def test_listings_stay_on_their_server(fault_server: FaultServer, tmp_path: Path) -> None:
    """What a page of links names outside of its folder is not listed by the file system."""
    pytest.importorskip("fsspec")
    from bitscb3.integrations.fsspec import BitsFileSystem

    links = [
        *("good", "sub/", "/d/good2", "http://elsewhere.test/d/x", "//elsewhere.test/d/x"),
        *("..", "../up", "/up", "%2e%2e/", "..%2fup", "a%5cb", "a%00b", "a%0ab", "javascript:x"),
        *("file:///etc/passwd", "ftp://host/x", "data:text/html,x", "mailto:x@y", "good?x", "#"),
        *("\x1b[2J", "a/b", "http://user:pw@127.0.0.1/d/x", "sub/../../up", "./", "."),
    ]
    page = "".join(f'<a href="{link}">x</a>' for link in links).encode()
    fault_server.serve("/d/", status(200, {"Content-Type": "text/html"}, page))
    system = BitsFileSystem(store=tmp_path / "store", skip_instance_cache=True)
    base = fault_server.url("/d/")
    found = {name.removeprefix(base) for name in system.ls("bits+" + base, detail=False)}
    assert {"good", "sub/", "good2"} <= found
    assert found <= {"good", "sub/", "good2", "%1B[2J", "%1B%5B2J"}
    system.invalidate_cache()


def test_printable() -> None:
    """Every control character, and what turns the direction of writing, is taken out."""
    for character in CONTROLS:
        assert printable(f"a{character}b") == "a�b"
    assert printable("ein Blatt für 日本 👩‍🚀") == "ein Blatt für 日本 👩‍🚀"


def assert_harmless(text: str) -> None:
    """`text`, of one or more lines, has nothing that a terminal obeys."""
    assert not [c for c in CONTROLS if c in text and c != "\n"], ascii(text)


def test_a_terminal_obeys_no_name(fault_server: FaultServer, tmp_path: Path) -> None:
    """Names of jobs and files and words of errors are shown by every command without controls."""
    folder = tmp_path / EVIL
    folder.mkdir()
    url = fault_server.serve("/f", status(404))
    with open_manager(tmp_path, ONCE) as manager:
        job = manager.create_job(EVIL)
        job.description = EVIL
        job.add_file(url, folder / EVIL)
        job.resume()
        with pytest.raises(BitsError):
            job.wait(PATIENCE)
        one = str(job.id)
    for command in (("list",), ("gc",), ("info", one), ("resume", one)):
        told = run(command[0], tmp_path, *command[1:])
        assert_harmless(told.stdout + told.stderr)
    raw_json = run("list", tmp_path, "--json").stdout  # which has it as it is, escaped
    assert raw_json.isascii()
    assert_harmless(raw_json)
    assert json.loads(raw_json)[0]["name"] == EVIL
    told = get(tmp_path, f"{url}/{quote(EVIL)}", "-o", folder)
    assert told.returncode == 1
    assert_harmless(told.stderr)


def test_rich_markup_is_text(fault_server: FaultServer, tmp_path: Path) -> None:
    """What looks like markup of rich in a name or an error is shown as it stands."""
    url = fault_server.serve("/f", Resource(Content(10)))
    code, shown = on_terminal(
        *("get", "--store", tmp_path / "store", url, "-o", tmp_path / "[blink]x[@click=y]"),
        cwd=tmp_path,
        COLUMNS="300",
    )
    assert code == 0
    assert "[blink]x[@click=y]" in shown.replace("\r\n", "")
    assert "\x1b[5m" not in shown


def test_words_of_a_server(fault_server: FaultServer, tmp_path: Path) -> None:
    """What a server says in a status line or a header is in no error with its controls."""
    evil = EVIL.replace("\r\n", "").encode()
    answers = {
        "/status": raw(b"HTTP/1.1 404 " + evil + b"\r\nContent-Length: 0\r\n\r\n"),
        "/place": raw(b"HTTP/1.1 302 x\r\nLocation: ftp://" + evil + b"/\r\n\r\n"),
        "/none": raw(evil + b"\r\n\r\n"),
        "/encoding": raw(
            b"HTTP/1.1 200 x\r\nContent-Encoding: " + evil + b"\r\nContent-Length: 1\r\n\r\nx"
        ),
        "/length": raw(b"HTTP/1.1 200 x\r\nContent-Length: " + evil + b"\r\n\r\nx"),
    }
    with open_manager(tmp_path, ONCE) as manager:
        for path, behaviour in answers.items():
            job = manager.create_job(path)
            job.add_file(fault_server.serve(path, behaviour), tmp_path / "out")
            job.resume()
            with pytest.raises(BitsError) as caught:
                job.wait(PATIENCE)
            assert_harmless(str(caught.value) + str(job.error))
            job.cancel()


def test_a_log_has_one_line_for_a_record(
    fault_server: FaultServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No name and no header can begin a line of its own in the log."""
    answer = header("X-Evil", "\x1b[2Jevil")(Resource(Content(10)))
    with caplog.at_level(logging.DEBUG), open_manager(tmp_path, ONCE) as manager:
        manager.verbose = True
        for number, behaviour in enumerate((answer, status(404))):
            job = manager.create_job(EVIL)
            job.add_file(fault_server.serve("/f", behaviour), tmp_path / f"{number}{EVIL}")
            job.resume()
            try:
                job.wait(PATIENCE)
            except BitsError:
                logging.getLogger("program").exception("it failed")
    records = [record for record in caplog.records if record.name.startswith("bitscb3")]
    assert {"bitscb3.job", "bitscb3.http"} <= {record.name for record in records}
    for record in records:
        assert_harmless(record.getMessage())
        assert "\n" not in record.getMessage()


def test_pages_are_not_injected(fault_server: FaultServer, tmp_path: Path) -> None:
    """Names in pictures and in a notebook's tables are text: no element, attribute or script."""
    evil = "</title></text><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&"
    url = fault_server.url("/<script>alert(1)</script>\"'&")
    with open_manager(tmp_path) as manager:
        job = manager.create_job(evil)
        file = job.add_file(url, tmp_path / "out")
        pages = [file.plot(width=2000).svg, job.plot(width=2000).svg]
        pages += [file._repr_html_(), job._repr_html_()]
        pages.append(manager._repr_html_())
        job.cancel()
    for page in pages:
        assert "alert(1)" in page
        for element in ET.fromstring(f"<all>{page}</all>").iter():
            assert element.tag.rpartition("}")[2] in (
                *("all", "svg", "g", "title", "text", "rect", "path", "table", "caption"),
                *("thead", "tbody", "tr", "th", "td", "p", "div", "pre"),
            )
            assert not [name for name in element.attrib if name.startswith("on")]
