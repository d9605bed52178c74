// SPDX-License-Identifier: MIT
// The kernel builder up to make: patches, configurations, sources, records. Nothing here builds a kernel.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "kernels/build.h"
#include "kernels/config.h"
#include "kernels/contenders.h"
#include "kernels/lock.h"
#include "kernels/make.h"
#include "kernels/mirror.h"
#include "kernels/name_field.h"
#include "kernels/patch.h"
#include "kernels/record.h"
#include "kernels/source.h"
#include "kernels/tree.h"
#include "support/planted_files.h"
#include "util/process.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;

using Kernels = PlantedFiles;

PatchFile patch_of(const std::string& text) {
    return {"", "kernels/patches/toy/0001-x.patch", text};
}

using Names = std::vector<std::string>;

const std::string kChange = "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1 +1 @@\n-a\n+b\n";

// What a patch touches

TEST(PatchHeaders, PlainNewDeletedAndRenamed) {
    const std::string text =
        "From 1234\nSubject: [PATCH] x\n\n---\n fs/exec.c | 2 +-\n\n"
        "diff --git a/fs/exec.c b/fs/exec.c\nindex 1..2 100644\n--- a/fs/exec.c\n+++ b/fs/exec.c\n"
        "@@ -1 +1 @@ int x\n-a\n+b\n"
        "diff --git a/fs/new.c b/fs/new.c\nnew file mode 100644\n--- /dev/null\n+++ b/fs/new.c\n@@ -0,0 +1 "
        "@@\n+n\n"
        "diff --git a/fs/old.c b/fs/old.c\ndeleted file mode 100644\n--- a/fs/old.c\n+++ /dev/null\n"
        "@@ -1 +0,0 @@\n-o\n"
        "diff --git a/mm/from.c b/mm/to.c\nsimilarity index 100%\nrename from mm/from.c\nrename to mm/to.c\n"
        "diff --git a/mm/empty.h b/mm/empty.h\nnew file mode 100644\nindex 000..e69\n-- \n2.39.5\n";
    EXPECT_EQ(touched_files(patch_of(text)),
              (Names{"fs/exec.c", "fs/new.c", "fs/old.c", "mm/empty.h", "mm/from.c", "mm/to.c"}));
}

TEST(PatchHeaders, TimesAfterTheNameAndNoGitLine) {
    EXPECT_EQ(
        touched_files(patch_of("--- linux.orig/fs/a.c\t2026-01-01 00:00:00\n+++ linux/fs/a.c\t2026-01-02\n"
                               "@@ -1 +1 @@\n-a\n+b\n")),
        Names{"fs/a.c"});
}

TEST(PatchHeaders, RemovedLinesThatLookLikeHeadersAreNone) {
    // In the hunk: a line "-- a/not.c" is removed and "++ b/not.c" is added.
    EXPECT_EQ(touched_files(
                  patch_of("--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,2 +1,2 @@\n--- a/not.c\n+++ b/not.c\n x\n")),
              Names{"fs/a.c"});
}

TEST(PatchHeaders, PathsOutOfTheTreeAreRefused) {
    for (const char* name : {"../../etc/x", "fs/../../x", ".git/hooks/x", "/etc/x"}) {
        const std::string text = std::string("--- a/") + name + "\n+++ b/" + name + "\n@@ -0,0 +1 @@\n+x\n";
        EXPECT_TRUE(contains(error_of([&] { touched_files(patch_of(text)); }), "not a plain path")) << name;
    }
}

TEST(PatchHeaders, ATextThatIsNoPatchIsRefused) {
    EXPECT_EQ(error_of([] { touched_files(patch_of("just a letter\n")); }),
              "2 kernels/patches/toy/0001-x.patch holds no change");
}

TEST(PatchHeaders, ACoverLetterIsCalledSo) {
    const std::string letter =
        "From 1234 Mon Sep 17\nSubject: [PATCH v2 00/12] exec: all\n\nHello\n\n fs/a.c | 2\n";
    EXPECT_TRUE(contains(error_of([&] { touched_files(patch_of(letter)); }), "it is a series' cover letter"));
    PatchFile named = patch_of("Hello\n");
    named.path = "toy/0000-cover-letter.patch";
    EXPECT_TRUE(contains(error_of([&] { touched_files(named); }), "it is a series' cover letter"));
    // Patch 10 of 12 is none, and a cover letter with a change in it is a patch.
    const std::string tenth = "Subject: [PATCH 10/12] exec: x\n\nHello\n";
    EXPECT_FALSE(contains(error_of([&] { touched_files(patch_of(tenth)); }), "cover letter"));
    EXPECT_EQ(touched_files(patch_of(letter + kChange)), Names{"fs/a.c"});
}

TEST(PatchHeaders, AnEncodedMailIsRefusedByItsEncoding) {
    const auto error = [](const std::string& text) {
        return error_of([&] { touched_files(patch_of(text)); });
    };
    const std::string start = "From 1234 Mon Sep 17\nSubject: [PATCH] x\n";
    EXPECT_TRUE(error(start + "Content-Transfer-Encoding: quoted-printable\n\nHello\n" + kChange)
                    .starts_with("2 kernels/patches/toy/0001-x.patch is a mail in quoted-printable"));
    EXPECT_TRUE(contains(error(start + "content-transfer-encoding:  BASE64\r\n\r\nLS0tIGEv\n"),
                         "is a mail in base64"));
    // The second mail of two, and a part of one.
    EXPECT_TRUE(
        contains(error(start + "\n" + kChange + start + "Content-Transfer-Encoding: base64\n\nLS0t\n"),
                 "is a mail in base64"));
    EXPECT_TRUE(contains(error(start +
                               "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n"
                               "Content-Transfer-Encoding: quoted-printable\n\n" +
                               kChange),
                         "is a mail in quoted-printable"));
    // What is not encoded, and a message about encodings.
    for (const std::string header : {"", "Content-Transfer-Encoding: 8bit\n", "Content-Type: text/plain\n"}) {
        EXPECT_EQ(error(start + header + "\nIt read\nContent-Transfer-Encoding: base64\nbefore.\n" + kChange),
                  "")
            << header;
    }
}

