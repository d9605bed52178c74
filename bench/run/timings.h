// SPDX-License-Identifier: MIT
// How long the parts of a run took: `list --timings` shows the last run's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace stackshift {

class Timings {
  public:
    void add(const std::string& what, double value, const std::string& unit);
    /// Writes DIRECTORY/timings.json.
    void save(const std::filesystem::path& directory) const;
    /// Reads it back; empty where there is none.
    static Timings load(const std::filesystem::path& directory);
    /// A line a value.
    std::string text() const;

  private:
    struct Entry {
        std::string what;
        double value;
        std::string unit;
    };
    std::vector<Entry> entries_;
};

}  // namespace stackshift
