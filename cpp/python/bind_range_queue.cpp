// SPDX-License-Identifier: MIT
// bind_range_queue.cpp - the raw path: RangeQueue and RangeBatch, no Python object for a range.

#include "client/tap.hpp"
#include "python/common.hpp"
#include "python/range_array.hpp"

namespace bitscb3 {

namespace {

struct Queue {
    explicit Queue(std::size_t capacity) : tap(capacity) {}
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;
    ~Queue() { close(); }
    void close() {
        const Unlocked unlocked;
        tap.close();
    }
    Tap tap;
};

py::buffer_info to_buffer(TapBatch& batch) {
    return {batch.records.data(),
            sizeof(TapRecord),
            "T{=I:job:=I:file:=Q:offset:=Q:length:=Q:time_ns:}",
            1,
            {static_cast<py::ssize_t>(batch.records.size())},
            {static_cast<py::ssize_t>(sizeof(TapRecord))},
            true};
}

Range range_of(const TapRecord& record) noexcept {
    return {record.offset, record.length};
}

py::object item(const TapBatch& batch, py::ssize_t index) {
    const auto size = static_cast<py::ssize_t>(batch.records.size());
    if (index < 0) index += size;
    if (index < 0 || index >= size) throw py::index_error("there is no such record");
    return make_range(range_of(batch.records[static_cast<std::size_t>(index)]));
}

std::unique_ptr<TapBatch> drain(Queue& self, const std::optional<double>& timeout) {
    auto batch = std::make_unique<TapBatch>();
    (void)wait_interruptibly(timeout, [&](Instant deadline) {
        TapBatch part;
        const WaitResult result = self.tap.drain(deadline, part);
        batch->records = std::move(part.records);
        batch->lost += part.lost;
        batch->generation = part.generation;
        return result;
    });
    return batch;
}

} // namespace

void bind_range_queue(py::module_& module) {
    py::class_<TapBatch>(
        module, "RangeBatch", py::buffer_protocol(), py::is_final(),
        "What `RangeQueue.drain` found: a sequence of `Range`, and a buffer.\n\n"
        "`numpy.asarray(batch)` is a structured array over its own memory, with the fields job "
        "u32,\n"
        "file u32, offset u64, length u64 and time_ns u64 (of `time.monotonic_ns`).")
        .def_buffer(&to_buffer)
        .def("__len__", [](const TapBatch& batch) { return batch.records.size(); })
        .def("__getitem__", &item, py::arg("index"))
        .def("__iter__",
             [](const TapBatch& batch) {
                 py::list all;
                 for (const TapRecord& record : batch.records)
                     all.append(make_range(range_of(record)));
                 return py::iter(all);
             })
        .def_property_readonly(
            "lost", [](const TapBatch& batch) { return batch.lost; },
            "Events that found no place since the previous drain.")
        .def_property_readonly(
            "generation", [](const TapBatch& batch) { return batch.generation; },
            "Grows when a file restarted and what was told of it before became void.");

    Bound<Queue>(module, "RangeQueue", py::is_final())
        .def(py::init([](py::ssize_t capacity) {
                 constexpr py::ssize_t kMost = py::ssize_t{1} << 30;
                 if (capacity < 1 || capacity > kMost) {
                     throw py::value_error("capacity must be between 1 and 2**30 records");
                 }
                 return new Queue(static_cast<std::size_t>(capacity));
             }),
             py::arg("capacity"))
        .def_property_readonly("capacity", [](const Queue& self) { return self.tap.capacity(); })
        .def(
            "attach",
            [](Queue& self, const JobHandle& job) {
                std::uint32_t number = 0;
                HRESULT result = S_OK;
                {
                    const Unlocked unlocked;
                    result = self.tap.attach({job.service, &job.service->pump}, job.stream, number);
                }
                check(result);
                if (job.service->pump.is_by_progress(job.stream)) {
                    const Unlocked unlocked;
                    self.tap.detach(job.service->pump, job.stream);
                    throw no_ranges();
                }
                return number;
            },
            py::arg("job"))
        .def(
            "detach",
            [](Queue& self, const JobHandle& job) {
                const Unlocked unlocked;
                self.tap.detach(job.service->pump, job.stream);
            },
            py::arg("job"))
        .def("drain", &drain, py::arg("timeout"))
        .def("close", &Queue::close);
}

} // namespace bitscb3
