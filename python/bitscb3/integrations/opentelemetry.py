# SPDX-License-Identifier: MIT
"""OpenTelemetry: the numbers of a manager as metrics, and a span for each job.

    from bitscb3.integrations.opentelemetry import instrument

    with Manager() as manager, instrument(manager):
        ...

Needs the package opentelemetry-api (`pip install "bitscb3[opentelemetry]"`), and its SDK to send
anything anywhere.

Metrics are called `bitscb3.` and the name of a field of `Manager.stats()`. What only grows is an
observable counter, what is now an observable up-down counter; they are read when they are
collected, and cost nothing between. Managers that are given the same attributes are added up.

A span "bitscb3 job" lasts from the moment a job is made or resumed until it is completed, cancelled
or failed. Its parent is the span in which that was done. It has

| attribute | of |
| --- | --- |
| `bitscb3.job.id`, `bitscb3.job.name` | the job |
| `bitscb3.job.files`, `bitscb3.job.bytes` | how many; once it is transferred |
| `bitscb3.job.outcome` | "completed", "cancelled", "failed", or "left": it is in the store |
| `error.type`, `url.full` | the code of a failure, and the URL without query and user info |

and events of the names in `bitscb3.logs.EVENTS`. Spans take two events of each job from the
service, which are asked for when it is resumed; "retried" and "restarted" are told only while the
logger "bitscb3.job" is enabled for DEBUG.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias, cast

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Meter, MeterProvider, Observation
from opentelemetry.trace import Span, Status, StatusCode, TracerProvider

from bitscb3 import _core
from bitscb3.closing import Closing

if TYPE_CHECKING:
    from bitscb3.logs import About
    from bitscb3.manager import Manager

__all__ = ["Instrumentation", "instrument"]

Attributes: TypeAlias = Mapping[str, str | bool | int | float]
_Key: TypeAlias = tuple[tuple[str, str | bool | int | float], ...]


class _Metric(NamedTuple):
    """How a field of `Manager.stats()` is told."""

    unit: str  # UCUM
    description: str
    grows: bool = True  # a counter; else it tells what is now


_METRICS: Final = {
    "bytes_received": _Metric("By", "Bodies that arrived"),
    "bytes_written": _Metric("By", "Bytes written to temporary files"),
    "requests_sent": _Metric("{request}", "HTTP requests"),
    "requests_succeeded": _Metric("{request}", "Requests that brought what they were sent for"),
    "requests_failed": _Metric("{request}", "Requests that ended by an error"),
    "connections_opened": _Metric("{connection}", "Connections made"),
    "reconnects": _Metric("{connection}", "Lost connections that were made good"),
    "retries": _Metric("{retry}", "Times a job waited to try again"),
    "restarts": _Metric("{restart}", "Times a file began anew"),
    "range_events": _Metric("{event}", "Range events delivered"),
    "ranges_delivered": _Metric("{range}", "Ranges in them"),
    "records_lost": _Metric("{range}", "Ranges that found the queue full and were looked up"),
    "commits": _Metric("{commit}", "Batches written to the store"),
    "jobs": _Metric("{job}", "Jobs that have not ended", grows=False),
    "jobs_running": _Metric("{job}", "Jobs that transfer", grows=False),
    "transfers_running": _Metric("{request}", "Requests under way", grows=False),
    "transfers_paused": _Metric("{request}", "Requests that wait for a limit", grows=False),
}
_UNKNOWN: Final = _Metric("1", "A number of the manager", grows=False)


class _Counted(Protocol):
    """What has numbers: a `Manager`."""

    def stats(self) -> Any: ...


def instrument(
    manager: Manager,
    meter_provider: MeterProvider | None = None,
    tracer_provider: TracerProvider | None = None,
    *,
    attributes: Attributes | None = None,
) -> Instrumentation:
    """Tell OpenTelemetry of a manager, until the returned object or the manager is closed.

    Args:
        manager: The manager. Jobs that were resumed before get no span.
        meter_provider: Who takes the numbers; None: the global provider.
        tracer_provider: Who takes the spans; None: the global provider.
        attributes: Put on everything that is told, to tell managers apart.

    Returns:
        A context manager with `close()`.

    Raises:
        InvalidStateError: The manager is closed.
    """
    return Instrumentation(manager, meter_provider, tracer_provider, dict(attributes or {}))


class Instrumentation(Closing):
    """A manager that is told of. Made by `instrument`.

    Threads:
        Any.
    """

    def __init__(
        self,
        manager: Manager,
        meter_provider: MeterProvider | None,
        tracer_provider: TracerProvider | None,
        attributes: dict[str, str | bool | int | float],
    ) -> None:
        """Begin."""
        self._manager = weakref.ref(manager)  # which may be dropped
        self._attributes = attributes
        self._tracer = trace.get_tracer("bitscb3", _core.version(), tracer_provider)
        self._lock = threading.Lock()  # guards _spans and _closed
        self._spans: dict[str, Span] = {}  # by id of a job
        self._closed = False
        self._source = _Source(manager, attributes)
        self._feed = _feed_of(meter_provider)
        self._feed.add(self._source, metrics.get_meter("bitscb3", _core.version(), meter_provider))
        self._observers = manager.observers
        self._observers.append(self._observe)

    def close(self) -> None:
        """Tell no more; jobs that have not ended are "left". May be called again."""
        with self._lock:
            closed, self._closed = self._closed, True
            spans, self._spans = self._spans, {}
        if closed:
            return
        self._observers.remove(self._observe)
        self._feed.retire(self._source)
        for span in spans.values():
            _end(span, "left")

    def _observe(self, about: About) -> None:
        if about.event is None or about.job is None:  # the manager is to be closed
            self.close()
            return
        final = about.event in ("completed", "cancelled", "failed")
        with self._lock:
            if self._closed:
                return
            span = self._spans.pop(about.job, None) if final else self._spans.get(about.job)
            if span is None and about.event in ("created", "resumed"):
                span = self._spans[about.job] = self._begin(about)
        if span is None:
            return  # it was resumed before it was instrumented, or failed
        if about.event == "transferred":
            self._measure(span, about.job)
        if about.event == "failed":
            span.set_status(Status(StatusCode.ERROR, about.code))
            span.set_attributes(_of_failure(about))
        if final:
            _end(span, about.event)
        elif about.event != "created":
            span.add_event(about.event, _of_failure(about))

    def _begin(self, about: About) -> Span:
        attributes = {
            **self._attributes,
            "bitscb3.job.id": about.job or "",
            "bitscb3.job.name": about.job_name or "",
        }
        return self._tracer.start_span("bitscb3 job", attributes=attributes)

    def _measure(self, span: Span, job: str) -> None:
        manager = self._manager()
        if manager is None or not span.is_recording():
            return
        with contextlib.suppress(OSError, RuntimeError):  # it ended, or the manager did
            progress = manager.job(job).progress
            span.set_attribute("bitscb3.job.files", progress.files_total)
            span.set_attribute("bitscb3.job.bytes", progress.bytes_transferred)


def _end(span: Span, outcome: str) -> None:
    span.set_attribute("bitscb3.job.outcome", outcome)
    span.end()


def _of_failure(about: About) -> dict[str, str]:
    found = {"error.type": about.code, "url.full": about.url}
    return {name: value for name, value in found.items() if value is not None}


class _Source:
    """The numbers of one manager."""

    def __init__(self, manager: Manager, attributes: Attributes) -> None:
        self.attributes = attributes
        self.key = tuple(sorted(attributes.items()))
        self._manager = weakref.ref(cast("_Counted", manager))
        self._last = _numbers(cast("_Counted", manager).stats())

    def numbers(self) -> dict[str, float]:
        """The numbers now; of a manager that is closed, the counters as they were."""
        manager = self._manager()
        if manager is not None:
            with contextlib.suppress(OSError, RuntimeError):  # the manager is closed
                self._last = _numbers(manager.stats())
                return self._last
        return _counters(self._last)


class _Feed:
    """What one meter provider is told: OpenTelemetry's instruments are made once and stay."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards what follows
        self._sources: list[_Source] = []
        self._ended: dict[_Key, tuple[Attributes, dict[str, float]]] = {}
        self._made: set[str] = set()  # instruments, by the field

    def add(self, source: _Source, meter: Meter) -> None:
        """Tell of `source`, too."""
        with self._lock:
            self._sources.append(source)
            fresh = [name for name in source.numbers() if name not in self._made]
            self._made.update(fresh)
        for field in fresh:
            row = _METRICS.get(field, _UNKNOWN)
            make = (
                meter.create_observable_counter
                if row.grows
                else meter.create_observable_up_down_counter
            )
            make(f"bitscb3.{field}", [self._reader(field)], row.unit, row.description)

    def retire(self, source: _Source) -> None:
        """Keep the counters of `source` as they are: what was told must not shrink."""
        with self._lock:
            self._sources.remove(source)
            _, sums = self._ended.setdefault(source.key, (source.attributes, {}))
            for name, value in _counters(source.numbers()).items():
                sums[name] = sums.get(name, 0) + value

    def _reader(self, field: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def read(options: CallbackOptions) -> Iterable[Observation]:
            with self._lock:
                found = [(s.key, s.attributes, s.numbers()) for s in self._sources]
                found += [(key, *ended) for key, ended in self._ended.items()]
            sums: dict[_Key, tuple[Attributes, float]] = {}
            for key, attributes, numbers in found:
                _, before = sums.get(key, (attributes, 0))
                sums[key] = attributes, before + numbers.get(field, 0)
            return [Observation(total, attributes) for attributes, total in sums.values()]

        return read


_GLOBAL: Final = _Feed()
_FEEDS: Final[weakref.WeakKeyDictionary[MeterProvider, _Feed]] = weakref.WeakKeyDictionary()


def _feed_of(provider: MeterProvider | None) -> _Feed:
    if provider is None or provider is metrics.get_meter_provider():
        return _GLOBAL
    return _FEEDS.setdefault(provider, _Feed())


def _numbers(stats: Any) -> dict[str, float]:
    """The numeric fields of a named tuple or a dataclass."""
    names = getattr(stats, "_fields", None) or list(getattr(stats, "__dataclass_fields__", ()))
    values = {name: getattr(stats, name) for name in names}
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }


def _counters(numbers: dict[str, float]) -> dict[str, float]:
    """What stays of numbers when there is no "now" any more."""
    return {
        name: value if _METRICS.get(name, _UNKNOWN).grows else 0 for name, value in numbers.items()
    }