// What GNU patch says (recorded from 2.7.6).

TEST(PatchSubject, IsTheMailsUnfolded) {
    const std::string change = "---\n fs/a.c | 1 +\n\ndiff --git a/fs/a.c b/fs/a.c\n";
    EXPECT_EQ(patch_subject(patch_of("From: x\nSubject: [PATCH 3/9] exec: count\n\ntext\n" + change)),
              "exec: count");
    EXPECT_EQ(patch_subject(patch_of("Subject: [PATCH v2] exec: tell a program's\n addresses, where\n"
                                     "\tasked\nDate: today\n\ntext\n" +
                                     change)),
              "exec: tell a program's addresses, where asked");
    EXPECT_EQ(patch_subject(patch_of("Subject: without brackets\n\n" + change)), "without brackets");
    PatchFile plain = patch_of("diff --git a/fs/a.c b/fs/a.c\n+Subject: of a file\nSubject: below\n");
    plain.path = "kernels/patches/x/0001-some-change.patch";
    EXPECT_EQ(patch_subject(plain), "0001-some-change") << "what a file holds is no mail";
}

TEST(PatchFailure, FailedHunks) {
    EXPECT_EQ(patch_failure("patching file fs/a.c\nHunk #1 succeeded at 8 (offset 1 line).\n"
                            "patching file fs/exec.c\nHunk #3 FAILED at 812.\n1 out of 5 hunks FAILED\n",
                            "6.12.117"),
              "hunk 3 of fs/exec.c at line 812 failed");
    EXPECT_EQ(patch_failure("patching file f.c\nHunk #2 FAILED at 37.\nHunk #3 FAILED at 52.\n", "6.12.117"),
              "hunk 2 of f.c at line 37 failed (1 more like it)");
    EXPECT_EQ(patch_failure("patching file sub/g.c (renamed from f.c)\nHunk #1 FAILED at 7.\n", "6.12.117"),
              "hunk 1 of sub/g.c at line 7 failed");
}

TEST(PatchFailure, OfAnyLengthIsAnAnswer) {
    std::string line = "patching file ";
    for (int i = 0; i < 5000; ++i) line += " (read from ";
    EXPECT_EQ(patch_failure(line + "\nHunk #1 FAILED at 2.\n", "6.12").substr(0, 11), "hunk 1 of  ");
}

TEST(PatchFailure, FilesThatAreNotThere) {
    EXPECT_EQ(patch_failure("can't find file to patch at input line 5\n"
                            "Perhaps you used the wrong -p or --strip option?\n"
                            "The text leading up to this was:\n--------------------------\n"
                            "|diff --git a/fs/none.c b/fs/none.c\n|index fcd8734..4e8abff 100644\n"
                            "|--- a/fs/none.c\n|+++ b/fs/none.c\n--------------------------\n"
                            "No file to patch.  Skipping patch.\n3 out of 3 hunks ignored\n",
                            "6.12.117"),
              "fs/none.c is not in 6.12.117");
}

TEST(PatchFailure, DamagedAndUnsupportedPatches) {
    EXPECT_EQ(
        patch_failure("patching file f.c\npatch: **** malformed patch at line 13: @@ -37,7 +37,7 @@\n", "6"),
        "malformed patch at line 13: @@ -37,7 +37,7 @@");
    EXPECT_EQ(patch_failure("File n.bin: git binary diffs are not supported.\n", "6"),
              "n.bin: git binary diffs are not supported");
    EXPECT_EQ(patch_failure("patching file n.c\nNot deleting file n.c as content differs from patch\n", "6"),
              "n.c is to be deleted, but its content is another");
    EXPECT_EQ(patch_failure("something new\n", "6"), "something new");
    EXPECT_EQ(patch_failure("", "6"), "patch says nothing");
}

// A tree under one strategy after another.

const char* const kChangeA =
    "diff --git a/fs/a.c b/fs/a.c\n--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n";
const char* const kNewFile =
    "diff --git a/fs/deep/new.c b/fs/deep/new.c\nnew file mode 100755\n--- /dev/null\n+++ b/fs/deep/new.c\n"
    "@@ -0,0 +1 @@\n+new\n";
const char* const kDeleteB =
    "diff --git a/fs/b.c b/fs/b.c\ndeleted file mode 100644\n--- a/fs/b.c\n+++ /dev/null\n@@ -1 +0,0 "
    "@@\n-bee\n";
const char* const kRenameC =
    "diff --git a/fs/c.c b/fs/d.c\nsimilarity index 100%\nrename from fs/c.c\nrename to fs/d.c\n";
const char* const kMisfit =
    "diff --git a/fs/a.c b/fs/a.c\n--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,3 +1,3 @@\n uno\n-due\n+DUE\n tre\n";

