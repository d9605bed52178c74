// SPDX-License-Identifier: MIT
// The sections of a report, each from the results that it is of.
#pragma once

#include <string>
#include <vector>

#include "page/page.h"
#include "report/claims.h"
#include "report/view.h"

namespace stackshift {

/// Exact: costs, phases and flushes. `id` begins the ids, `name` the titles ("" where there is one result).
std::vector<Section> exact_sections(const View& view, const std::vector<CheckResult>& checks,
                                    const std::string& id, const std::string& name);

/// Clock: times.
Section clock_section(const View& view, const std::string& id, const std::string& name);

/// What each strategy changes for programs.
Section check_section(const CheckResult& check, const std::string& id, const std::string& name);

/// Two results of the same kernels. Throws as judge() does.
Section change_section(const Result& before, const Result& after);

Section history_section(const HistoryReport& history);

/// What was said in 2009, and what was measured of it.
Section claims_section(const std::vector<Claim>& claims);

/// The strategies that the results have, as their folders describe them.
Section strategies_section(const PageInputs& inputs, const std::map<std::string, std::string>& about);

/// Runs, machines, kernels and all hashes.
Section environment_section(const PageInputs& inputs);

/// A section that no result is for; `command` would make one.
Section absent_section(const std::string& id, const std::string& title, const std::string& command);

}  // namespace stackshift
