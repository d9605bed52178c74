// SPDX-License-Identifier: MIT
// The schemas in results/schema/ say to others what the suite writes, and what its reader takes.
#include <gtest/gtest.h>

#include "check/result.h"
#include "results/load.h"
#include "results/problem.h"
#include "support/json_schema.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

using nlohmann::ordered_json;

/// What to_json() writes (ResultFile.TextIsPinned).
ordered_json written_result() {
    return ordered_json::parse(read_file(STACKSHIFT_TEST_DATA "/result_small.json"));
}

ordered_json written_check() {
    CheckResult result;
    result.id = "x-check";
    result.started = "2026-01-01T00:00:00Z";
    result.argv = {"stackshift", "check"};
    result.config = "conform";
    result.seed = 18446744073709551615ULL;
    result.guest_sha256 = std::string(64, 'a');
    result.groups = {"args"};
    result.kernels = {
        {"array", "6.12.117", "conform", "", {{"0001.patch", std::string(64, 'e')}}, "", "gcc"}};
    result.boots = {{"array", "serial", "/logs/c", "", 1.5}};
    result.rows = {{"array", "args/big", "serial", CheckRow::Status::deviation, "E2BIG", "32 pages"}};
    return ordered_json::parse(to_json(result));
}

/// JSON pointers of all that stands in a document, but for the elements of arrays after the first.
void add_places(const ordered_json& value, const std::string& pointer, std::vector<std::string>& places) {
    if (!pointer.empty()) places.push_back(pointer);
    if (value.is_object()) {
        for (const auto& [key, member] : value.items())
            add_places(member, pointer + pointer_step(key), places);
    } else if (value.is_array() && !value.empty()) {
        add_places(value[0], pointer + "/0", places);
    }
}

/// The document with each of its values taken away, and replaced by values of other types, forms and sizes.
std::vector<ordered_json> spoilt(const ordered_json& document) {
    std::vector<std::string> places;
    add_places(document, "", places);
    std::vector<ordered_json> all;
    for (const std::string& text : places) {
        const ordered_json::json_pointer place(text);
        ordered_json without = document;
        ordered_json& parent = without.at(place.parent_pointer());
        if (parent.is_object()) {
            parent.erase(place.back());
            all.push_back(without);
        }
        for (const ordered_json& value :
             {ordered_json(nullptr), ordered_json(true), ordered_json(-1), ordered_json(0), ordered_json(1.5),
              ordered_json(1000001), ordered_json(""), ordered_json("odd"), ordered_json::array(),
              ordered_json::object(), ordered_json(std::string(64, 'F'))}) {
            ordered_json with = document;
            with.at(place) = value;
            all.push_back(with);
        }
    }
    return all;
}

/// What the reader says to a document that the schema refuses.
std::string reader_verdict(const ordered_json& document) {
    try {
        result_of(document);
    } catch (const Malformed& problem) {
        return problem.what();
    }
    return "accepted";
}

TEST(Schema, IsAFileOfItsNameAndSmall) {
    const std::string text = read_file(PROJECT_DIR "/results/schema/stackshift-result-2.schema.json");
    EXPECT_EQ(ordered_json::parse(text)["$id"], "stackshift-result-2.schema.json");
    EXPECT_LT(text.size(), 60000U);
}

TEST(Schema, TakesWhatIsWritten) {
    SKIP_WITHOUT_JSON_SCHEMA();
    EXPECT_EQ(schema_verdicts(kResultSchema, {written_result()}), std::vector<std::string>{"valid"});
    EXPECT_EQ(schema_verdicts(kCheckSchema, {written_check()}), std::vector<std::string>{"valid"});
}

TEST(Schema, RefusesTheOtherKind) {
    SKIP_WITHOUT_JSON_SCHEMA();
    EXPECT_NE(schema_verdicts(kResultSchema, {written_check()}), std::vector<std::string>{"valid"});
    EXPECT_NE(schema_verdicts(kCheckSchema, {written_result()}), std::vector<std::string>{"valid"});
}

/// A reader that takes more than the schema would let faults through that others then meet.
TEST(Schema, WhatItRefusesTheReaderRefusesToo) {
    SKIP_WITHOUT_JSON_SCHEMA();
    const std::vector<ordered_json> documents = spoilt(written_result());
    const std::vector<std::string> verdicts = schema_verdicts(kResultSchema, documents);
    std::size_t refused = 0;
    for (std::size_t i = 0; i < documents.size(); ++i) {
        if (verdicts[i] == "valid") continue;
        ++refused;
        EXPECT_NE(reader_verdict(documents[i]), "accepted") << "the schema says: " << verdicts[i];
    }
    EXPECT_GT(refused, 400U);
}

TEST(Schema, ABrokenCheckResultIsRefused) {
    SKIP_WITHOUT_JSON_SCHEMA();
    const std::vector<std::string> verdicts = schema_verdicts(kCheckSchema, spoilt(written_check()));
    EXPECT_GT(std::count_if(verdicts.begin(), verdicts.end(),
                            [](const auto& verdict) { return verdict != "valid"; }),
              200);
}

}  // namespace
}  // namespace stackshift