class Tree : public Kernels {
  protected:
    void SetUp() override {
        Kernels::SetUp();
        put("src/fs/a.c", "one\ntwo\nthree\n");
        put("src/fs/b.c", "bee\n");
        put("src/fs/c.c", "sea\n");
        put("src/other.h", "other\n");
    }
    /// A new object each time, as in a new process.
    Names apply(const std::vector<std::string>& texts) const {
        std::vector<PatchFile> patches;
        for (const std::string& text : texts) patches.push_back(patch_of(text));
        return PatchedTree(dir).apply(patches, "6.12.117");
    }
    void expect_pristine() const {
        EXPECT_EQ(get("src/fs/a.c"), "one\ntwo\nthree\n");
        EXPECT_EQ(get("src/fs/b.c"), "bee\n");
        EXPECT_EQ(get("src/fs/c.c"), "sea\n");
        EXPECT_FALSE(fs::exists(dir / "src/fs/d.c"));
        EXPECT_FALSE(fs::exists(dir / "src/fs/deep"));
        size_t files = 0;
        for (const auto& entry : fs::recursive_directory_iterator(dir / "src"))
            files += entry.is_regular_file();
        EXPECT_EQ(files, 4U);
    }
};

TEST_F(Tree, AppliesAndUndoesEveryKindOfChange) {
    EXPECT_EQ(apply({kChangeA, kNewFile, kDeleteB, kRenameC}),
              (Names{"fs/a.c", "fs/b.c", "fs/c.c", "fs/d.c", "fs/deep/new.c"}));
    EXPECT_EQ(get("src/fs/a.c"), "one\nTWO\nthree\n");
    EXPECT_EQ(get("src/fs/d.c"), "sea\n");
    EXPECT_EQ(get("src/fs/deep/new.c"), "new\n");
    EXPECT_NE(fs::status(dir / "src/fs/deep/new.c").permissions() & fs::perms::owner_exec, fs::perms::none);
    EXPECT_FALSE(fs::exists(dir / "src/fs/b.c"));
    EXPECT_FALSE(fs::exists(dir / "src/fs/c.c"));
    apply({});
    expect_pristine();
}

TEST_F(Tree, LaterPatchesStandOnEarlierOnes) {
    apply({kChangeA, "--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,3 +1,2 @@\n one\n-TWO\n three\n"});
    EXPECT_EQ(get("src/fs/a.c"), "one\nthree\n");
}

TEST_F(Tree, FilesThatTwoStrategiesShareKeepTheirTime) {
    apply({kChangeA, kNewFile});
    const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(5);
    fs::last_write_time(dir / "src/fs/a.c", long_ago);
    EXPECT_EQ(apply({kChangeA, kDeleteB}), (Names{"fs/b.c", "fs/deep/new.c"}));
    EXPECT_EQ(fs::last_write_time(dir / "src/fs/a.c"), long_ago);
    // A restored file is new to make, however old its original is.
    apply({});
    EXPECT_GT(fs::last_write_time(dir / "src/fs/a.c"), long_ago + std::chrono::hours(4));
}

TEST_F(Tree, APatchThatDoesNotApplyChangesNothing) {
    apply({kDeleteB});
    EXPECT_EQ(
        error_of([&] {
            apply({kChangeA, kMisfit});
        }),
        "5 kernels/patches/toy/0001-x.patch does not apply to 6.12.117: hunk 1 of fs/a.c at line 1 failed");
    EXPECT_EQ(get("src/fs/a.c"), "one\ntwo\nthree\n");
    EXPECT_FALSE(fs::exists(dir / "src/fs/b.c"));
    apply({});
    expect_pristine();
}

TEST_F(Tree, ATrialChangesNothing) {
    apply({kDeleteB});
    const auto trial = [&](const std::vector<std::string>& texts) {
        std::vector<PatchFile> patches;
        for (const std::string& text : texts) patches.push_back(patch_of(text));
        return error_of([&] { PatchedTree(dir).try_apply(patches, "6.12.117"); });
    };
    EXPECT_EQ(trial({kChangeA, kNewFile, kDeleteB, kRenameC}), "");
    EXPECT_TRUE(
        contains(trial({kChangeA, kMisfit}), "does not apply to 6.12.117: hunk 1 of fs/a.c at line 1"));
    EXPECT_EQ(get("src/fs/a.c"), "one\ntwo\nthree\n");
    EXPECT_FALSE(fs::exists(dir / "src/fs/b.c"));
    EXPECT_EQ(get("patched"), "fs/b.c\n");
    apply({});
    expect_pristine();
}

TEST_F(Tree, ChangedContextIsNoFuzzMatterButMovedLinesAre) {
    put("src/fs/a.c", "zero\none\ntwo\nthree\n");
    EXPECT_EQ(apply({kChangeA}), Names{"fs/a.c"});
    apply({});
    put("pristine/fs/a.c", "one\ntwo\ntres\n");
    EXPECT_TRUE(contains(error_of([&] { apply({kChangeA}); }), "hunk 1 of fs/a.c at line 1 failed"));
}

TEST_F(Tree, ANewFileThatIsThereAlreadyIsAMisfit) {
    put("src/fs/deep/new.c", "old\n");
    EXPECT_TRUE(contains(error_of([&] { apply({kNewFile}); }), "hunk 1 of fs/deep/new.c at line 1 failed"));
    EXPECT_EQ(get("src/fs/deep/new.c"), "old\n");
}

TEST_F(Tree, ALinkIsNotPatched) {
    fs::create_symlink("a.c", dir / "src/fs/link.c");
    EXPECT_TRUE(
        contains(error_of([&] { apply({"--- a/fs/link.c\n+++ b/fs/link.c\n@@ -1 +1 @@\n-a.c\n+b.c\n"}); }),
                 "fs/link.c, which is no plain file"));
}

