# SPDX-License-Identifier: MIT
"""What OpenTelemetry is told of managers and their jobs."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("opentelemetry.sdk")

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from bitscb3 import Manager, Settings, TransferError
from bitscb3.integrations.opentelemetry import Instrumentation, instrument
from bitscb3.testing import Content, FaultServer, Resource, flaky, status
from support import PATIENCE, eventually, open_manager

SIZE = 100_000
ONCE = Settings(no_progress_timeout_s=0)  # the first error is final


class Numbers(NamedTuple):
    """In the form of `Manager.stats()`."""

    bytes_received: int = 0
    jobs_running: int = 0
    something_new: float = 0.5
    name: str = "no number"


class Counted:
    """What `instrument` needs of a manager whose numbers the test chooses."""

    def __init__(self, **numbers: int) -> None:
        self.observers: list[object] = []
        self.numbers = Numbers(**numbers)

    def stats(self) -> Numbers:
        return self.numbers


class Telemetry:
    """OpenTelemetry in memory."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self._exporter = InMemorySpanExporter()
        self.meters = MeterProvider([self._reader])
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))

    def instrument(self, manager: Any, **options: Any) -> Instrumentation:
        return instrument(manager, self.meters, self.tracers, **options)

    def metrics(self) -> dict[str, Any]:
        """What a collection finds, by name."""
        data = self._reader.get_metrics_data()
        return {
            metric.name: metric
            for resource in (data.resource_metrics if data is not None else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def values(self, name: str) -> dict[str, float]:
        """The values of one metric, by the attribute "who"."""
        points = self.metrics()[name].data.data_points
        return {str(point.attributes.get("who", "")): point.value for point in points}

    def spans(self) -> list[ReadableSpan]:
        """The spans that have ended."""
        return list(self._exporter.get_finished_spans())


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    """OpenTelemetry in memory."""
    made = Telemetry()
    yield made
    made.meters.shutdown()
    made.tracers.shutdown()


@pytest.fixture(autouse=True)
def _counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Managers have numbers."""
    if not hasattr(Manager, "stats"):
        monkeypatch.setattr(Manager, "stats", lambda self: Numbers(), raising=False)


def outcomes(telemetry: Telemetry) -> list[object]:
    """How the jobs of the spans ended."""
    return [(span.attributes or {})["bitscb3.job.outcome"] for span in telemetry.spans()]


def names(span: ReadableSpan) -> list[str]:
    """The events of a span."""
    return [event.name for event in span.events]


def test_kinds(telemetry: Telemetry) -> None:
    """Every numeric field is a metric of its unit; what grows is a counter, other numbers are not."""
    with telemetry.instrument(Counted(bytes_received=7, jobs_running=2)):
        found = telemetry.metrics()
    assert set(found) == {"bitscb3.bytes_received", "bitscb3.jobs_running", "bitscb3.something_new"}
    received, running = found["bitscb3.bytes_received"], found["bitscb3.jobs_running"]
    assert (received.unit, received.data.is_monotonic) == ("By", True)
    assert (running.unit, running.data.is_monotonic) == ("{job}", False)
    assert [point.value for point in received.data.data_points] == [7]


def test_managers_are_added_up(telemetry: Telemetry) -> None:
    """Managers of the same attributes are one sum, which does not shrink when one of them closes."""
    one, two, other = (Counted(bytes_received=n, jobs_running=1) for n in (1, 10, 100))
    first = telemetry.instrument(one, attributes={"who": "a"})
    second = telemetry.instrument(two, attributes={"who": "a"})
    with telemetry.instrument(other, attributes={"who": "b"}):
        assert telemetry.values("bitscb3.bytes_received") == {"a": 11, "b": 100}
        assert telemetry.values("bitscb3.jobs_running") == {"a": 2, "b": 1}
        two.numbers = Numbers(bytes_received=20, jobs_running=1)
        second.close()
        second.close()
        two.numbers = Numbers(bytes_received=9999)
        assert telemetry.values("bitscb3.bytes_received") == {"a": 21, "b": 100}
        assert telemetry.values("bitscb3.jobs_running") == {"a": 1, "b": 1}
        assert two.observers == []
    first.close()
    assert telemetry.values("bitscb3.bytes_received") == {"a": 21, "b": 100}
    assert telemetry.values("bitscb3.jobs_running") == {"a": 0, "b": 0}


def test_a_dropped_manager_keeps_its_counters(telemetry: Telemetry, tmp_path: Path) -> None:
    """Being told of keeps no manager alive; what it counted stays."""
    manager = Counted(bytes_received=5, jobs_running=1)
    told = telemetry.instrument(manager)
    assert telemetry.values("bitscb3.bytes_received") == {"": 5}
    real = open_manager(tmp_path)
    also = telemetry.instrument(real, attributes={"who": "real"})
    dropped = weakref.ref(real)
    del manager, real
    gc.collect()
    assert dropped() is None
    assert telemetry.values("bitscb3.bytes_received")[""] == 5
    assert telemetry.values("bitscb3.jobs_running")[""] == 0
    told.close()
    also.close()


def test_a_good_job(telemetry: Telemetry, fault_server: FaultServer, tmp_path: Path) -> None:
    """A job's span is a child of the span it was made in, and tells files, bytes and outcome."""
    url = fault_server.serve("/f", Resource(Content(SIZE)))
    with open_manager(tmp_path) as manager, telemetry.instrument(manager, attributes={"who": "a"}):
        with telemetry.tracers.get_tracer("test").start_as_current_span("outer") as outer:
            job = manager.create_job("good")
        job.add_file(url, tmp_path / "out")
        job.resume()
        job.wait(PATIENCE)
        job.complete()
    (_, span) = telemetry.spans()
    assert span.name == "bitscb3 job"
    assert span.attributes == {
        "who": "a",
        "bitscb3.job.id": str(job.id),
        "bitscb3.job.name": "good",
        "bitscb3.job.files": 1,
        "bitscb3.job.bytes": SIZE,
        "bitscb3.job.outcome": "completed",
    }
    assert span.status.status_code is StatusCode.UNSET
    assert names(span) == ["resumed", "transferred"]
    assert span.parent is not None
    assert span.parent.span_id == outer.get_span_context().span_id


def test_a_failed_job(telemetry: Telemetry, fault_server: FaultServer, tmp_path: Path) -> None:
    """A failure ends a span with its code; resuming begins another; no secret of the URL is told."""
    url = fault_server.serve("/f", Resource(Content(SIZE)), flaky(1, status(404)))
    with open_manager(tmp_path, ONCE) as manager, telemetry.instrument(manager):
        job = manager.create_job("bad")
        job.add_file(url + "?key=sesame", tmp_path / "out")
        job.resume()
        with pytest.raises(TransferError):
            job.wait(PATIENCE)
        eventually(lambda: telemetry.spans())
        job.resume()
        job.wait(PATIENCE)
        job.cancel()
        job = manager.create_job("left")
        job.add_file(url, tmp_path / "other")
    assert outcomes(telemetry) == ["failed", "cancelled", "left"]
    failed, resumed, _ = telemetry.spans()
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.status.description == "BG_E_HTTP_ERROR_404"
    assert failed.attributes is not None
    assert failed.attributes["error.type"] == "BG_E_HTTP_ERROR_404"
    assert failed.attributes["url.full"] == url
    assert resumed.status.status_code is StatusCode.UNSET
    assert not [span for span in telemetry.spans() if "sesame" in span.to_json()]


def test_an_adopted_job(telemetry: Telemetry, fault_server: FaultServer, tmp_path: Path) -> None:
    """A job that another manager left behind gets a span when it is resumed."""
    url = fault_server.serve("/f", Resource(Content(SIZE)))
    with open_manager(tmp_path) as manager:
        job = manager.create_job("adopted")
        job.add_file(url, tmp_path / "out")
    with open_manager(tmp_path) as manager, telemetry.instrument(manager):
        (job,) = manager.resume_all()
        job.wait(PATIENCE)
        job.complete()
    (span,) = telemetry.spans()
    assert names(span) == ["resumed", "transferred"]
    assert outcomes(telemetry) == ["completed"]


def test_a_closed_manager(telemetry: Telemetry, fault_server: FaultServer, tmp_path: Path) -> None:
    """Closing the manager is enough: the spans of its jobs end, and its counters stay."""
    url = fault_server.serve("/f", Resource(Content(SIZE)))
    with open_manager(tmp_path) as manager:
        told = telemetry.instrument(manager)
        job = manager.create_job("left")
        job.add_file(url, tmp_path / "out")
        job.resume()
        job.wait(PATIENCE)
    assert outcomes(telemetry) == ["left"]
    assert telemetry.values("bitscb3.bytes_received")[""] == SIZE
    told.close()
    assert outcomes(telemetry) == ["left"]


def test_the_global_providers(tmp_path: Path) -> None:
    """Without an SDK, and without providers, a manager is instrumented in vain and at peace."""
    with open_manager(tmp_path) as manager, instrument(manager) as told, told:
        job = manager.create_job("alone")
        job.cancel()


@pytest.mark.skipif("stats" not in vars(Manager), reason="managers have no numbers")
def test_every_number_of_a_manager(telemetry: Telemetry, tmp_path: Path) -> None:
    """Each field of `Manager.stats()` has a unit and a description."""
    with open_manager(tmp_path) as manager, telemetry.instrument(manager):
        found = telemetry.metrics()
        fields = manager.stats()._asdict()  # type: ignore[attr-defined, unused-ignore]
        assert set(found) == {f"bitscb3.{name}" for name in fields}
    assert not [name for name, metric in found.items() if metric.unit == "1"]
