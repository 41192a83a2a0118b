# SPDX-License-Identifier: MIT
"""How Sphinx builds the pages of this folder; `scripts/docs` runs it. Nothing is fetched."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

import bitscb3

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "bitscb3"
author = "The bitscb3 authors"
project_copyright = "The bitscb3 authors, MIT licence"
version = release = bitscb3.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "public_names",
]
exclude_patterns = ["extensions"]

html_theme = "furo"
html_title = f"bitscb3 {release}"
html_copy_source = False
html_show_sphinx = False
highlight_language = "none"
copybutton_prompt_text = "$ "  # what is copied of a console block are its commands, without this

myst_heading_anchors = 3

# Files beside this folder that pages link to, and the pages that show them.
SHOWN_BY = {
    "../README.md": "index.md",
    "../ARCHITECTURE.md": "architecture.md",
    "../SECURITY.md": "security.md",
}

# Names in backticks are links where they lead somewhere, and code elsewhere.
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [
    ("py:obj", ".*"),
    ("py:.*", r"(?!bitscb3\.).*"),  # of other packages: nothing is fetched to find them
    ("py:class", r"bitscb3\.[a-z_]+\..*"),  # in signatures, of modules that are not public
]

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_class_signature = "mixed"
autodoc_inherit_docstrings = False
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_custom_sections = ["Threads"]


def lead_to_pages(app: Sphinx, name: str, source: list[str]) -> None:
    """Have links to files beside this folder lead to the pages that show them."""
    for path, page in SHOWN_BY.items():
        source[0] = source[0].replace(f"]({path})", f"]({page})")


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", lead_to_pages)
