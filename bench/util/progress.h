// SPDX-License-Identifier: MIT
// Progress of long work on standard error: one line that is rewritten on a terminal, plain lines in a pipe.
#pragma once

#include <chrono>
#include <string>

namespace stackshift {

class Progress {
  public:
    /// `stage` names the work ("kernel pristine", "exact: 6 boots").
    explicit Progress(std::string stage);
    ~Progress();  ///< ends the terminal line
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// `done` of `total` units (boots, cells, files), with what is under way. Shows the time left by
    /// proportion.
    void update(double done, double total, const std::string& detail);
    /// Work whose length is not known: shows the time it has taken.
    void busy(const std::string& detail);
    /// A lasting line, above the progress line on a terminal.
    void note(const std::string& line);

  private:
    void show(const std::string& line, bool force);
    std::string stage_;
    std::chrono::steady_clock::time_point start_;
    std::chrono::steady_clock::time_point shown_;
    bool terminal_;
    bool open_line_ = false;
    bool first_ = true;
};

/// "0:07", "12:30", "1:02:03".
std::string format_duration(double seconds);

}  // namespace stackshift
