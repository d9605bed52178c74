// SPDX-License-Identifier: MIT
#include "host/schedule.h"

#include <algorithm>
#include <numeric>

namespace stackshift {

Schedule make_schedule(const std::vector<double>& chain_ns, double asked, double usual, unsigned rounds) {
    const double round_ns = std::accumulate(chain_ns.begin(), chain_ns.end(), 0.0);
    const double budget = asked > 0 ? asked : usual;
    const double most = asked > 0 ? kMostRounds : kUsualRounds;
    const double affordable = round_ns > 0 ? budget * 1e9 / round_ns : kUsualRounds;
    Schedule schedule;
    schedule.rounds = rounds > 0 ? rounds : static_cast<unsigned>(std::clamp(affordable, 5.0, most));
    schedule.seconds = schedule.rounds * round_ns / 1e9;
    return schedule;
}

}  // namespace stackshift
