# SPDX-License-Identifier: MIT
"""Pictures of files and jobs: what they claim is here is here, whatever names and ranges are."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitscb3 import EOF, Manager
from bitscb3.pictures import RangePicture, text_map
from bitscb3.pictures.coverage import coverage
from bitscb3.pictures.snapshot import FileSnapshot, JobSnapshot
from bitscb3.pictures.svg import fit
from bitscb3.testing import Content, FaultServer, Resource, cut_after, ignore_range
from support import KIB, PATIENCE, eventually, open_manager

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</title><script>alert(1)</script>&\x00\x1b[2J\u202e\ud800"


def parse(svg: str) -> ET.Element:
    """The root of a picture that is an XML document, has no script and asks for nothing outside."""
    root = ET.fromstring(svg.encode("utf-8"))
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        *("svg", "title", "g", "text", "rect", "path")
    }
    assert not [name for node in root.iter() for name in node.attrib if "href" in name]
    return root


def texts(svg: str) -> list[str]:
    """What a picture says."""
    return [node.text or "" for node in parse(svg).iter(f"{SVG}text")]


def drawn(row: FileSnapshot) -> RangePicture:
    """A picture of a file like that."""
    return RangePicture(row, 640, 24)


@st.composite
def filled_files(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    """A size, and ranges in it that are sorted and apart."""
    size = draw(st.integers(1, 5000))
    ends = sorted(draw(st.sets(st.integers(0, size), max_size=12)))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    return size, [(begin, end - begin) for begin, end in pairs]


@given(filled_files(), st.integers(1, 300))
def test_coverage_is_exact(file: tuple[int, list[tuple[int, int]]], parts: int) -> None:
    """The parts of a file add up to the bytes that are here, and each is what its bytes add up to."""
    size, ranges = file
    filled = coverage(ranges, size, parts)
    assert sum(filled) == parts * sum(length for _, length in ranges)
    for part in range(parts):
        begin, end = part * size, (part + 1) * size
        inside = sum(
            max(0, min(end, (at + length) * parts) - max(begin, at * parts))
            for at, length in ranges
        )
        assert filled[part] == inside


@given(filled_files(), st.integers(1, 40), st.integers(1, 5), st.booleans())
def test_a_map_never_exaggerates(
    file: tuple[int, list[tuple[int, int]]], width: int, height: int, plain: bool
) -> None:
    """A character says whole only where all is here, and nothing only where nothing is."""
    size, ranges = file
    rows = text_map(ranges, size, width, height, plain=plain).split("\n")
    assert [len(row) for row in rows] == [width] * height
    whole, nothing = ("#", ".") if plain else ("█", "·")
    parts = coverage(ranges, size, width * height)
    lines = coverage(ranges, size, 4 * width * height)
    for row, line in enumerate(rows):
        for column, character in enumerate(line):
            if plain:
                part, full = parts[row * width + column], size
            else:
                upper = 4 * width * row + 2 * column
                quarters = [lines[upper + at] for at in (0, 1, 2 * width, 2 * width + 1)]
                part, full = sum(quarters), 4 * size
            assert (character == whole) == (part == full)
            assert (character == nothing) == (part == 0)


@pytest.mark.parametrize(
    ("ranges", "size", "wanted"),
    [
        ([(0, 64)], 64, "████\n████"),
        ([], 64, "····\n····"),
        ([(0, 8)], 64, "▀▀··\n····"),
        ([(16, 16)], 64, "▄▄▄▄\n····"),
        ([(0, 4), (24, 1), (32, 32)], 64, "▀·▖·\n████"),
        ([(1, 1), (64, 64)], 128, "░···\n████"),
        ([(0, 1), (2, 62)], 64, "▓███\n████"),
        ([], None, "····\n····"),
        ([], 0, "████\n████"),
        (None, 64, "????\n????"),
    ],
)
def test_maps(ranges: list[tuple[int, int]] | None, size: int | None, wanted: str) -> None:
    """A map of two rows is read as text, two lines of quarters to a row."""
    assert text_map(ranges, size, 4, 2) == wanted


def test_a_map_takes_a_size() -> None:
    """A map without a row or a column is refused."""
    with pytest.raises(ValueError, match="0 x 1"):
        text_map([], 1, 0, 1)


def test_many_ranges_make_a_small_picture() -> None:
    """A picture of 100,000 ranges has less than 100 kB, however they lie and however wide it is."""
    worst = [(at * 1000 + at * 7919 % 600, 1 + at * 104_729 % 300) for at in range(100_000)]
    for width in (40, 640, 4000):
        for spread in (1, 1000):
            row = FileSnapshot("a", "b", 100_000_000 * spread, worst)
            assert len(RangePicture(row, width, 24).svg) < 100_000
    rows = [FileSnapshot("a" * 120, "b", 100_000, worst[:100]) for _ in range(60)]
    assert len(RangePicture(JobSnapshot("job", "", rows, "", ""), 4000, 24).svg) < 100_000


def test_figures_of_a_picture(fault_server: FaultServer, tmp_path: Path) -> None:
    """A picture tells how much is here, in how many ranges, in words and for who cannot see it."""
    size = 1000 * KIB
    url = fault_server.serve("/a%20b.bin", Resource(Content(size)))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("drawn", on_demand=True)
        file = job.add_file(f"{url}?token=secret", tmp_path / "a")
        assert "size not known yet" in str(file.plot())
        file.request_ranges([(0, size // 4), (size // 2, 1)]).result(PATIENCE)
        picture = file.plot()
        assert texts(picture.svg) == [url, "250.0 KiB of 1000.0 KiB, 25 %, 2 ranges"]
        assert parse(picture.svg)[0].text == f"{url}: 250.0 KiB of 1000.0 KiB, 25 %, 2 ranges"
        lines = picture.text(8, 2, plain=False).splitlines()
        assert lines == [url, "250.0 KiB of 1000.0 KiB, 25 %, 2 ranges", "▀▀▀▀▀▀▀▀", "░·······"]
        assert "secret" not in picture.svg + str(picture) + repr(picture) + job._repr_html_()
        file.request_ranges([(0, EOF)]).result(PATIENCE)
        assert texts(file.plot().svg)[1] == "1000.0 KiB, whole"
        assert texts(picture.svg)[1].startswith("250.0 KiB")  # as it was


def test_a_job_has_a_row_for_each_file(fault_server: FaultServer, tmp_path: Path) -> None:
    """The picture of a job shows its first files, and tells of the others in one line."""
    for number in range(5):
        fault_server.serve(f"/{number}", Resource(Content(2 * KIB)))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("five")
        job.add_files([(fault_server.url(f"/{at}"), tmp_path / f"{at}") for at in range(5)])
        job.resume()
        job.wait(PATIENCE)
        said = texts(job.plot(files=2).svg)
        assert said[:2] == ["five, TRANSFERRED", "10.0 KiB of 10.0 KiB, 100 %, 5 of 5 files"]
        assert said[2:6:2] == [fault_server.url("/0"), fault_server.url("/1")]
        assert said[6:] == ["3 more files, 6.0 KiB here"]
        assert texts(job.plot(files=0).svg)[2:] == ["5 files, 10.0 KiB here"]
        assert len(texts(job.plot().svg)) == 2 + 2 * 5
        with pytest.raises(ValueError, match="files is 61"):
            job.plot(files=61)


def test_what_is_not_told_is_said(fault_server: FaultServer, tmp_path: Path) -> None:
    """Where the ranges of a file are not told, its picture says so, and why."""
    source = tmp_path / "source"
    source.write_bytes(bytes(3000))
    whole = fault_server.serve("/a", Resource(Content(3000)), ignore_range(), cut_after(1000))
    pieces = fault_server.serve("/b", Resource(Content(3000)))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("silent")
        local = job.add_file(source.as_uri(), tmp_path / "local")
        part = job.add_file(pieces, tmp_path / "part", ranges=[(5, 10)])
        assert "not told: a file:// URL" in local.plot().svg
        assert "not told: a file of pieces" in part.plot().svg
        assert "????" in str(local.plot())
        other = manager.create_job("no ranges")
        file = other.add_file(whole, tmp_path / "a")
        other.resume()
        fault_server.wait_for(lambda requests: any(one.bytes_sent for one in requests))
        assert eventually(lambda: "no ranges from this server" in file.plot().svg)
        job.resume()
        job.wait(PATIENCE)
        assert texts(local.plot().svg)[1] == "2.9 KiB, whole"
        assert texts(part.plot().svg)[1] == "10 bytes, whole"


def test_pictures_of_ended_jobs(fault_server: FaultServer, tmp_path: Path) -> None:
    """Completed, cancelled and closed, everything can still be shown."""
    url = fault_server.serve("/a", Resource(Content(KIB)))
    with open_manager(tmp_path) as manager:
        done = manager.create_job("done")
        done.add_file(url, tmp_path / "a")
        done.resume()
        done.wait(PATIENCE)
        assert "<td>done</td><td>TRANSFERRED</td>" in manager._repr_html_()
        done.complete()
        gone = manager.create_job("gone <b>")
        gone.add_file(url, tmp_path / "b")
        gone.cancel()
        empty = manager.create_job("empty")
        assert texts(empty.plot().svg) == [
            "empty, SUSPENDED",
            "0 bytes of 0 bytes, 100 %, 0 of 0 files",
        ]
    for job in (done, gone, empty):
        assert job.plot().svg.startswith("<svg")
        assert "<svg" in job._repr_html_()
        for file in job.files:
            assert parse(file.plot().svg) is not None
            assert "<svg" in file._repr_html_()
    assert "1.0 KiB, whole" in done.plot().svg
    assert "gone &lt;b&gt;, CANCELLED" in gone.plot().svg
    assert "closed" in manager._repr_html_()


def test_an_error_is_in_the_picture(fault_server: FaultServer, tmp_path: Path) -> None:
    """The picture of a job that failed says why; a notebook shows all the words."""
    with open_manager(tmp_path) as manager:
        job = manager.create_job("failing")
        job.add_file(fault_server.url("/none"), tmp_path / "a")
        job.resume()
        with pytest.raises(OSError, match="404"):
            job.wait(PATIENCE)
        assert str(job.error) in str(job.plot())
        assert "failing, ERROR" in texts(job.plot().svg)
        assert job._repr_html_().endswith("</p></div>")


def test_hostile_names_stay_text() -> None:
    """Names that try to break out of a document or to steer a terminal stay text."""
    from bitscb3.pictures.snapshot import printable

    name = printable(HOSTILE)
    picture = RangePicture(
        JobSnapshot(name, "", [FileSnapshot(name, name, 5, [])], "", name), 640, 24
    )
    parse(picture.svg)
    assert "<script" not in picture._repr_html_()
    assert "\x1b" not in str(picture)
    assert picture.text(plain=True).isascii()
    wide = "ファイル" * 100
    assert len(fit(wide, 200)) < 20
    assert fit("abc", 200) == "abc"
    assert fit("a" * 50 + "z", 66).startswith("aaaa")
    assert fit("a" * 50 + "z", 66).endswith("aaaz")


def test_a_picture_is_saved(tmp_path: Path) -> None:
    """save() writes the document and tells where it is; sizes that make no sense are refused."""
    picture = drawn(FileSnapshot("ä", "x", 5, [(0, 5)]))
    path = picture.save(tmp_path / "a.svg")
    assert path.read_text(encoding="utf-8") == picture.svg == picture._repr_svg_()
    for width, height in ((39, 24), (4001, 24), (640, 0), (640, 1001)):
        with pytest.raises(ValueError, match=r"give \d+ to"):
            RangePicture(FileSnapshot("a", "", 5, []), width, height)
    with pytest.raises(TypeError):
        RangePicture(FileSnapshot("a", "", 5, []), 99.5, 24)  # type: ignore[arg-type]


def test_the_table_of_a_manager(tmp_path: Path) -> None:
    """A notebook shows the jobs of a manager in a table, and counts those it leaves out."""
    with Manager("engine", tmp_path / "store") as manager:
        jobs = [manager.create_job(f"job {number} <&>") for number in range(52)]
        html = manager._repr_html_()
        assert html.count("<tr>") == 51
        assert "<p>2 more</p>" in html
        assert "job 0 &lt;&amp;&gt;" in html
        assert "52 jobs" in html
        assert len(jobs) == 52


def test_import_is_light() -> None:
    """`import bitscb3` imports no pictures."""
    code = "import bitscb3, sys; print(*(name for name in sys.modules if 'pictures' in name))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == ""