TEST_F(Tree, KilledBeforeTheListWasWritten) {
    // Originals were being kept; the list and the tree are as before. One of them is a torn copy.
    put("pristine/fs/a.c", "on");
    put("pristine/fs/deep/new.c", "left over\n");
    apply({kChangeA, kNewFile});
    EXPECT_EQ(get("src/fs/a.c"), "one\nTWO\nthree\n");
    EXPECT_EQ(get("src/fs/deep/new.c"), "new\n");
    apply({});
    expect_pristine();
}

TEST_F(Tree, KilledWhileFilesWereChanging) {
    // The list is there, one file has its new content, the others not yet, and the scratch tree is left.
    put("pristine/fs/a.c", "one\ntwo\nthree\n");
    put("pristine/fs/b.c", "bee\n");
    put("patched", "fs/a.c\nfs/b.c\nfs/deep/new.c\n");
    put("scratch/fs/a.c", "one\nTWO\nthree\n");
    put("src/fs/a.c", "one\nTWO\nthree\n");
    EXPECT_EQ(apply({kChangeA, kDeleteB}), Names{"fs/b.c"});
    apply({});
    expect_pristine();
}

TEST_F(Tree, KilledWhileBeingUndone) {
    apply({kChangeA, kNewFile, kDeleteB, kRenameC});
    put("src/fs/b.c", "bee\n");  // the undo had come this far
    fs::remove(dir / "src/fs/d.c");
    EXPECT_EQ(apply({}), (Names{"fs/a.c", "fs/c.c", "fs/deep/new.c"}));
    expect_pristine();
}

// Configurations.

TEST(KernelConfig, ReadsAllFormsAndNamesABadLine) {
    const auto options =
        parse_config("# SPDX\n\nCONFIG_A=y\n  CONFIG_B=n\n# CONFIG_C is not set\nCONFIG_D=\"x y=z\"\n", "f");
    ASSERT_EQ(options.size(), 4U);
    EXPECT_EQ(options[1].value, "n");
    EXPECT_EQ(options[2].name + options[2].value, "CONFIG_Cn");
    EXPECT_EQ(options[3].value, "\"x y=z\"");
    for (const char* bad : {"CONFIG_A", "CONFIG_A=", "SMP=y", "CONFIG_A-B=y"}) {
        EXPECT_EQ(error_of([&] { parse_config(std::string("CONFIG_Z=y\n") + bad + "\n", "a.config"); }),
                  std::string("2 a.config:2: not a configuration line: ") + bad);
    }
}

// Options with alternatives.

constexpr const char* kWithAlternatives =
    "CONFIG_A=y\n# or CONFIG_B=y (since 7.3)\n# or nothing (it is implied)\n"
    "# a comment\nCONFIG_C=n\n# or CONFIG_D=n\nCONFIG_E=8\n";

TEST(KernelConfig, AlternativesAreTakenInOrder) {
    const auto options =
        parse_config("CONFIG_A=y\n# or CONFIG_B=y (since 7.3)\n# or nothing\nCONFIG_E=8\n", "f");
    ASSERT_EQ(options.size(), 2U);
    EXPECT_EQ(options[0].otherwise, (std::vector<ConfigSetting>{{"CONFIG_B", "y"}}));
    EXPECT_TRUE(options[0].optional);
    ConfigChoice choice(options);
    EXPECT_EQ(render_config(choice.asked()), "CONFIG_A=y\nCONFIG_E=8\n");
    EXPECT_TRUE(choice.advance("CONFIG_E=8\n"));
    EXPECT_EQ(render_config(choice.asked()), "CONFIG_B=y\nCONFIG_E=8\n");
    ConfigChoice taken = choice;
    EXPECT_FALSE(taken.advance("CONFIG_B=y\nCONFIG_E=8\n"));
    EXPECT_EQ(taken.intents(), (std::vector<ConfigIntent>{{"CONFIG_A=y", "CONFIG_B=y"}}));
    EXPECT_TRUE(choice.advance("CONFIG_E=8\n"));
    EXPECT_EQ(render_config(choice.asked()), "CONFIG_E=8\n");
    EXPECT_FALSE(choice.advance("")) << "what is required has no alternative, and is named as dropped";
    EXPECT_EQ(choice.intents(), (std::vector<ConfigIntent>{{"CONFIG_A=y", "nothing"}}));
    EXPECT_EQ(dropped_options(choice.asked(), ""), Names{"CONFIG_E=8 (asked by f) is not set"});
}

TEST(KernelConfig, WhatIsTakenAtOnceStays) {
    ConfigChoice choice(parse_config(kWithAlternatives, "f"));
    EXPECT_FALSE(choice.advance("CONFIG_A=y\nCONFIG_E=8\n"));
    EXPECT_EQ(choice.intents(),
              (std::vector<ConfigIntent>{{"CONFIG_A=y", "CONFIG_A=y"},
                                         {"# CONFIG_C is not set", "# CONFIG_C is not set"}}));
}

TEST(KernelConfig, AFragmentThatOverridesLeavesNoAlternative) {
    const auto merged =
        merge_configs(parse_config(kWithAlternatives, "base"), parse_config("CONFIG_A=n\n", "over"));
    ConfigChoice choice(merged);
    EXPECT_TRUE(choice.advance("CONFIG_A=y\nCONFIG_C=y\nCONFIG_E=8\n"));
    EXPECT_EQ(render_config(choice.asked()), "# CONFIG_A is not set\n# CONFIG_D is not set\nCONFIG_E=8\n");
}

