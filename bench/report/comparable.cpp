// SPDX-License-Identifier: MIT
#include "report/comparable.h"

#include <fmt/format.h>

#include <algorithm>

#include "boot/machine.h"
#include "results/timing.h"
#include "run/environment.h"
#include "util/error.h"

namespace stackshift {
namespace {

/// Two results whose fields are held against each other.
class Pair {
  public:
    Pair(const Result& a, const Result& b) : a_(a), b_(b) {}

    void require_same(const std::string& field, const std::string& a, const std::string& b) const {
        if (a == b) return;
        throw Error(Exit::incomparable, fmt::format("cannot compare run {} with run {}: {} is {} and {}",
                                                    a_.run.id, b_.run.id, field, quoted(a), quoted(b)));
    }

    /// Names the first element that differs: an option among thirty is hard to find in two whole lists.
    template <typename T>
    void require_same(const std::string& field, const std::vector<T>& a, const std::vector<T>& b) const {
        for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
            require_same(fmt::format("{}[{}]", field, i), i < a.size() ? fmt::format("{}", a[i]) : "",
                         i < b.size() ? fmt::format("{}", b[i]) : "");
        }
    }

    void require_same_environment(const std::string& key) const {
        require_same("environment." + key, environment_text(a_, key), environment_text(b_, key));
    }

  private:
    static std::string quoted(const std::string& value) {
        return value.empty() ? "not there" : '"' + value + '"';
    }

    const Result& a_;
    const Result& b_;
};

/// Whether the kernels are known: none of them is just the one that ran.
bool have_names(const Result& result) {
    return std::none_of(result.kernels.begin(), result.kernels.end(),
                        [](const KernelInfo& kernel) { return kernel.strategy == kRunning; });
}

}  // namespace

std::string environment_text(const Result& result, const std::string& key) {
    const auto found = result.environment.find(key);
    return found != result.environment.end() && found->is_string() ? found->get<std::string>()
                                                                   : std::string();
}

void require_comparable(const std::vector<Result>& results) {
    for (const Result& result : results) require_valid_timing(result, "run " + result.run.id);
    for (std::size_t i = 1; i < results.size(); ++i) {
        const RunInfo& a = results[0].run;
        const RunInfo& b = results[i].run;
        const Pair pair(results[0], results[i]);
        pair.require_same("run.instrument", std::string(to_string(a.instrument)),
                          std::string(to_string(b.instrument)));
        if (a.instrument == Instrument::exact) {
            // All that a count depends on beside the kernel (the unit of an exact run is one boot).
            pair.require_same("run.plan_sha256", a.plan_sha256, b.plan_sha256);
            pair.require_same_environment("guest");
            pair.require_same_environment(kDraws);
            pair.require_same("run.guest_sha256", a.guest_sha256, b.guest_sha256);
            pair.require_same("run.seeds", a.seeds, b.seeds);
            pair.require_same("run.cmdline", a.cmdline, b.cmdline);
            pair.require_same("run.emulator_args", a.emulator_args, b.emulator_args);
            if (!count_alike(environment_text(results[0], "emulator"),
                             environment_text(results[i], "emulator")))
                pair.require_same_environment("emulator");
        } else {
            pair.require_same_environment("cpu");
            // Times of guests and times of a machine's own kernel are of different machines.
            pair.require_same_environment("accel");
            pair.require_same("run.guest_sha256", a.guest_sha256, b.guest_sha256);
            pair.require_same("run.cmdline", a.cmdline, b.cmdline);
            // Strategies' own kernels are what is compared.
            if (!have_names(results[0]) || !have_names(results[i]))
                pair.require_same_environment("host_kernel");
        }
    }
}

}  // namespace stackshift
