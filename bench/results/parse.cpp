// SPDX-License-Identifier: MIT
#include "results/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results/problem.h"
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

/// Makes the document of what the parser meets, as nlohmann's own builder does, but with room in each object
/// from the beginning. An ordered_json object is a vector of pairs with constant keys: one that grows copies
/// all that is in it, to the depth, and a cell's metrics hold all of its samples (a result of 120 MB took
/// twice as long to read).
class DocumentBuilder : public nlohmann::json_sax<ordered_json> {
  public:
    explicit DocumentBuilder(ordered_json& document) : document_(document) {}

    bool null() override { return scalar(nullptr); }
    bool boolean(bool value) override { return scalar(value); }
    bool number_integer(number_integer_t value) override { return scalar(value); }
    bool number_unsigned(number_unsigned_t value) override { return scalar(value); }
    bool number_float(number_float_t value, const string_t& /*text*/) override { return scalar(value); }
    bool string(string_t& value) override { return scalar(std::move(value)); }
    bool binary(binary_t& value) override { return scalar(std::move(value)); }
    bool start_object(std::size_t /*unknown*/) override {
        // What the largest of ours have: a metric's fields, a cell's metrics.
        constexpr std::size_t kUsualKeys = 24;
        ordered_json& object = add(ordered_json::object());
        object.get_ref<ordered_json::object_t&>().reserve(kUsualKeys);
        open_.push_back(&object);
        return true;
    }
    bool key(string_t& name) override {
        auto& members = open_.back()->get_ref<ordered_json::object_t&>();
        if (members.size() == kMostKeys)
            throw Malformed({place(), fmt::format("has more than {} keys", kMostKeys)});
        // JSON leaves it to the reader which of two is meant (RFC 8259, 4): there is to be one.
        for (const auto& member : members) {
            if (member.first == name)
                throw Malformed({place() + pointer_step(name), "stands there twice (edited by hand?)"});
        }
        members.emplace_back(std::move(name), nullptr);
        place_ = &members.back().second;
        return true;
    }
    bool end_object() override { return close(); }
    bool start_array(std::size_t /*unknown*/) override {
        open_.push_back(&add(ordered_json::array()));
        if (++depth_ > arrays_.size()) arrays_.emplace_back();
        return true;
    }
    bool end_array() override {
        ordered_json::array_t& items = arrays_[--depth_];
        open_.back()->get_ref<ordered_json::array_t&>() = {std::make_move_iterator(items.begin()),
                                                           std::make_move_iterator(items.end())};
        items.clear();
        return close();
    }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& error) override {
        if (const auto* syntax = dynamic_cast<const ordered_json::parse_error*>(&error)) throw *syntax;
        if (const auto* range = dynamic_cast<const ordered_json::out_of_range*>(&error)) throw *range;
        // Never half a document without a word.
        throw error;
    }

  private:
    template <typename Value>
    bool scalar(Value&& value) {
        add(std::forward<Value>(value));
        return true;
    }
    /// Puts a value where the innermost open array or object, or the document, wants it. Those that are open
    /// are the last of their parents, which do not grow before they are closed.
    ordered_json& add(ordered_json value) {
        if (open_.empty()) return document_ = std::move(value);
        if (!open_.back()->is_array()) return *place_ = std::move(value);
        ordered_json::array_t& items = arrays_[depth_ - 1];
        items.push_back(std::move(value));
        return items.back();
    }
    bool close() {
        open_.pop_back();
        return true;
    }
    /// JSON pointer of the innermost open object.
    std::string place() const {
        std::string pointer;
        std::size_t array = 0;
        for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
            pointer += open_[i]->is_array()
                           ? fmt::format("/{}", arrays_[array++].size() - 1)
                           : pointer_step(open_[i]->get_ref<const ordered_json::object_t&>().back().first);
        }
        return pointer;
    }

    ordered_json& document_;
    std::vector<ordered_json*> open_;  ///< the innermost last
    ordered_json* place_ = nullptr;    ///< where the value of the last key goes
    /// Items of the open arrays, the outermost first. Kept to be filled again: no array grows step by step.
    std::deque<ordered_json::array_t> arrays_;
    std::size_t depth_ = 0;  ///< how many of them are open
};

ordered_json parse_text(const std::string& text) {
    ordered_json document;
    DocumentBuilder builder(document);
    ordered_json::sax_parse(text, &builder);
    return document;
}

}  // namespace

ordered_json parse_file(const std::filesystem::path& path) {
    return parse_json(read_file(path), path);
}

ordered_json parse_json(const std::string& text, const std::filesystem::path& path) {
    if (text.empty()) throw Error(Exit::usage, fmt::format("{}: the file is empty", path.string()));
    if (const std::size_t deep = too_deep(text); deep != std::string_view::npos) {
        throw Error(Exit::usage, fmt::format("{}: nested deeper than {} levels", place_of(path, text, deep),
                                             kDeepestNesting));
    }
    try {
        return parse_text(text);
    } catch (const Malformed& problem) {
        throw Error(Exit::usage, fmt::format("{}: {}", path.string(), problem.what()));
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
