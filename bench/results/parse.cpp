// SPDX-License-Identifier: MIT
#include "results/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

/// "FILE:LINE:COLUMN" of a byte offset (0-based; at the end of the text: where the next byte would stand).
std::string place_of(const std::filesystem::path& path, std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const std::size_t line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    return fmt::format("{}:{}:{}", path.string(), line, before.size() - line_start + 1);
}

/// Offset of the first bracket that opens a level too many, or npos. Of text that is no JSON it says what it
/// likes: the parser then refuses it, and before that it needs the depth.
std::size_t too_deep(std::string_view text) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kDeepestNesting) return i;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return std::string_view::npos;
}

/// What nlohmann's parser says, without what it says of the place and of itself:
/// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing value - X"
/// gives "X".
std::string reason_of(const ordered_json::exception& error) {
    const std::string text = error.what();
    const std::size_t dash = text.find(" - ");
    return dash == std::string::npos ? text : text.substr(dash + 3);
}

}  // namespace

ordered_json parse_file(const std::filesystem::path& path) {
    const std::string text = read_file(path);
    if (text.empty()) throw Error(Exit::usage, fmt::format("{}: the file is empty", path.string()));
    if (const std::size_t deep = too_deep(text); deep != std::string_view::npos) {
        throw Error(Exit::usage, fmt::format("{}: nested deeper than {} levels", place_of(path, text, deep),
                                             kDeepestNesting));
    }
    try {
        return ordered_json::parse(text);
    } catch (const ordered_json::parse_error& error) {
        // `byte` is 1-based and counts the end of the text as one more byte.
        if (error.byte > text.size()) {
            throw Error(Exit::usage, fmt::format("{}: the JSON text ends too early (truncated file?)",
                                                 place_of(path, text, text.size())));
        }
        throw Error(Exit::usage, fmt::format("{}: not JSON: {}",
                                             place_of(path, text, std::max<std::size_t>(error.byte, 1) - 1),
                                             reason_of(error)));
    } catch (const ordered_json::exception& error) {
        throw Error(Exit::usage, fmt::format("{}: not JSON: {}", path.string(), error.what()));
    }
}

}  // namespace stackshift
