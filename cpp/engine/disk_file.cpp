// SPDX-License-Identifier: MIT
// disk_file.cpp - what of disk_file.hpp is the same on every system.

#include "engine/disk_file.hpp"

#include "base/guid.hpp"
#include "engine/path.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace bitscb3 {

std::string temporary_name_beside(const std::string& local) {
    return joined(folder_of(local), "BIT" + to_string(make_guid()).substr(0, 8) + ".tmp");
}

bool is_temporary_name_beside(const std::string& temporary, const std::string& local) {
    const std::string folder = joined(folder_of(local), "");
    if (temporary.compare(0, folder.size(), folder) != 0) return false;
    const std::string_view name = std::string_view(temporary).substr(folder.size());
    return name.size() == 15 && name.substr(0, 3) == "BIT" && name.substr(11) == ".tmp" &&
           std::all_of(name.begin() + 3, name.begin() + 11,
                       [](unsigned char c) { return std::isxdigit(c) != 0; });
}

Error publish_file(const Publication& publication, unsigned mode) {
    const std::string& temporary = publication.temporary;
    Error error;
    const bool empty = publication.size == 0; // its name may have been made never, or not durably
    const auto file = empty ? DiskFile::create(temporary, error) : DiskFile::open(temporary, error);
    if (!file) return error;
    if (!empty && DiskFile::is_lost(temporary, publication.born, publication.size)) {
        return disk_error(fault::kDevice, "find every byte of", temporary);
    }
    const std::uint64_t size = file->size();
    const bool longer = size > publication.size; // by the end of a body that was given up
    if (longer) error = file->resize(publication.size);
    if (!error && (longer || !publication.synced)) error = file->sync();
    if (!error) error = file->take_place_of(publication.local, mode);
    if (error) return error;
    if (publication.modified) file->set_time(*publication.modified);
    return rename_file(temporary, publication.local);
}

} // namespace bitscb3
