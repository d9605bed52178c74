// SPDX-License-Identifier: MIT
// The strategy's name in an image: written into it after the build.
#pragma once

#include <string>
#include <string_view>

namespace stackshift {

/// What CONFIG_EXEC_STRATEGY is in every build. All kernels print a name of this length, so that printing one
/// takes as many instructions as printing another.
///
/// The name is not compiled in, because a kernel's boot would then depend on it: a shorter string moves the
/// data behind it, and other bytes unpack in another number of instructions; the kernel stirs the time of its
/// start into its random pool, and all draws of ASLR come out differently. Two kernels that differed in name
/// only differed by up to 0.4 % so. These 48 characters hold no four in a row that anything else has, so LZ4
/// leaves them as they are, in one piece, and another text can take their place in the finished image: the
/// same instructions unpack it to the same places. The outer ones are rare characters, because a repetition
/// may reach into the field from outside: with a letter at the start, LZ4 took "\n\0E" for one that it knew.
inline constexpr std::string_view kNamePlaceholder = "~^cNQf2suOo0Y3gAwpIiRKz6xLnFeSVltm5q9BbJja4ZkD^~";

/// Puts `name`, filled up with blanks, where `image`, a bzImage, has the placeholder, and sets the checksum
/// at its end anew. Throws Error{usage} where the name is too long, Error{run_failed} where the image has the
/// placeholder not exactly once, as one that is not packed by LZ4.
void write_strategy_name(std::string& image, std::string_view name);

}  // namespace stackshift
