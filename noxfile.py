"""The task list of ARCHITECTURE.md, for those who use nox."""

import nox

nox.options.sessions = ["lint", "tests"]


@nox.session
def lint(session: nox.Session) -> None:
    """Style and types."""
    session.install("--group", "lint", "--group", "test", ".")  # types of what is optional
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("pyright")


@nox.session
def tests(session: nox.Session) -> None:
    """The Python tests on the built package."""
    session.install("--group", "test", ".")
    session.run("pytest", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation as a site, in build/docs."""
    session.install("--group", "docs", ".[fsspec,network,opentelemetry]")
    session.run("scripts/docs", env={"PYTHON": "python"}, external=True)


@nox.session(python=False)
@nox.parametrize("preset", ["dev", "asan", "tsan"])
def cpp(session: nox.Session, preset: str) -> None:
    """The C++ tests, also under sanitizers."""
    session.run("cmake", "--preset", preset, external=True)
    session.run("cmake", "--build", "--preset", preset, "-j", "2", external=True)
    session.run("ctest", "--preset", preset, external=True)


@nox.session
def bench(session: nox.Session) -> None:
    """Figures beside peers; those of the system, such as aria2c and Varnish, where installed."""
    session.install("--group", "bench", ".")
    session.run("python", "-m", "benchmarks", *session.posargs)
