// SPDX-License-Identifier: MIT
// Reads one object of a JSON document that others wrote, member by member, each with the type and the values
// that are allowed. What is missing or wrong throws Malformed with the member's JSON pointer, in one wording
// for all files.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "util/spelling.h"

namespace stackshift {

class Reader {
  public:
    /// The value must be an object, and outlive the reader.
    explicit Reader(const nlohmann::ordered_json& object, std::string pointer = "");

    bool has(const std::string& key) const;
    /// JSON pointer of the object, and of a member.
    const std::string& pointer() const { return pointer_; }
    std::string pointer_to(const std::string& key) const;
    /// The member as it stands.
    const nlohmann::ordered_json& value(const std::string& key) const;

    bool flag(const std::string& key) const;
    /// Any number, an integer or not.
    double number(const std::string& key, double least = std::numeric_limits<double>::lowest()) const;
    std::uint64_t count(const std::string& key, std::uint64_t least = 0,
                        std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const;

    std::string string(const std::string& key) const;
    /// A string that is not empty.
    std::string text(const std::string& key) const;
    std::string sha256(const std::string& key) const;
    std::string sha256_or_empty(const std::string& key) const;
    /// A time as RFC 3339 writes it.
    std::string time(const std::string& key) const;
    std::string one_of(const std::string& key, const std::vector<std::string>& allowed) const;
    /// A value of an enum by its spelling.
    template <typename E>
    E one_of(const std::string& key) const {
        return parse<E>(one_of(key, spellings<E>())).value();
    }

    std::vector<std::string> strings(const std::string& key) const;
    std::vector<double> numbers(const std::string& key) const;
    std::vector<std::uint64_t> counts(const std::string& key, std::uint64_t least = 0) const;
    /// Throws unless the array has an element.
    void require_elements(const std::string& key) const;

    Reader object(const std::string& key) const;
    /// An array of objects.
    std::vector<Reader> objects(const std::string& key) const;
    /// An object whose keys are free: its members, each an object.
    std::map<std::string, Reader> objects_by_name(const std::string& key) const;
    std::map<std::string, std::string> strings_by_name(const std::string& key) const;

  private:
    const nlohmann::ordered_json& array(const std::string& key) const;

    const nlohmann::ordered_json* object_;
    std::string pointer_;
};

}  // namespace stackshift
