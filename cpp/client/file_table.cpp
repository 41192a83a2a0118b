// SPDX-License-Identifier: MIT
// file_table.cpp - see file_table.hpp.

#include "client/file_table.hpp"

#include "client/gate.hpp"
#include "client/strings.hpp"

#include <utility>

namespace bitscb3 {

namespace {

bool same_object(IBackgroundCopyFile* a, IBackgroundCopyFile* b) {
    const auto identity = [](IBackgroundCopyFile* file) {
        return call([file] { return ComPtr<IBackgroundCopyFile>::share(file).query<IUnknown>(); });
    };
    return a == b || identity(a).get() == identity(b).get();
}

std::pair<std::string, std::string> names_of(IBackgroundCopyFile* file) {
    return {take_text([file](LPWSTR* out) { return file->GetLocalName(out); }),
            take_text([file](LPWSTR* out) { return file->GetRemoteName(out); })};
}

} // namespace

FileTable::~FileTable() {
    call([this] {
        held_.clear();
        files_.clear();
        job_.reset();
    });
}

void FileTable::read_files() {
    FileList files;
    if (FAILED(call([&] { return list_files(job_.get(), order_, 0, files); }))) return;
    for (std::uint32_t i = 0; i < files.size(); ++i) {
        if (i < files_.size() && files_[i].get() != files[i].get()) replaced_.push_back(i);
    }
    files_.swap(files);
    listed_.clear();
    for (std::uint32_t i = 0; i < files_.size(); ++i) listed_.emplace(files_[i].get(), i);
    call([&files] { files.clear(); });
}

void FileTable::remember(IBackgroundCopyFile* file, std::uint32_t index) {
    if (!known_.emplace(file, index).second) return;
    held_.push_back(call([file] { return ComPtr<IBackgroundCopyFile>::share(file); }));
}

std::optional<std::uint32_t> FileTable::known(IBackgroundCopyFile* file) const {
    const auto listed = listed_.find(file);
    if (listed != listed_.end()) return listed->second;
    const auto found = known_.find(file);
    return found == known_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> FileTable::index_of(IBackgroundCopyFile* file) {
    if (const auto index = known(file)) return index;
    if (held_.size() >= kFewKnown + 4 * files_.size()) {
        known_.clear();
        call([this] { held_.clear(); });
    }
    read_files();
    std::optional<std::uint32_t> index = known(file);
    for (std::uint32_t i = 0; i < files_.size() && !index; ++i) {
        if (same_object(files_[i].get(), file)) index = i;
    }
    if (!index) {
        const auto names = names_of(file);
        for (std::uint32_t i = 0; i < files_.size() && !index; ++i) {
            if (names_of(files_[i].get()) == names) index = i;
        }
    }
    if (index) remember(file, *index);
    return index;
}

Held<IBackgroundCopyFile> FileTable::at(std::uint32_t index) {
    if (index >= files_.size()) read_files();
    return index < files_.size() ? files_[index] : ComPtr<IBackgroundCopyFile>();
}

std::size_t FileTable::count() {
    read_files();
    return files_.size();
}

} // namespace bitscb3
