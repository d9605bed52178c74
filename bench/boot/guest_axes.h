// SPDX-License-Identifier: MIT
// What a counted guest may have beyond the usual one: --guest la57=on,pti=on,possible-cpus=64.
#pragma once

#include <string>
#include <vector>

#include "kernels/config.h"

namespace stackshift {

/// The axes along which guests differ. As it stands: the usual guest.
struct GuestAxes {
    /// The CPU has page tables of five levels, and the kernel uses them. A native stack is then moved without
    /// ASLR too: the temporary one lies at the top of 56 bits, the final one at the top of 47.
    bool la57 = false;
    /// The kernel runs on page tables of its own (page table isolation), as on a CPU that Meltdown hits.
    bool pti = false;
    /// CPUs that might be there; one is. What a kernel keeps per CPU, as the counters of an mm, grows with
    /// them.
    int possible_cpus = 1;
    bool operator==(const GuestAxes&) const = default;
};

/// An APIC identifier has 8 bits without x2APIC, and 0xff stands for all.
inline constexpr int kMostPossibleCpus = 255;

/// Of "la57=on", "pti=off", "possible-cpus=16", in any order. Throws Error{usage} for an axis that is unknown
/// (with the nearest one) or named twice, and for a value that it does not have.
GuestAxes parse_guest_axes(const std::vector<std::string>& texts);

/// As parse_guest_axes() reads them: "la57=on,possible-cpus=16"; empty for the usual guest.
std::string to_string(const GuestAxes& axes);

/// Throws Error{usage} where kernels of the configuration `name` would run as in the usual guest all the
/// same.
void require_axes(const GuestAxes& axes, const NamedConfig& config, const std::string& name);

}  // namespace stackshift
