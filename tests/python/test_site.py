# SPDX-License-Identifier: MIT
"""The documentation as a site: scripts/docs builds it, and every public name is in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zlib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import bitscb3
import bitscb3.testing
from pages import DOCS, ROOT

pytestmark = [
    pytest.mark.skipif(not DOCS.exists(), reason="the documents are not here"),
    pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here"),
    pytest.mark.skipif(
        any(find_spec(name) is None for name in ("sphinx", "furo", "myst_parser")),
        reason="Sphinx and its friends are not installed: --group docs",
    ),
    pytest.mark.timeout(200),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as scripts/docs builds it."""
    folder = tmp_path_factory.mktemp("site")
    package = Path(bitscb3.__file__).parents[1]
    done = subprocess.run(
        [ROOT / "scripts/docs", folder],
        env={**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def names(site: Path) -> set[str]:
    """The Python names that the reference has, from the site's inventory."""
    inventory = (site / "objects.inv").read_bytes()
    lines = zlib.decompress(inventory.split(b"\n", 4)[4]).decode("utf-8").splitlines()
    return {line.split()[0] for line in lines if line.split()[1].startswith("py:")}


def integrations() -> list[ModuleType]:
    """The modules that the page on integrations names, as far as they are there."""
    package = "bitscb3.integrations"
    if find_spec(package) is None:
        return []
    page = (DOCS / "reference/integrations.rst").read_text("utf-8")
    names = [f"{package}.{part}" for part in re.findall(r":submodules: (.*)", page)[0].split()]
    return [import_module(name) for name in names if find_spec(name)]


def test_every_public_name_is_in_the_reference(names: set[str]) -> None:
    """The reference has each name of bitscb3, of bitscb3.testing and of the integrations."""
    modules = [bitscb3, bitscb3.testing, *integrations()]
    for module in modules:
        public = {f"{module.__name__}.{name}" for name in module.__all__ if name[:2] != "__"}
        assert public <= names, sorted(public - names)


def test_members_are_in_the_reference(names: set[str]) -> None:
    """So are methods and properties, those a class inherits from our own bases too."""
    assert {"bitscb3.Job.on_ranges", "bitscb3.Job.priority", "bitscb3.Job.complete"} <= names
    assert {"bitscb3.JobState.TRANSFERRED", "bitscb3.JobProgress.bytes_total"} <= names


def test_nothing_is_fetched(site: Path) -> None:
    """A page that is looked at asks no other server for scripts, styles, fonts or pictures."""
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        for tag in ("script", "img", "link"):
            for part in text.split(f"<{tag} ")[1:]:
                assert "//" not in part.split(">", 1)[0].replace("http://www.w3.org", ""), page
