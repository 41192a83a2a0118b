# SPDX-License-Identifier: MIT
"""The rules of the code base, as far as a program can check them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import bitscb3
from bitscb3 import _core

ROOT = Path(__file__).parents[2]
CPP = ROOT / "cpp"
PACKAGE = ROOT / "python/bitscb3"
TESTS = ROOT / "tests"

pytestmark = pytest.mark.skipif(not CPP.exists(), reason="the sources are not here")

MAY_INCLUDE = {
    "include": set(),
    "base": {"base"},
    "client": {"base", "client"},
    "engine": {"base", "engine"},
    "windows": {"base", "client", "windows"},
    "python": {"base", "client", "windows", "python"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
LONGEST = 500


def cpp_files() -> list[Path]:
    """Every C and C++ file of the product."""
    return sorted(path for path in CPP.rglob("*") if path.suffix in {".c", ".cpp", ".h", ".hpp"})


def python_files() -> list[Path]:
    """Every Python file of the product."""
    return sorted(PACKAGE.parent.rglob("*.py"))


def layer_of(path: Path) -> str:
    """The folder under cpp/ that a file is in."""
    return path.relative_to(CPP).parts[0]


def includes_of(path: Path) -> list[tuple[str, str]]:
    """The includes of a file: the kind of quote, and what is between."""
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def test_layers() -> None:
    """A C++ file includes its own layer, layers below it and public headers; nothing else."""
    wrong = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in cpp_files()
        for quote, name in includes_of(path)
        if quote == '"'
        and (CPP / name).exists()
        and name.split("/")[0] not in MAY_INCLUDE[layer_of(path)]
    ]
    assert not wrong


def test_quoted_includes_are_ours() -> None:
    """What is included in quotes is named from cpp/ and exists."""
    wrong = [
        f"{path.relative_to(ROOT)} includes {name}"
        for path in cpp_files()
        for quote, name in includes_of(path)
        if quote == '"' and not (CPP / name).exists()
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("prefix", "layers"),
    [
        ("pybind11/", {"python"}),
        ("Python.h", set()),
        ("curl/", {"engine"}),
        ("openssl/", {"engine"}),
        ("sqlite3.h", {"engine"}),
        ("windows.h", {"windows", "include"}),
    ],
)
def test_foreign_headers_stay_in_their_layer(prefix: str, layers: set[str]) -> None:
    """pybind11, libcurl, OpenSSL, SQLite and Windows are each known to one layer only."""
    wrong = [
        str(path.relative_to(ROOT))
        for path in cpp_files()
        for _, name in includes_of(path)
        if name.startswith(prefix) and layer_of(path) not in layers
    ]
    assert not wrong


def test_windows_header_is_behind_com_h() -> None:
    """Outside cpp/windows only com.h includes windows.h."""
    users = {
        path.name
        for path in cpp_files()
        for _, name in includes_of(path)
        if name == "windows.h" and layer_of(path) != "windows"
    }
    assert users <= {"com.h"}


def test_files_are_short() -> None:
    """No file of the product has more than 500 lines, the stub excepted."""
    long = [
        str(path.relative_to(ROOT))
        for path in cpp_files() + python_files()
        if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST
    ]
    assert not long


def test_cpp_files_have_a_head() -> None:
    """A C or C++ file begins with its licence and a line that names it and says what is in it."""
    wrong = []
    for path in cpp_files():
        first, second, *_ = path.read_text(encoding="utf-8").splitlines()
        plain = path.suffix in {".c", ".h"}
        licence = (
            "/* SPDX-License-Identifier: MIT */" if plain else "// SPDX-License-Identifier: MIT"
        )
        opening = "/* " if plain else "// "
        if first != licence or not second.startswith(f"{opening}{path.name} - "):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong


def test_python_files_have_a_licence() -> None:
    """A Python file begins with its licence and says in a docstring what is in it."""
    for path in python_files() + sorted((TESTS / "python").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# SPDX-License-Identifier: MIT\n"), path
        assert ast.get_docstring(ast.parse(text)), path


def test_forbidden_means() -> None:
    """No recursive mutex, no fence and no sequentially consistent order; no unfinished business."""
    words = re.compile(
        r"recursive_mutex|memory_order_seq_cst|atomic_thread_fence|\bTODO\b|\bFIXME\b|\bXXX\b"
    )
    wrong = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in cpp_files() + python_files()
        if (found := words.search(path.read_text(encoding="utf-8")))
    ]
    assert not wrong


def test_public_names_are_complete_and_sorted() -> None:
    """`__all__` is sorted, holds every public name of the package, and every one of them exists."""
    modules = {path.stem for path in PACKAGE.iterdir()}
    names = {
        name
        for name in dir(bitscb3)
        if not name.startswith("_")
        and name not in modules | {"annotations", "TYPE_CHECKING", "Any"}
    }
    assert set(bitscb3.__all__) == names | {"__version__"}
    assert bitscb3.__all__ == _sorted(bitscb3.__all__)
    for name in bitscb3.__all__:
        assert getattr(bitscb3, name) is not None


def test_every_module_lists_its_names() -> None:
    """A module's `__all__` names what exists, without doubles."""
    for path in python_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        listed = [
            ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "__all__"
        ]
        if not listed or path.name == "__init__.py":
            continue
        defined = (
            {
                name.id
                for node in ast.walk(tree)
                for name in ast.walk(node)
                if isinstance(name, ast.Name)
            }
            | {
                node.name
                for node in ast.walk(tree)
                if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))
            }
            | {
                alias.asname or alias.name
                for node in ast.walk(tree)
                if isinstance(node, (ast.Import, ast.ImportFrom))
                for alias in node.names
            }
        )
        assert len(set(listed[0])) == len(listed[0]), path
        assert set(listed[0]) <= defined, path


def test_stub_names_are_the_extensions() -> None:
    """The stub declares exactly the public names of the extension, and of each of its classes."""
    tree = ast.parse((PACKAGE / "_core.pyi").read_text(encoding="utf-8"))
    declared = {name for node in tree.body for name in _declared(node)}
    assert declared == {name for name in dir(_core) if not name.startswith("_")}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            members = {name for item in node.body for name in _declared(item)}
            real = {name for name in vars(getattr(_core, node.name)) if not name.startswith("_")}
            assert {name for name in members if not name.startswith("_")} == real, node.name


def test_one_version() -> None:
    """The build, the package and the engine tell the same version."""
    cmake = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(r"project\(bitscb3 VERSION ([0-9.]+)", cmake)
    assert found is not None
    assert found.group(1) == bitscb3.__version__ == _core.version()


def test_every_test_makes_a_claim() -> None:
    """Every Python test has a docstring of one sentence."""
    wrong = []
    for path in sorted((TESTS / "python").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            claim = ast.get_docstring(node)
            if node.name.startswith("test_") and (not claim or not claim.endswith(".")):
                wrong.append(f"{path.name}: {node.name}")
    assert not wrong


def test_nothing_sleeps_to_synchronise() -> None:
    """Tests wait for conditions: only the one bounded poll of support.py sleeps."""
    users = {
        path.name
        for path in sorted((TESTS / "python").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "sleep"
    }
    assert users <= {"support.py"}


def _declared(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def _sorted(names: list[str]) -> list[str]:
    """Constants first, then classes, then the rest, as ruff sorts `__all__`."""

    def key(name: str) -> tuple[int, str]:
        return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)

    return sorted(names, key=key)
