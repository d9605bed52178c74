// SPDX-License-Identifier: MIT
// A run's directory: its own while it runs, without litter, and what a run keeps in it.
#include "run/directory.h"

#include <gtest/gtest.h>

#include "run/timings.h"
#include "support/planted_files.h"

namespace stackshift {
namespace {

using RunPlace = PlantedFiles;

TEST_F(RunPlace, IsOnesOwnWhileItLives) {
    RunRequest request;
    request.out = dir / "run";
    {
        const RunDirectory first = run_directory(request, {}, "lab");
        expect_error(Exit::usage, "another stackshift runs in " + request.out.string(),
                     [&] { run_directory(request, {}, "check"); });
    }
    EXPECT_EQ(run_directory(request, {}, "lab").path, request.out);
}

TEST_F(RunPlace, OfTwoRunsOfOneSecondIsNotTheSame) {
    Places places;
    places.work = dir;
    const RunDirectory first = run_directory({}, places, "lab");
    const RunDirectory second = run_directory({}, places, "lab");
    EXPECT_NE(first.path, second.path);
}

TEST_F(RunPlace, OfARunThatGoesOnCannotBeResumed) {
    Places places;
    places.work = dir;
    RunRequest resume;
    resume.resume = true;
    expect_error(Exit::usage, "no earlier run", [&] { run_directory(resume, places, "lab"); });
    {
        const RunDirectory first = run_directory({}, places, "lab");
        expect_error(Exit::usage, "another stackshift runs in",
                     [&] { run_directory(resume, places, "lab"); });
    }
    EXPECT_NO_THROW(run_directory(resume, places, "lab"));
}

TEST_F(RunPlace, LosesWhatWasHalfWrittenAndNothingElse) {
    for (const char* name :
         {"result.json.stackshift-part123", "boots/a.json.stackshift-part9", "result.json", "boots/a.json",
          "film.part1", "notes.stackshift-part", "mine/x.stackshift-part1"})
        put(name, "x");
    RunRequest request;
    request.out = dir;
    run_directory(request, {}, "lab");
    EXPECT_EQ(get("result.json.stackshift-part123"), "(none)");
    EXPECT_EQ(get("boots/a.json.stackshift-part9"), "(none)");
    for (const char* name :
         {"result.json", "boots/a.json", "film.part1", "notes.stackshift-part", "mine/x.stackshift-part1"})
        EXPECT_EQ(get(name), "x") << name;
}

TEST_F(RunPlace, WhatIsWrittenThereIsCalledSoUntilItIsWhole) {
    // A directory in its place: renaming fails, when all else has been done.
    put("result.json/x", "");
    EXPECT_TRUE(error_of([&] { write_file_atomically(dir / "result.json", "new"); }).starts_with("4 "));
    for (const auto& entry : std::filesystem::directory_iterator(dir))
        EXPECT_EQ(entry.path().filename(), "result.json") << "litter";
}

TEST_F(RunPlace, TimingsThatAreNotUnderstoodArePassedOver) {
    Timings timings;
    timings.add("all boots", 1.5, "s");
    timings.save(dir);
    EXPECT_EQ(Timings::load(dir).text(), timings.text());
    const std::string whole = get("timings.json");
    put("timings.json",
        "[7, {\"what\": 7}, {\"what\": \"x\", \"value\": \"1\", \"unit\": \"s\"}, " + whole.substr(1));
    EXPECT_EQ(Timings::load(dir).text(), timings.text());
    for (const char* text : {"", "[", "{}", "7"}) {
        put("timings.json", text);
        EXPECT_EQ(Timings::load(dir).text(), "") << text;
    }
}

}  // namespace
}  // namespace stackshift
