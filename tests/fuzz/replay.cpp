// SPDX-License-Identifier: MIT
// replay.cpp - runs a fuzz target without libFuzzer: on the files of the folders it is given, and
// on inputs made of them by chance, the same ones each time.
//
//   fuzz_<target> [-runs=N] FOLDER...

#include "fuzz.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace {

using Input = std::string;

std::vector<Input> read_folder(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end()); // folders have no order of their own
    std::vector<Input> out;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        out.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return out;
}

class Mutator {
  public:
    explicit Mutator(std::vector<Input> corpus) : corpus_(std::move(corpus)) {}

    [[nodiscard]] Input next() {
        Input input = any();
        for (std::size_t i = below(4) + 1; i > 0; --i) change(input);
        return input;
    }

  private:
    [[nodiscard]] std::size_t below(std::size_t count) { return random_() % count; }
    [[nodiscard]] const Input& any() { return corpus_[below(corpus_.size())]; }
    [[nodiscard]] char byte() { return static_cast<char>(random_() & 0xFF); }

    void change(Input& input) {
        const std::size_t at = below(input.size() + 1);
        const std::size_t count = std::min(below(8) + 1, input.size() - at);
        switch (below(5)) {
        case 0:
            input.replace(at, count, 1, byte());
            break;
        case 1:
            input.insert(at, below(8), byte());
            break;
        case 2:
            input.erase(at, count);
            break;
        case 3:
            input.insert(at, input.substr(at, count));
            break;
        default: { // a part of another
            const Input& other = any();
            const std::size_t from = below(other.size() + 1);
            input.insert(at, other.substr(from, below(32)));
        }
        }
    }

    std::vector<Input> corpus_;
    std::mt19937 random_{1};
};

void run(const Input& input) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

} // namespace

int main(int argc, char** argv) {
    std::vector<Input> corpus;
    std::size_t runs = 0;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.rfind("-runs=", 0) == 0) {
            runs = std::strtoul(argv[i] + 6, nullptr, 10);
            continue;
        }
        for (Input& input : read_folder(argument)) corpus.push_back(std::move(input));
    }
    if (corpus.empty()) {
        (void)std::fprintf(stderr, "usage: %s [-runs=N] FOLDER...\n", argv[0]);
        return 2;
    }
    for (const Input& input : corpus) run(input);
    const std::size_t kept = corpus.size();
    Mutator mutator(std::move(corpus));
    for (std::size_t i = 0; i < runs; ++i) run(mutator.next());
    std::printf("%zu inputs of the corpus, %zu made of them\n", kept, runs);
    return 0;
}
