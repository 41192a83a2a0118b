# SPDX-License-Identifier: MIT
"""The directive `public-names`: the reference of what a module lists in `__all__`.

.. public-names:: bitscb3
   :kind: class

So a name that is added to a module is in the reference, too.
"""

from __future__ import annotations

import enum
import importlib
import importlib.util
import inspect
import re
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.ext.napoleon import GoogleDocstring
from sphinx.util.docutils import SphinxDirective

KINDS = ("function", "class", "record", "enumeration", "exception", "value")
PROPERTIES: dict[str, list[str]] = {}  # texts on their way past napoleon, by name
# Methods without an underscore that programs have no use for.
INNER = {
    *("about", "allows", "check_process", "check_resumed", "drop_stream", "failure"),
    *("note_silent", "outcome", "require", "subscribe", "timed_out", "update_flags", "whereabouts"),
}


def kind_of(thing: Any) -> str:
    """Under which heading of the reference something belongs."""
    if not inspect.isclass(thing):
        return "function" if callable(thing) and not hasattr(thing, "__args__") else "value"
    if issubclass(thing, BaseException):
        return "exception"
    if issubclass(thing, enum.Enum):
        return "enumeration"
    if issubclass(thing, tuple):
        return "record"
    return "class"


def is_ours(module: str) -> bool:
    """Whether it is a module of this package: others document themselves."""
    return module.partition(".")[0] == "bitscb3"


def lines_for(module: Any, name: str) -> list[str]:
    """The directive of autodoc for a public name."""
    thing = getattr(module, name)
    kind = kind_of(thing)
    directive = {"function": "autofunction", "value": "autodata", "exception": "autoexception"}
    lines = [f".. {directive.get(kind, 'autoclass')}:: {name}"]
    if kind == "class":
        foreign = {base.__name__ for base in thing.__mro__ if not is_ours(base.__module__)}
        lines.append(f"   :inherited-members: {', '.join(sorted(foreign))}")
    elif kind == "exception":
        lines.append("   :show-inheritance:")
    lines.append("")
    if kind == "enumeration":
        for member in thing.__members__.values():
            lines += attribute(
                thing,
                member.name,
                f":value: {int(member):{'#x' if issubclass(thing, enum.Flag) else 'd'}}",
            )
    elif kind == "record":
        for field in thing._fields:
            kind = thing.__annotations__[field]  # a ForwardRef, as annotations are not evaluated
            lines += attribute(thing, field, f":type: {getattr(kind, '__forward_arg__', kind)}")
    return lines


def attribute(owner: type, name: str, option: str) -> list[str]:
    """The lines for a member or field, with what the source says beside or below it."""
    found = re.search(
        rf'^    {name}\b(?:[^#\n]*#\s*(?P<beside>[^\n]+)|[^\n]*\n    """(?P<below>.*?)""")',
        inspect.getsource(owner),
        re.MULTILINE | re.DOTALL,
    )
    said = " ".join((found["beside"] or found["below"]).split()).rstrip(".") if found else ""
    said = said and f"{said[0].upper()}{said[1:]}."
    return [f"   .. attribute:: {name}", f"      {option}", "", f"      {said}", ""]


class PublicNames(SphinxDirective):
    """The reference of a module's public names, of those of one kind, or of its submodules'."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "kind": lambda text: directives.choice(text, KINDS),
        "submodules": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """The nodes of every name."""
        found = []
        for module in self._modules():
            names = [name for name in module.__all__ if not name.startswith("__")]
            if "kind" in self.options:
                kind = self.options["kind"]
                names = [name for name in names if kind_of(getattr(module, name)) == kind]
            lines = [f".. currentmodule:: {module.__name__}", ""]
            for name in names:
                lines += lines_for(module, name)
            if "submodules" in self.options:
                lines = [f".. automodule:: {module.__name__}", "   :no-members:", "", *lines]
                found.append(nodes.rubric(text=module.__name__))
            found += self.parse_text_to_nodes(StringList(lines, self.arguments[0]))
        return found

    def _modules(self) -> list[Any]:
        name = self.arguments[0]
        if "submodules" not in self.options:
            return [importlib.import_module(name)]
        if importlib.util.find_spec(name) is None:
            return []
        names = [f"{name}.{part}" for part in self.options["submodules"].split()]
        return [importlib.import_module(part) for part in names if importlib.util.find_spec(part)]


def prepare_docstring(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Make reStructuredText of what napoleon does not understand; runs before it."""
    out: list[str] = []
    field = ""  # that the lines belong to
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if is_sentence(line, after):
            field = line[:-1].lower()
            continue
        if field and before == f"{field.title()}:":
            out.append(f":{field}: {line.strip()}")
            continue
        field = field if line.startswith(" ") else ""
        if line.startswith("    ") and not before and is_text(out):
            out += [".. code-block:: python", ""]
        line = re.sub(r"(`[^`]+`)(\w?)", lambda name: f"{name[1]}\\ {name[2]}".rstrip("\\ "), line)
        out.append(f"      {line}" if field else line)
    if what == "property":  # to which napoleon finds a type before a colon, too
        out = GoogleDocstring(out, app.config, app, "method", name, thing, options).lines()
        PROPERTIES[name] = out
    lines[:] = out


def restore_docstring(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Have a property's text as it was prepared; runs after napoleon."""
    if what == "property":
        lines[:] = PROPERTIES.pop(name)


def is_sentence(heading: str, line: str) -> bool:
    """Whether a section is a sentence, in which napoleon would find types before colons."""
    names = re.match(r"\s+[\w.]+(, [\w.]+)*:", line)
    return heading == "Returns:" or (heading == "Raises:" and not names)


def is_text(lines: list[str]) -> bool:
    """Whether the last line that is not empty stands at the margin."""
    last = next((line for line in reversed(lines) if line), " ")
    return not last.startswith((" ", ":"))


def tidy_signature(
    app: Sphinx, what: str, name: str, thing: Any, options: object, signature: str, returns: str
) -> tuple[str, str] | None:
    """Leave out how to make what programs never make."""
    made_here = (getattr(thing, "__init__", None).__doc__ or "").startswith("Made by")
    if what == "exception" or (what == "class" and (made_here or issubclass(thing, enum.Enum))):
        return "", ""
    return None


def skip_member(
    app: Sphinx, what: str, name: str, thing: object, skip: bool, options: object
) -> bool | None:
    """Leave out what is for other modules of the package."""
    return True if name in INNER or type(thing).__name__ == "_tuplegetter" else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("public-names", PublicNames)
    app.connect("autodoc-process-docstring", prepare_docstring, priority=400)
    app.connect("autodoc-process-docstring", restore_docstring, priority=600)
    app.connect("autodoc-process-signature", tidy_signature)
    app.connect("autodoc-skip-member", skip_member)
    return {"parallel_read_safe": True}
