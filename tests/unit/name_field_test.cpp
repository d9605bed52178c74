// SPDX-License-Identifier: MIT
// A strategy's name is written into a finished image.
#include "kernels/name_field.h"

#include <gtest/gtest.h>

#include <set>

#include "util/error.h"

namespace stackshift {
namespace {

const std::string kHead = "setup and what was packed ";

std::string image_of(const std::string& middle, const std::string& end) {
    return kHead + middle + " and more" + end;
}

TEST(NameField, TakesTheNameAndKeepsTheLength) {
    std::string image = image_of(std::string(kNamePlaceholder), "____");
    const size_t size = image.size();
    write_strategy_name(image, "direct");
    EXPECT_EQ(image.size(), size);
    EXPECT_EQ(image, image_of("direct" + std::string(kNamePlaceholder.size() - 6, ' '), "____"));
}

TEST(NameField, SetsTheChecksumAnewWhereThereIsOne) {
    // By zlib's crc32(), without its last inversion.
    std::string image = image_of(std::string(kNamePlaceholder), std::string("\x92\xc4\xf9\xe2", 4));
    write_strategy_name(image, kNamePlaceholder);
    EXPECT_EQ(image.substr(image.size() - 4), std::string("\x92\xc4\xf9\xe2", 4));
    write_strategy_name(image, "direct");
    EXPECT_NE(image.substr(image.size() - 4), std::string("\x92\xc4\xf9\xe2", 4));
}

TEST(NameField, AnImageWithoutPlaceOrWithTwoIsRefused) {
    std::string none = image_of("nothing", "____");
    EXPECT_THROW(write_strategy_name(none, "direct"), Error);
    const std::string place(kNamePlaceholder);
    std::string twice = image_of(place + place, "____");
    EXPECT_THROW(write_strategy_name(twice, "direct"), Error);
    std::string image = image_of(place, "____");
    EXPECT_THROW(write_strategy_name(image, place + "x"), Error);
}

TEST(NameField, ThePlaceholderRepeatsNothingThatCouldBePacked) {
    std::set<std::string_view> seen;
    for (size_t at = 0; at + 3 <= kNamePlaceholder.size(); ++at)
        EXPECT_TRUE(seen.insert(kNamePlaceholder.substr(at, 3)).second) << at;
}

}  // namespace
}  // namespace stackshift