TEST(KernelConfig, WhatIsNoAlternativeIsNamed) {
    for (const char* bad : {"# or perhaps nothing", "# or CONFIG_A", "# or nothing\n# or CONFIG_B=y"}) {
        const std::string error =
            error_of([&] { parse_config(std::string("CONFIG_Z=y\n") + bad + "\n", "a.config"); });
        EXPECT_TRUE(error.starts_with("2 a.config:")) << error;
        EXPECT_NE(error.find("write `# or CONFIG_NAME=VALUE (why)`"), std::string::npos) << error;
    }
    EXPECT_TRUE(parse_config("# or so it seems\n", "a.config").empty()) << "behind no option it is a comment";
}

TEST(KernelConfig, TheLaterValueWinsAtTheFirstPlace) {
    const auto merged = merge_configs(parse_config("CONFIG_A=y\nCONFIG_B=8\n", "base"),
                                      parse_config("CONFIG_A=n\nCONFIG_C=y\n", "over"));
    EXPECT_EQ(render_config(merged), "# CONFIG_A is not set\nCONFIG_B=8\nCONFIG_C=y\n");
    EXPECT_EQ(merged[0].origin, "over");
}

TEST(KernelConfig, NamesWhatKconfigDropped) {
    const auto wanted =
        parse_config("CONFIG_A=y\nCONFIG_B=n\nCONFIG_C=8\nCONFIG_D=n\nCONFIG_GONE=y\n", "b.config");
    EXPECT_TRUE(
        dropped_options(wanted, "CONFIG_A=y\nCONFIG_C=8\n# CONFIG_D is not set\nCONFIG_GONE=y\n").empty());
    EXPECT_EQ(dropped_options(wanted, "CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=64\n"),
              (Names{"CONFIG_B=n (asked by b.config) became y", "CONFIG_C=8 (asked by b.config) became 64",
                     "CONFIG_GONE=y (asked by b.config) is not set"}));
    EXPECT_EQ(config_value("CONFIG_AB=y\nCONFIG_A=8\n", "CONFIG_A"), "8");
    EXPECT_EQ(config_value("# CONFIG_A is not set\n", "CONFIG_A"), "n");
}

TEST_F(Kernels, AConfigurationStandsOnItsBase) {
    put("bench.config", "# SPDX\nCONFIG_A=y\nCONFIG_B=y\n");
    put("debug.config", "# SPDX\n# base: bench\nCONFIG_B=n\n");
    put("round.config", "# base: turn\n");
    put("turn.config", "# base: round\n");
    put("lost.config", "# base: bensh\n");
    EXPECT_EQ(render_config(read_named_config(dir, "debug").options), "CONFIG_A=y\n# CONFIG_B is not set\n");
    EXPECT_NE(read_named_config(dir, "debug").text, read_named_config(dir, "bench").text);
    EXPECT_TRUE(contains(error_of([&] { read_named_config(dir, "round"); }), "its own base"));
    EXPECT_TRUE(contains(error_of([&] { read_named_config(dir, "lost"); }),
                         "lost.config stands on an unknown configuration 'bensh' (did you mean 'bench'?"));
    EXPECT_TRUE(
        error_of([&] { read_named_config(dir, "bensch"); }).starts_with("2 unknown configuration 'bensch'"));
}

// Sources.

const char* const kMakefile =
    "# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION = -rc1\nNAME = Opossum\n\nVERSION = "
    "9\n";

TEST(KernelSource, VersionOfTheMakefile) {
    EXPECT_EQ(makefile_version(kMakefile), "6.12.117-rc1");
    EXPECT_EQ(makefile_version("VERSION=6\nPATCHLEVEL =12\nSUBLEVEL= 0\nEXTRAVERSION =\n"), "6.12.0");
    EXPECT_EQ(makefile_version("all:\n\techo\n"), "");
}

TEST_F(Kernels, AMissingTarballTellsWhatInstallsIt) {
    KernelBase base;
    base.package = "linux-source-6.12";
    const std::string error = error_of([&] { find_source("", base, dir / "work", Fetch::yes, dir); });
    EXPECT_TRUE(error.starts_with("4 no kernel source")) << error;
    EXPECT_TRUE(contains(error, "sudo apt-get install linux-source-6.12")) << error;
    // One that could be fetched is not where nobody asks for that.
    base.suites = {"sid"};
    EXPECT_TRUE(contains(error_of([&] { find_source("", base, dir / "work", Fetch::no, dir); }),
                         "`./run.sh kernels --base 6.12` fetches it"));
}

TEST_F(Kernels, ADamagedTarballIsNotTakenForASource) {
    KernelSource source;
    source.id = "toy";
    source.tarball = dir / "toy.tar.xz";
    put("toy.tar.xz", "no archive");
    EXPECT_TRUE(contains(error_of([&] { prepare_source(source, dir / "work"); }), "5 cannot unpack"));
    EXPECT_FALSE(fs::exists(dir / "work/toy/src"));
}

TEST_F(Kernels, UnpacksATarballAndBeginsAnInterruptedUnpackAgain) {
    put("linux-x/Makefile", kMakefile);
    put("linux-x/fs/a.c", "a\n");
    capture({"tar", "-C", dir.string(), "-cJf", (dir / "toy.tar.xz").string(), "linux-x"});
    put("work/toy/src.part/fs/torn.c", "to");
    KernelSource source;
    source.id = "toy";
    source.tarball = dir / "toy.tar.xz";
    EXPECT_EQ(prepare_source(source, dir / "work").source(), dir / "work/toy/src");
    EXPECT_EQ(get("work/toy/src/fs/a.c"), "a\n");
    EXPECT_FALSE(fs::exists(dir / "work/toy/src/fs/torn.c"));
    EXPECT_FALSE(fs::exists(dir / "work/toy/src.part"));
}

