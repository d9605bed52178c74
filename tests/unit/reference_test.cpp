// SPDX-License-Identifier: MIT
#include "gate/reference.h"

#include <gtest/gtest.h>

#include <functional>

#include "matrix/plan.h"
#include "results/load.h"
#include "results/save.h"
#include "support/errors.h"
#include "support/made_results.h"
#include "support/temporary_directory.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

const std::string kCell = "self-exec/native/noaslr/argv:8p/long";
const std::string kSource = "linux-source-6.12 6.12.117-1~deb12u1";

Result whole() {
    Result result = made_result(Instrument::exact);
    result.run.plan_sha256 = sha256(make_plan("smoke").text());
    result.run.argv = {"stackshift", "lab", "--out", "/home/me/run"};
    made_kernel(result, "pristine", '1');
    made_kernel(result, "direct", '2').patches = {{"0001.patch", std::string(64, 'e')}};
    for (const char* strategy : {"pristine", "direct"})
        made_count(result, strategy, kCell, {{7, 9, 11}, {8}, {9}});
    return result;
}

NamedReference saved_and_loaded() {
    const TemporaryDirectory directory;
    const Result reference = make_reference(whole(), kSource);
    const std::filesystem::path file = directory.path / reference_name(reference);
    save_result(reference, file);
    return {file.filename(), load_result(file)};
}

TEST(Reference, HoldsNothingOfTheMachine) {
    const NamedReference reference = saved_and_loaded();
    EXPECT_EQ(reference.file, "linux-6.12.117_gcc-12.2.0_qemu-7.2.22_smoke.json");
    EXPECT_TRUE(reference.result.cells[0].metrics.at("instructions").samples.empty());
    const std::string text = to_json(reference.result);
    EXPECT_EQ(text.find("/home/me"), std::string::npos);
    EXPECT_EQ(text.find("Some CPU"), std::string::npos);
    EXPECT_NE(text.find(kSource), std::string::npos);
}

TEST(Reference, IsMadeOfWhatAnyoneCanRepeat) {
    const auto refused = [](const std::string& part, const std::function<void(Result&)>& change) {
        Result result = whole();
        change(result);
        expect_error(Exit::usage, part, [&] { make_reference(result, kSource); });
    };
    refused("--filter", [](Result& r) { r.run.plan_sha256 = std::string(64, 'a'); });
    refused("no strategy of kernels/patches",
            [](Result& r) { r.kernels[0].config = r.kernels[1].config = "unknown"; });
    refused("no strategy of kernels/patches", [](Result& r) { r.kernels[0].commit = "abc"; });
    refused("more than one base", [](Result& r) { r.kernels[0].base = "6.13"; });
    refused("times are no reference", [](Result& r) { r.run.instrument = Instrument::clock; });
    refused("a panic", [](Result& r) {
        r.cells[0].status = CellStatus::failed;
        r.cells[0].expected = false;
        r.cells[0].reason = "a panic";
    });
    expect_error(Exit::usage, "the source here is",
                 [] { make_reference(whole(), "linux-source-6.12 6.12.200-1"); });
}

TEST(Reference, IsReproducedBitForBit) {
    const NamedReference reference = saved_and_loaded();
    EXPECT_TRUE(mismatches(reference.result, whole()).empty());
    EXPECT_EQ(verify_text(reference, whole(), {}),
              "VERIFIED: 10 samples of 2 cells of 2 kernels are those of\n  "
              "linux-6.12.117_gcc-12.2.0_qemu-7.2.22_smoke.json, bit for bit.\n");
    // The order alone: every summary is the same.
    Result swapped = whole();
    swapped.cells[0].metrics["instructions"] = made_metric("instructions", {{9, 7, 11}, {8}, {9}}, true);
    std::vector<Mismatch> found = mismatches(reference.result, swapped);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].what, "single samples: their sha256 is another");
    // One instruction in one seed, and another patch.
    Result moved = whole();
    moved.cells[1].metrics["instructions"] = made_metric("instructions", {{7, 10, 11}, {8}, {10}}, true);
    moved.kernels[1].image_sha256 = std::string(64, '3');
    moved.kernels[1].patches = {{"0001.patch", std::string(64, 'f')}};
    found = mismatches(reference.result, moved);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].strategy, "direct");
    EXPECT_EQ(found[0].what, "median 9 in the reference, 10 here");
    EXPECT_NE(verify_text(reference, moved, found).find("direct: new or changed patches: 0001.patch"),
              std::string::npos);
    // A kernel that was not asked for is no difference; a cell that is gone is.
    Result part = whole();
    part.kernels.pop_back();
    part.cells.pop_back();
    EXPECT_TRUE(mismatches(reference.result, part).empty());
    part.cells.clear();
    EXPECT_EQ(mismatches(reference.result, part).size(), 1U);
    Result failed = whole();
    failed.cells[0].status = CellStatus::failed;
    failed.cells[0].reason = "execve: ENOMEM";
    failed.cells[0].metrics.clear();
    EXPECT_EQ(mismatches(reference.result, failed).at(0).what,
              "ok in the reference, failed (execve: ENOMEM) here");
}

TEST(Reference, IsChosenByAllThatCountsDependOn) {
    const std::vector<NamedReference> references = {saved_and_loaded()};
    const ReferenceSetting here = setting_of(references[0].result);
    EXPECT_EQ(&choose_reference(references, here), &references[0]);
    ReferenceSetting alike = here;
    alike.emulator = "QEMU emulator version 10.0.13 (Debian 1:10.0.13)";
    EXPECT_EQ(&choose_reference(references, alike), &references[0]) << "counts alike";
    const auto refused = [&](const std::string& part, const std::function<void(ReferenceSetting&)>& change) {
        ReferenceSetting other = here;
        change(other);
        expect_error(Exit::incomparable, part, [&] { choose_reference(references, other); });
    };
    refused("compiler: \"gcc (Debian 12.2.0-14+deb12u1) 12.2.0\" in the reference, \"gcc 14\" here",
            [](ReferenceSetting& s) { s.compiler = "gcc 14"; });
    refused("kernel source", [](ReferenceSetting& s) { s.source = "linux-source-6.12 6.12.120-1"; });
    refused("emulator", [](ReferenceSetting& s) { s.emulator = "QEMU emulator version 9.2.0"; });
    refused("guest image", [](ReferenceSetting& s) { s.guest_sha256 = std::string(64, 'd'); });
    refused("there is no reference of profile full", [](ReferenceSetting& s) { s.profile = "full"; });
    refused("./run.sh lab --profile smoke --out DIR, then ./run.sh reference --from DIR",
            [](ReferenceSetting& s) { s.compiler = "gcc 14"; });
}

}  // namespace
}  // namespace stackshift
