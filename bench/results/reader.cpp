// SPDX-License-Identifier: MIT
#include "results/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "results/problem.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

/// A value in a message.
std::string excerpt(const ordered_json& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "an array";
    std::string text = value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    constexpr std::size_t kMost = 60;
    if (text.size() > kMost) {
        text.resize(kMost);
        text += "...";
    }
    return text;
}

[[noreturn]] void refuse(const std::string& pointer, const std::string& message) {
    throw Malformed({pointer, message});
}

void require_type(bool right, const ordered_json& value, const std::string& pointer) {
    if (!right) refuse(pointer, fmt::format("is {}, which has the wrong type", excerpt(value)));
}

void require_form(bool right, const ordered_json& value, const std::string& pointer) {
    if (!right) refuse(pointer, fmt::format("is {}, which has the wrong form", excerpt(value)));
}

/// `pointer` gives the place's JSON pointer: made only where it is needed, since long arrays have many
/// places.
template <typename Pointer>
std::uint64_t count_of(const ordered_json& value, std::uint64_t least, const Pointer& pointer) {
    if (!value.is_number_integer()) require_type(false, value, pointer());
    // A document that was read holds unsigned numbers; one that is about to be written, signed ones as well.
    const bool negative = !value.is_number_unsigned() && value.get<std::int64_t>() < 0;
    if (negative || value.get<std::uint64_t>() < least)
        refuse(pointer(), fmt::format("is not a whole number from {} on", least));
    return value.get<std::uint64_t>();
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Takes what `form` describes off the front of a text: 'd' stands for a digit, '+' for either sign, all else
/// for itself. By hand, because std::regex recurses once per character: a long fraction of a second would
/// crash it.
bool take(std::string_view& text, std::string_view form) {
    if (text.size() < form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        const bool sign = text[i] == '+' || text[i] == '-';
        if (form[i] == 'd' ? !digit : form[i] == '+' ? !sign : text[i] != form[i]) return false;
    }
    text.remove_prefix(form.size());
    return true;
}

bool is_time(std::string_view text) {
    if (!take(text, "dddd-dd-ddTdd:dd:dd")) return false;
    if (take(text, ".d")) {
        while (take(text, "d")) {
        }
    }
    return text == "Z" || (take(text, "+dd:dd") && text.empty());
}

}  // namespace

Reader::Reader(const ordered_json& object, std::string pointer)
    : object_(&object), pointer_(std::move(pointer)) {
    require_type(object.is_object(), object, pointer_);
}

bool Reader::has(const std::string& key) const {
    return object_->contains(key);
}

std::string Reader::pointer_to(const std::string& key) const {
    return pointer_ + pointer_step(key);
}

const ordered_json& Reader::value(const std::string& key) const {
    const auto found = object_->find(key);
    if (found == object_->end()) refuse(pointer_to(key), "is missing");
    return *found;
}

bool Reader::flag(const std::string& key) const {
    const ordered_json& found = value(key);
    require_type(found.is_boolean(), found, pointer_to(key));
    return found.get<bool>();
}

double Reader::number(const std::string& key, double least) const {
    const ordered_json& found = value(key);
    require_type(found.is_number(), found, pointer_to(key));
    if (found.get<double>() < least)
        refuse(pointer_to(key), fmt::format("is {}, less than {}", excerpt(found), least));
    return found.get<double>();
}

std::uint64_t Reader::count(const std::string& key, std::uint64_t least, std::uint64_t most) const {
    const std::uint64_t found = count_of(value(key), least, [&] { return pointer_to(key); });
    if (found > most) refuse(pointer_to(key), fmt::format("is {}, more than {}", found, most));
    return found;
}

std::string Reader::string(const std::string& key) const {
    const ordered_json& found = value(key);
    require_type(found.is_string(), found, pointer_to(key));
    return found.get<std::string>();
}

std::string Reader::text(const std::string& key) const {
    std::string found = string(key);
    if (found.empty()) refuse(pointer_to(key), "is empty");
    return found;
}

std::string Reader::sha256(const std::string& key) const {
    std::string found = string(key);
    require_form(is_sha256(found), found, pointer_to(key));
    return found;
}

std::string Reader::sha256_or_empty(const std::string& key) const {
    std::string found = string(key);
    require_form(found.empty() || is_sha256(found), found, pointer_to(key));
    return found;
}

std::string Reader::time(const std::string& key) const {
    std::string found = string(key);
    require_form(is_time(found), found, pointer_to(key));
    return found;
}

std::string Reader::one_of(const std::string& key, const std::vector<std::string>& allowed) const {
    const ordered_json& found = value(key);
    if (!found.is_string() ||
        std::find(allowed.begin(), allowed.end(), found.get_ref<const std::string&>()) == allowed.end()) {
        refuse(pointer_to(key),
               fmt::format("is {}, which is none of the values allowed here", excerpt(found)));
    }
    return found.get<std::string>();
}

const ordered_json& Reader::array(const std::string& key) const {
    const ordered_json& found = value(key);
    require_type(found.is_array(), found, pointer_to(key));
    return found;
}

void Reader::require_elements(const std::string& key) const {
    if (array(key).empty()) refuse(pointer_to(key), "is an array without an element");
}

std::vector<std::string> Reader::strings(const std::string& key) const {
    std::vector<std::string> values;
    for (const ordered_json& item : array(key)) {
        if (!item.is_string())
            require_type(false, item, fmt::format("{}/{}", pointer_to(key), values.size()));
        values.push_back(item.get<std::string>());
    }
    return values;
}

std::vector<double> Reader::numbers(const std::string& key) const {
    std::vector<double> values;
    values.reserve(array(key).size());
    for (const ordered_json& item : array(key)) {
        if (!item.is_number())
            require_type(false, item, fmt::format("{}/{}", pointer_to(key), values.size()));
        values.push_back(item.get<double>());
    }
    return values;
}

std::vector<std::uint64_t> Reader::counts(const std::string& key, std::uint64_t least) const {
    std::vector<std::uint64_t> values;
    for (const ordered_json& item : array(key)) {
        values.push_back(
            count_of(item, least, [&] { return fmt::format("{}/{}", pointer_to(key), values.size()); }));
    }
    return values;
}

Reader Reader::object(const std::string& key) const {
    return Reader(value(key), pointer_to(key));
}

std::vector<Reader> Reader::objects(const std::string& key) const {
    std::vector<Reader> readers;
    for (const ordered_json& item : array(key))
        readers.emplace_back(item, fmt::format("{}/{}", pointer_to(key), readers.size()));
    return readers;
}

std::map<std::string, Reader> Reader::objects_by_name(const std::string& key) const {
    const Reader parent = object(key);
    std::map<std::string, Reader> readers;
    for (const auto& [name, item] : parent.object_->items())
        readers.emplace(name, Reader(item, parent.pointer_to(name)));
    return readers;
}

std::map<std::string, std::string> Reader::strings_by_name(const std::string& key) const {
    const Reader parent = object(key);
    std::map<std::string, std::string> texts;
    for (const auto& member : parent.object_->items()) texts[member.key()] = parent.string(member.key());
    return texts;
}

}  // namespace stackshift