class Mirror : public Kernels {
  protected:
    void SetUp() override {
        Kernels::SetUp();
        put("user/Makefile", kMakefile);
        put("user/Kconfig", "");
        put("user/arch/x86/Makefile", "");
        put("user/fs/a.c", "one\ntwo\nthree\n");
        put("user/fs/b.c", "bee\n");
        put("user/.git/HEAD", "");
        put("user/build/.config", "");
        put("user/build/fs/a.o", "");
        fs::create_symlink("a.c", dir / "user/fs/link.c");
    }
    KernelSource found() const { return find_source(dir / "user", {}, dir / "work"); }
    PatchedTree mirrored() const { return prepare_source(found(), dir / "work"); }
    std::string mirror_of(const std::string& name) const {
        return read_file_or(dir / "work" / found().id / "src" / name, "(none)");
    }
};

TEST_F(Mirror, CopiesSourceButNoRepositoryAndNoObjects) {
    const PatchedTree tree = mirrored();
    EXPECT_EQ(mirror_of("fs/a.c"), "one\ntwo\nthree\n");
    EXPECT_EQ(fs::read_symlink(tree.source() / "fs/link.c"), "a.c");
    EXPECT_FALSE(fs::exists(tree.source() / ".git"));
    EXPECT_FALSE(fs::exists(tree.source() / "build"));
    EXPECT_FALSE(found().pinned);
    EXPECT_TRUE(contains(found().note, "reference results do not apply"));
}

TEST_F(Mirror, FollowsChangesAndTouchesNothingElse) {
    const PatchedTree tree = mirrored();
    const std::string before = found().content;
    const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(5);
    for (const char* name : {"fs/a.c", "fs/b.c", "Kconfig"})
        fs::last_write_time(tree.source() / name, long_ago);
    // An older file than the one it replaces: its copy must be newer than any object all the same.
    put("user/fs/a.c", "older\n");
    fs::last_write_time(dir / "user/fs/a.c", long_ago - std::chrono::hours(50));
    put("user/fs/new.c", "new\n");
    fs::remove(dir / "user/fs/b.c");
    fs::last_write_time(dir / "user/Kconfig", long_ago);  // another time, the same content
    EXPECT_NE(found().content, before);
    mirrored();
    EXPECT_EQ(mirror_of("fs/a.c"), "older\n");
    EXPECT_GT(fs::last_write_time(tree.source() / "fs/a.c"), long_ago + std::chrono::hours(4));
    EXPECT_EQ(mirror_of("fs/new.c"), "new\n");
    EXPECT_EQ(mirror_of("fs/b.c"), "(none)");
    EXPECT_EQ(fs::last_write_time(tree.source() / "Kconfig"), long_ago);
}

TEST_F(Mirror, ChangesBelowAPatchReachItsOriginal) {
    PatchedTree tree = mirrored();
    tree.apply({patch_of(kChangeA)}, "6.12.117");
    put("user/fs/a.c", "one\ntwo\nthree\nfour\n");
    PatchedTree again = mirrored();
    again.apply({patch_of(kChangeA)}, "6.12.117");
    EXPECT_EQ(mirror_of("fs/a.c"), "one\nTWO\nthree\nfour\n");
    again.apply({}, "6.12.117");
    EXPECT_EQ(mirror_of("fs/a.c"), "one\ntwo\nthree\nfour\n");
}

TEST_F(Mirror, AnInterruptedCopyIsNotTakenForDone) {
    mirrored();
    const auto changed = fs::last_write_time(dir / "user/fs/a.c");
    put("user/fs/a.c", "one\nwot\nthree\n");  // the same length
    fs::last_write_time(dir / "user/fs/a.c", changed + std::chrono::seconds(9));
    const auto stop = [](size_t, size_t) { throw Error(Exit::interrupted, "interrupted"); };
    const KernelSource source = found();
    const fs::path root = dir / "work" / source.id;
    EXPECT_EQ(error_of([&] {
                  mirror_source(source.directory, source.entries, PatchedTree(root), root / "mirror.index",
                                stop);
              }),
              "130 interrupted");
    // The file had been copied already when the stop came, and the user goes back to what was there before.
    put("work/" + source.id + "/src/fs/a.c", "one\nwot\nthree\n");
    put("user/fs/a.c", "one\ntwo\nthree\n");
    fs::last_write_time(dir / "user/fs/a.c", changed);
    mirrored();
    EXPECT_EQ(mirror_of("fs/a.c"), "one\ntwo\nthree\n");
}

TEST_F(Mirror, RefusesWhatIsNoCleanKernelSource) {
    put("user/.config", "");
    EXPECT_TRUE(contains(error_of([&] { found(); }), "mrproper"));
    fs::remove(dir / "user/.config");
    put("user/Makefile", "all:\n");
    EXPECT_TRUE(contains(error_of([&] { found(); }), "is no kernel source"));
    EXPECT_TRUE(
        error_of([&] { find_source(dir / "none", {}, dir / "work"); }).starts_with("2 kernel source"));
}

// Images and records.

