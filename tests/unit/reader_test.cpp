// SPDX-License-Identifier: MIT
// Files from elsewhere: within limits, or refused with the place.
#include "results/reader.h"

#include <gtest/gtest.h>

#include "results/load.h"
#include "results/parse.h"
#include "results/problem.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

class ForeignFile : public ::testing::Test {
  protected:
    void TearDown() override { fs::remove(file_); }

    /// What load_result() says to this text, without the file's name before it.
    std::string refusal(const std::string& text) const {
        write_file_atomically(file_, text);
        return refusal_of(file_);
    }
    static std::string refusal_of(const fs::path& file) {
        try {
            load_result(file);
        } catch (const Error& error) {
            EXPECT_EQ(error.code, Exit::usage);
            const std::string message = error.what();
            EXPECT_TRUE(message.starts_with(file.string())) << message;
            return message.substr(std::min(message.size(), file.string().size()));
        }
        return "accepted";
    }

    const fs::path file_ =
        fs::temp_directory_path() / ("stackshift-reader-" + std::to_string(getpid()) + ".json");
};

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

TEST_F(ForeignFile, DeepNestingIsRefusedWithItsPlace) {
    EXPECT_EQ(refusal(repeated("[", 30000) + repeated("]", 30000)), ":1:65: nested deeper than 64 levels");
    EXPECT_EQ(refusal(repeated("[", 30000)), ":1:65: nested deeper than 64 levels");
    EXPECT_EQ(refusal(repeated("{\"a\":\n", 30000) + "1" + repeated("}", 30000)),
              ":65:1: nested deeper than 64 levels");
}

TEST_F(ForeignFile, NestingWithinTheLimitIsRead) {
    std::string text = read_file(STACKSHIFT_TEST_DATA "/result_small.json");
    const std::string key = "\"accel\": \"tcg\"";
    text.replace(text.find(key), key.size(),
                 key + ", \"deep\": " + repeated("[", 62) + "\"[[[[ \\\" [[[[\"" + repeated("]", 62));
    EXPECT_EQ(refusal(text), "accepted");
    text.replace(text.find("[[\"[[[["), 1, "[[");
    EXPECT_NE(refusal(text).find("nested deeper than 64 levels"), std::string::npos);
}

TEST_F(ForeignFile, ALargeFileIsRefusedBeforeItIsRead) {
    write_file_atomically(file_, "{}");
    fs::resize_file(file_, kLargestFile + 1);  // sparse: no disk is filled
    EXPECT_EQ(refusal_of(file_), ": larger than 536870912 bytes, the most that is read of such a file");
}

TEST(ReadLimited, EndsWhereTheFileDoesNot) {
    EXPECT_THROW(read_file("/dev/zero", 1000), Error);
    EXPECT_NO_THROW(read_file("/proc/self/status", 100000));
}

/// What a reader of {"a": VALUE} says to a call.
template <typename Call>
std::string said(const ordered_json& value, Call call) {
    const ordered_json object = {{"a", value}};
    try {
        call(Reader(object, "/x"));
    } catch (const Malformed& problem) {
        return problem.what();
    }
    return "accepted";
}

TEST(Reader, SaysWhatIsWrongAndWhere) {
    const auto count = [](const Reader& json) { json.count("a", 1, 9); };
    EXPECT_EQ(said(9, count), "accepted");
    EXPECT_EQ(said(9U, count), "accepted");
    EXPECT_EQ(said(10, count), "/x/a is 10, more than 9");
    EXPECT_EQ(said(0, count), "/x/a is not a whole number from 1 on");
    EXPECT_EQ(said(-1, count), "/x/a is not a whole number from 1 on");
    EXPECT_EQ(said(1.5, count), "/x/a is 1.5, which has the wrong type");
    const auto text = [](const Reader& json) { json.text("a"); };
    EXPECT_EQ(said("", text), "/x/a is empty");
    EXPECT_EQ(said(ordered_json::array(), text), "/x/a is an array, which has the wrong type");
    EXPECT_EQ(said(1, [](const Reader& json) { json.flag("b~/"); }), "/x/b~0~1 is missing");
    EXPECT_EQ(said(-0.5, [](const Reader& json) { json.number("a", 0); }), "/x/a is -0.5, less than 0");
    EXPECT_EQ(said({1, "2"}, [](const Reader& json) { json.numbers("a"); }),
              "/x/a/1 is \"2\", which has the wrong type");
    EXPECT_EQ(said({{{"b", 1}}, 2}, [](const Reader& json) { json.objects("a"); }),
              "/x/a/1 is 2, which has the wrong type");
    EXPECT_EQ(said({{"b", 1}}, [](const Reader& json) { json.objects_by_name("a"); }),
              "/x/a/b is 1, which has the wrong type");
    EXPECT_EQ(said({{"b", 1}}, [](const Reader& json) { json.strings_by_name("a"); }),
              "/x/a/b is 1, which has the wrong type");
    EXPECT_EQ(said(ordered_json::array(), [](const Reader& json) { json.require_elements("a"); }),
              "/x/a is an array without an element");
}

TEST(Reader, KnowsFormsOfTimesAndHashes) {
    const auto time = [](const Reader& json) { json.time("a"); };
    for (const char* right : {"2026-08-01T12:00:00Z", "2026-08-01T12:00:00.5Z",
                              "2026-08-01T12:00:00.123456+02:00", "2026-08-01T12:00:00-11:30"}) {
        EXPECT_EQ(said(right, time), "accepted") << right;
    }
    for (const char* wrong :
         {"", "2026-08-01", "2026-08-01T12:00:00", "2026-08-01T12:00:00.Z", "2026-08-01T12:00:00ZZ",
          "2026-08-01T12:00:00+0200", "2026-08-01T12:00:00+02:00Z", "x2026-08-01T12:00:00Z"}) {
        EXPECT_EQ(said(wrong, time), std::string("/x/a is \"") + wrong + "\", which has the wrong form");
    }
    // A regular expression of the standard library recurses once per character.
    EXPECT_EQ(said("2026-08-01T12:00:00." + std::string(1000000, '1') + "Z", time), "accepted");
    const auto hash = [](const Reader& json) { json.sha256("a"); };
    EXPECT_EQ(said(std::string(64, 'a'), hash), "accepted");
    EXPECT_NE(said(std::string(64, 'A'), hash), "accepted");
    EXPECT_NE(said(std::string(65, 'a'), hash), "accepted");
    EXPECT_NE(said("", hash), "accepted");
    const auto hash_or_empty = [](const Reader& json) { json.sha256_or_empty("a"); };
    EXPECT_EQ(said("", hash_or_empty), "accepted");
    EXPECT_NE(said("a", hash_or_empty), "accepted");
}

enum class Colour { red, green };

}  // namespace

template <>
inline constexpr std::array kSpellings<Colour> = {Spelling<Colour>{Colour::red, "red"},
                                                  Spelling<Colour>{Colour::green, "green"}};

namespace {

TEST(Reader, ReadsAnEnumByItsSpelling) {
    const ordered_json object = {{"a", "green"}};
    EXPECT_EQ(Reader(object).one_of<Colour>("a"), Colour::green);
    const auto colour = [](const Reader& json) { json.one_of<Colour>("a"); };
    EXPECT_EQ(said("blue", colour), "/x/a is \"blue\", which is none of the values allowed here");
    EXPECT_EQ(said(1, colour), "/x/a is 1, which is none of the values allowed here");
}

}  // namespace
}  // namespace stackshift
