// SPDX-License-Identifier: MIT
// command_line.cpp - see command_line.hpp.

#include "engine/command_line.hpp"

namespace bitscb3 {

std::vector<std::string> split_parameters(const std::string& parameters) {
    std::vector<std::string> words;
    std::string word;
    bool inside = false; // a word, which may be empty between quotes
    bool quoted = false;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const std::size_t next = parameters.find_first_not_of('\\', i);
        const std::size_t slashes = (next == std::string::npos ? parameters.size() : next) - i;
        if (slashes > 0 && next != std::string::npos && parameters[next] == '"') {
            word.append(slashes / 2, '\\');
            inside = true;
            i = next - 1;
            if (slashes % 2 != 0) {
                word += '"';
                i = next;
            }
        } else if (slashes > 0) {
            word.append(slashes, '\\');
            inside = true;
            i += slashes - 1;
        } else if (parameters[i] == '"') {
            quoted = !quoted;
            inside = true;
        } else if (!quoted && (parameters[i] == ' ' || parameters[i] == '\t')) {
            if (inside) words.push_back(std::move(word));
            word.clear();
            inside = false;
        } else {
            word += parameters[i];
            inside = true;
        }
    }
    if (inside) words.push_back(std::move(word));
    return words;
}

} // namespace bitscb3