std::string made_up_image(const std::string& version) {
    std::string image(0x1000, '\0');
    image.replace(0x202, 4, "HdrS");
    image[0x206] = 0x0f;
    image[0x207] = 0x02;
    image[0x20e] = static_cast<char>(0x80);  // little endian: 0x0480, so the text is at 0x680
    image[0x20f] = 0x04;
    image[0x211] = 0x01;
    image.replace(0x680, version.size(), version);
    return image;
}

TEST_F(Kernels, VersionOfAnImage) {
    const std::string version = "6.12.117 (stackshift@stackshift) #1 SMP Thu Jan  1 00:00:00 UTC 2026";
    put("bzImage", made_up_image(version));
    EXPECT_EQ(image_version(dir / "bzImage"), version);
    const BuiltKernel kernel = prebuilt_kernel("mine", dir / "bzImage");
    EXPECT_EQ(kernel.info.strategy, "mine");
    EXPECT_EQ(kernel.info.base, "6.12.117");
    EXPECT_EQ(kernel.info.image_sha256, sha256(made_up_image(version)));
    EXPECT_FALSE(kernel.checks_strategy);
    EXPECT_FALSE(kernel.pinned_source);
}

TEST_F(Kernels, APrebuiltOneDeclaresNothingAndIsNoStrategy) {
    put("bzImage", made_up_image("6.12.117 (stackshift@stackshift) #1"));
    KernelRequest request;
    request.prebuilt = {{"mine", dir / "bzImage"}};
    Places places;
    places.kernels = PROJECT_DIR "/kernels";
    places.work = dir;
    const std::vector<BuiltKernel> kernels = contending_kernels(request, places);
    ASSERT_EQ(kernels.size(), 1U);
    EXPECT_EQ(kernels[0].info.strategy, "mine");
    EXPECT_EQ(kernels[0].declared.file, "");
    EXPECT_TRUE(kernels[0].declared.deviations.empty());
    EXPECT_TRUE(kernels[0].declared.failing.empty());
    // What a strategy of that name declares is nothing of an image's.
    request.prebuilt = {{"array", dir / "bzImage"}};
    EXPECT_EQ(error_of([&] { contending_kernels(request, places); }),
              "2 --kernel array=...: 'array' is a strategy of kernels/patches; give the image another name");
}

// The first kernel is counted before the others are built: of a series as well.
TEST_F(Kernels, AStepOfASeriesCanBeAskedForAlone) {
    KernelRequest request;
    request.series = "late";
    request.bases = {"7.3"};
    Places places;
    places.kernels = PROJECT_DIR "/kernels";
    places.work = dir;
    const KernelBase base = contending_bases(request, places).front();
    const std::vector<std::string> steps = contending_strategies(request, places, base).ported;
    ASSERT_GT(steps.size(), 2U);
    EXPECT_EQ(steps[1], "late.1");
    const KernelRequest one = strategy_alone(request, base, steps[1]);
    require_contenders(one, places);
    EXPECT_EQ(contending_strategies(one, places, base).ported, std::vector<std::string>{"late.1"});
    EXPECT_EQ(contending_bases(one, places).front().name, "7.3");
}

TEST_F(Kernels, WhatIsNoImageIsRefused) {
    const auto refused = [&](const std::string& content) {
        put("image", content);
        return error_of([&] { image_version(dir / "image"); }).starts_with("2 ");
    };
    std::string no_bzimage = made_up_image("6.12");
    no_bzimage[0x211] = 0;
    std::string bad_pointer = made_up_image("6.12");
    bad_pointer[0x20f] = static_cast<char>(0xff);
    EXPECT_TRUE(refused(""));
    EXPECT_TRUE(refused("MZ"));
    EXPECT_TRUE(refused(std::string(0x1000, 'x')));
    EXPECT_TRUE(refused(made_up_image("6.12").substr(0, 0x210)));
    EXPECT_TRUE(refused(made_up_image("6.12").substr(0, 0x682)));
    EXPECT_TRUE(refused(no_bzimage));
    EXPECT_TRUE(refused(bad_pointer));
    EXPECT_TRUE(error_of([&] { image_version(dir / "none"); }).starts_with("2 cannot read"));
    EXPECT_TRUE(error_of([&] { image_version(dir); }).starts_with("2 cannot read"));
}

TEST_F(Kernels, ARecordHoldsForItsKeyAndItsImageAlone) {
    const std::string unnamed = "image of " + std::string(kNamePlaceholder) + " and a checksum";
    put("obj/arch/x86/boot/bzImage", unnamed);
    put("obj/.config", "CONFIG_A=y\n");
    put("obj/System.map", "map");
    const fs::path result = result_directory(dir, "toy", "bench");
    EXPECT_EQ(result_directory(dir, "toy", "debug"), dir / "toy+debug");
    BuiltKernel kernel;
    kernel.info.strategy = "toy";
    kernel.info.patches = {{"kernels/patches/toy/0001-x.patch", "12ab"}};
    kernel.checks_strategy = true;
    kernel.seconds = 7;
    publish_kernel(dir / "obj", result, "key", kernel);
    const auto loaded = load_kernel(result, "key");
    ASSERT_TRUE(loaded);
    // The name stands in the finished image, and only there.
    const std::string image = read_file(result / "bzImage");
    EXPECT_EQ(image.find(kNamePlaceholder), std::string::npos);
    EXPECT_NE(image.find("image of toy  "), std::string::npos);
    EXPECT_EQ(loaded->info.image_sha256, sha256(image));
    EXPECT_EQ(loaded->info.config_sha256, sha256("CONFIG_A=y\n"));
    EXPECT_EQ(loaded->info.patches.at(0).sha256, "12ab");
    EXPECT_TRUE(loaded->checks_strategy);
    EXPECT_EQ(loaded->seconds, 0);
    EXPECT_FALSE(load_kernel(result, "another key"));
    put("toy/bzImage", "another image");
    EXPECT_FALSE(load_kernel(result, "key"));
    put("toy/bzImage", image);
    EXPECT_TRUE(load_kernel(result, "key"));
    fs::remove(result / "System.map");
    EXPECT_FALSE(load_kernel(result, "key"));
    put("toy/System.map", "map");
    for (const char* damaged : {"", "{", "[]", "{\"key\": \"key\"}", "{\"key\": 5}"}) {
        put("toy/kernel.json", damaged);
        EXPECT_FALSE(load_kernel(result, "key")) << damaged;
    }
}

