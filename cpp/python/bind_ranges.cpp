// SPDX-License-Identifier: MIT
// bind_ranges.cpp - RangeArray; a Range object is made only for who iterates.

#include "client/range_request.hpp"
#include "python/common.hpp"
#include "python/range_array.hpp"

namespace bitscb3 {

py::object make_range(const Range& range) {
    PYBIND11_CONSTINIT static py::gil_safe_call_once_and_store<py::object> type;
    const py::object& make =
        type.call_once_and_store_result(
                [] { return py::object(py::module_::import("bitscb3.ranges").attr("Range")); })
            .get_stored();
    return make(range.offset, range.length);
}

namespace {

py::object item(const RangeArray& array, py::ssize_t index) {
    const auto size = static_cast<py::ssize_t>(array.ranges.size());
    if (index < 0) index += size;
    if (index < 0 || index >= size) throw py::index_error("there is no such range");
    return make_range(array.ranges[static_cast<std::size_t>(index)]);
}

/// PEP 3118: two unsigned 64-bit numbers of the machine's byte order.
py::buffer_info to_buffer(RangeArray& array) {
    static_assert(sizeof(Range) == 16);
    return {const_cast<Range*>(array.ranges.data()),
            sizeof(Range),
            "T{=Q:offset:=Q:length:}",
            1,
            {static_cast<py::ssize_t>(array.ranges.size())},
            {static_cast<py::ssize_t>(sizeof(Range))},
            true};
}

} // namespace

void bind_ranges(py::module_& module) {
    py::class_<RangeArray>(
        module, "RangeArray", py::buffer_protocol(), py::is_final(),
        "Ranges, sorted, merged and read-only: a sequence of `Range`.\n\n"
        "Also a buffer: `numpy.asarray(ranges)` is a structured array over its own memory, with\n"
        "the fields offset u64 and length u64.")
        .def_buffer(&to_buffer)
        .def("__len__", [](const RangeArray& array) { return array.ranges.size(); })
        .def("__getitem__", &item, py::arg("index"))
        .def("__iter__",
             [](const RangeArray& array) {
                 py::list all;
                 for (const Range& range : array.ranges) all.append(make_range(range));
                 return py::iter(all);
             })
        .def_property_readonly(
            "bytes",
            [](const RangeArray& array) {
                std::uint64_t sum = 0;
                for (const Range& range : array.ranges) sum += range.length;
                return sum;
            },
            "The sum of the lengths.")
        .def("__repr__", [](const RangeArray& array) {
            std::string text = "RangeArray([";
            constexpr std::size_t kShown = 8;
            for (std::size_t i = 0; i < array.ranges.size() && i < kShown; ++i) {
                if (i != 0) text += ", ";
                const auto [offset, length] = array.ranges[i];
                const bool open = length == RangeRequest::kToEnd;
                text += "(" + std::to_string(offset) + ", " +
                        (open ? "EOF" : std::to_string(length)) + ")";
            }
            if (array.ranges.size() > kShown) text += ", ...";
            return text + "])";
        });
}

} // namespace bitscb3
