// SPDX-License-Identifier: MIT
// The files of a conformance guest.
#pragma once

#include <string>

#include "kernels/contenders.h"

namespace stackshift {

/// The initramfs: the conformance program as init, the probes, the chain's programs and, where asked and
/// where they can be built, the kernel's own exec selftests, from the source that the kernels are built of.
std::string make_check_image(const Places& places, const KernelRequest& request, bool kselftest);

}  // namespace stackshift