// Make's output.

TEST(BuildErrors, ACompilerThatIsTooOldIsNamedInALine) {
    // As linux 6.12's scripts/cc-version.sh writes it.
    EXPECT_EQ(too_old_tool("***\n*** C compiler is too old.\n***   Your GCC version:    12.2.0\n"
                           "***   Minimum GCC version: 13.1.0\n***\n"
                           "scripts/Kconfig.include:45: Sorry, this C compiler is not supported.\n"),
              "GCC 12.2.0 is too old for this kernel, which needs 13.1.0 or newer");
    EXPECT_EQ(too_old_tool("***   Your GCC version:    12.2.0\n"), "");
    EXPECT_EQ(too_old_tool("x.c:1: error: y\n"), "");
}

TEST(BuildErrors, ShowsTheCompilersLines) {
    const std::string log =
        "  CC      fs/open.o\n  CC      fs/exec.o\n../fs/exec.c: In function 'f':\n"
        "../fs/exec.c:12:5: error: 'x' undeclared (first use in this function)\n   12 |     x = 1;\n"
        "make[3]: *** [../scripts/Makefile.build:229: fs/exec.o] Error 1\n";
    EXPECT_EQ(build_errors(log),
              (Names{"../fs/exec.c:12:5: error: 'x' undeclared (first use in this function)",
                     "make[3]: *** [../scripts/Makefile.build:229: fs/exec.o] Error 1"}));
    EXPECT_EQ(
        build_errors("ld: fs/exec.o: in function `f':\nexec.c:(.text+0x1): undefined reference to `g'\n")
            .size(),
        1U);
    std::string many;
    for (int i = 0; i < 30; ++i) many += "x.c:1: error: y\n";
    EXPECT_EQ(build_errors(many).size(), 8U);
    EXPECT_EQ(build_errors("odd\n\nend\n"), (Names{"odd", "end"}));
}

TEST_F(Kernels, ObjectsOfAKilledBuildAreMadeAgain) {
    put("obj/fs/.whole.o.cmd", "");
    put("obj/fs/whole.o", "o");
    put("obj/fs/.torn.o.cmd", "");
    put("obj/fs/torn.o", "o");
    put("obj/fs/.gone.o.cmd", "");
    const auto now = fs::file_time_type::clock::now();
    fs::last_write_time(dir / "obj/fs/whole.o", now);
    fs::last_write_time(dir / "obj/fs/.whole.o.cmd", now + std::chrono::milliseconds(1));
    fs::last_write_time(dir / "obj/fs/.torn.o.cmd", now);
    fs::last_write_time(dir / "obj/fs/torn.o", now + std::chrono::milliseconds(1));
    EXPECT_EQ(remove_half_made(dir / "obj"), 2U);
    EXPECT_TRUE(fs::exists(dir / "obj/fs/whole.o"));
    EXPECT_FALSE(fs::exists(dir / "obj/fs/torn.o"));
}

TEST_F(Kernels, MissingToolsAreNamedTogether) {
    const char* path = std::getenv("PATH");
    const std::string before = path != nullptr ? path : "";
    setenv("PATH", dir.c_str(), 1);
    const std::string error =
        error_of([] { require_build_tools(parse_config("CONFIG_KERNEL_LZ4=y\n", "b")); });
    const std::string without = error_of([] { require_build_tools({}); });
    setenv("PATH", before.c_str(), 1);
    EXPECT_TRUE(error.starts_with("4 building a kernel needs make, gcc, ld, ccache, flex, bison")) << error;
    EXPECT_TRUE(contains(error, "sudo apt-get install make gcc binutils")) << error;
    EXPECT_TRUE(contains(error, "lz4"));
    EXPECT_FALSE(contains(without, "lz4"));
}

TEST_F(Kernels, AnUnknownStrategyNamesTheNearest) {
    put("patches/direct/strategy", "");
    put("config/bench.config", "CONFIG_A=y\n");
    put("user/Makefile", kMakefile);
    put("user/Kconfig", "");
    put("user/arch/x86/Makefile", "");
    const KernelPlaces places{dir / "patches", dir / "config", dir / "build", dir / "user", "", ""};
    EXPECT_EQ(error_of([&] { build_kernels(places, {}, {"drect"}, "bench", 1); }),
              "2 unknown strategy 'drect' (did you mean 'direct'? known: direct)");
    EXPECT_FALSE(fs::exists(dir / "build"));
}

TEST_F(Kernels, TheLockIsLetGo) {
    { const BuildLock lock(dir / "lock"); }
    const BuildLock again(dir / "lock");
    // Held: another open file of it cannot be locked.
    EXPECT_NE(run({{"flock", "--nonblock", (dir / "lock").string(), "true"}, {}, {}, {}, {}}).code, 0);
}

}  // namespace
}  // namespace stackshift
