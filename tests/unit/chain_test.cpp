// SPDX-License-Identifier: MIT
// The exec engine: what a chain's records mean, and live chains that a fault was planted into.
#include "exec/chain.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "matrix/plan.h"
#include "support/temporary_directory.h"

namespace stackshift {
namespace {

using namespace protocol;
using Status = CellStatus;

class Records {
  public:
    template <typename Body>
    Records& add(RecordType type, const Body& body) {
        return add_bytes(type, std::string(reinterpret_cast<const char*>(&body), sizeof body));
    }
    Records& add_bytes(RecordType type, const std::string& body) {
        const RecordHeader header = {type, static_cast<std::uint32_t>(body.size())};
        text.append(reinterpret_cast<const char*>(&header), sizeof header);
        text += body;
        return *this;
    }
    Records& sample(std::uint64_t before, std::uint64_t after) {
        const SampleRecord record = {
            static_cast<std::uint32_t>(before), static_cast<std::uint32_t>(before >> 32),
            static_cast<std::uint32_t>(after), static_cast<std::uint32_t>(after >> 32)};
        return add(kRecordSample, record);
    }
    std::string text;
};

ChainRequest request_of(unsigned execs, Abi abi = Abi::native) {
    ChainRequest request;
    request.cell.abi = abi;
    request.execs = execs;
    request.directory = GUEST_DIR;
    return request;
}

TEST(ParseRecords, SamplesAreDifferencesOf64BitStamps) {
    Records records;
    records.sample(0xffffffffULL, 0x100000063ULL)
        .sample(0x200000000ULL, 0x200000007ULL)
        .add_bytes(kRecordDone, "");
    const ChainOutcome outcome = parse_records(records.text, request_of(2));
    EXPECT_EQ(outcome.status, Status::ok);
    EXPECT_EQ(outcome.ticks, (std::vector<std::uint64_t>{100, 7}));
}

TEST(ParseRecords, AShortOrCutChainIsNotOk) {
    Records records;
    records.sample(1, 2).sample(3, 4).add_bytes(kRecordDone, "");
    EXPECT_EQ(parse_records(records.text, request_of(3)).status, Status::failed);
    for (size_t length = 0; length < records.text.size(); ++length) {
        EXPECT_EQ(parse_records(records.text.substr(0, length), request_of(2)).status, Status::failed)
            << length;
    }
}

TEST(ParseRecords, VmstatPiecesAreJoinedBySnapshot) {
    Records records;
    records.add_bytes(kRecordVmstat, "").add_bytes(kRecordVmstat, "pgfa").add_bytes(kRecordVmstat, "ult 5\n");
    records.sample(1, 2).add_bytes(kRecordVmstat, "").add_bytes(kRecordVmstat, "pgfault 9\n");
    records.add_bytes(kRecordDone, "");
    const ChainOutcome outcome = parse_records(records.text, request_of(1));
    EXPECT_EQ(vmstat_value(outcome.vmstat_before, "pgfault"), 5U);
    EXPECT_EQ(vmstat_value(outcome.vmstat_after, "pgfault"), 9U);
}

TEST(ParseRecords, FailuresNameExecErrnoAndOffset) {
    const auto reason = [](FailureRecord failure, Abi abi = Abi::native) {
        const ChainOutcome outcome =
            parse_records(Records().sample(1, 2).add(kRecordFailure, failure).text, request_of(50, abi));
        return std::string(outcome.status == Status::unavailable ? "unavailable: " : "failed: ") +
               outcome.reason;
    };
    EXPECT_EQ(reason({kFailExec, E2BIG, 0, 14}),
              "failed: exec 37 of 50: execve: E2BIG (Argument list too long)");
    EXPECT_EQ(reason({kFailArgv, 1, 4096, 37}), "failed: exec 13 of 50: corrupt argv string 3 at byte 4096");
    EXPECT_EQ(reason({kFailEnv, 1, 0, 50}),
              "failed: the collector's exec: corrupt environment string 1 at byte 0");
    EXPECT_EQ(reason({kFailArgc, 7, 0, 50}), "failed: the collector's exec: argc is 7, not 2");
    EXPECT_EQ(reason({kFailExec, ENOEXEC, 0, 50}, Abi::i386),
              "unavailable: this kernel runs no i386 programs (execve: ENOEXEC)");
    EXPECT_EQ(reason({kFailSetup, EPERM, kSetupPersonality, 0}),
              "unavailable: personality() refused: EPERM (Operation not permitted)");
}

TEST(ParseRecords, AnOperationIsAllButTheChildsOwnWork) {
    ChainRequest request = request_of(1);
    request.cell.path = ExecPath::vfork_exec;
    // Called at 100; the child execs at 130, is there at 190, works until 1000 and is reaped at 1025. The
    // parent goes on at 170.
    const Records records = Records()
                                .sample(130, 190)
                                .add(kRecordLeaving, LeavingRecord{1000})
                                .add(kRecordOperation, OperationRecord{100, 170, 1025})
                                .add_bytes(kRecordDone, "");
    const ChainOutcome outcome = parse_records(records.text, request);
    EXPECT_EQ(outcome.status, Status::ok) << outcome.reason;
    EXPECT_EQ(outcome.ticks, (std::vector<std::uint64_t>{30 + 60 + 25}));
    EXPECT_TRUE(outcome.windows.empty()) << "no phases were asked for";
    const std::map<Part, std::vector<std::uint64_t>> parts = {
        {Part::start, {30}}, {Part::exec, {60}}, {Part::end, {25}}, {Part::resumed, {70}}};
    EXPECT_EQ(outcome.parts, parts);
    for (size_t length = 0; length < records.text.size(); ++length)
        EXPECT_EQ(parse_records(records.text.substr(0, length), request).status, Status::failed) << length;
}

TEST(ParseRecords, OperationsWithPhasesAreNotTimed) {
    ChainRequest request = request_of(1);
    request.cell.path = ExecPath::vfork_exec;
    const Records records = Records()
                                .sample(130, 190)
                                .add(kRecordLeaving, LeavingRecord{1000})
                                .add(kRecordOperation, OperationRecord{100, 170, 1025})
                                .add_bytes(kRecordPhases, "alloc 3\n")
                                .sample(2130, 2192)
                                .add(kRecordLeaving, LeavingRecord{3000})
                                .add(kRecordOperation, OperationRecord{2100, 2170, 9999})
                                .add_bytes(kRecordDone, "");
    const ChainOutcome outcome = parse_records(records.text, request);
    EXPECT_EQ(outcome.status, Status::ok) << outcome.reason;
    EXPECT_EQ(outcome.ticks, (std::vector<std::uint64_t>{115}));
    EXPECT_EQ(outcome.parts.at(Part::end), (std::vector<std::uint64_t>{25}));
    EXPECT_EQ(outcome.started, (std::vector<std::uint64_t>{2130}));
    EXPECT_EQ(outcome.windows, (std::vector<std::uint64_t>{62}));
    EXPECT_EQ(outcome.phases, (std::vector<std::string>{"alloc 3\n"}));
}

TEST(ParseRecords, AShellsOperationIsAllOfIt) {
    ChainRequest request = request_of(1);
    request.cell.path = ExecPath::shell;
    const std::string records =
        Records().add(kRecordOperation, OperationRecord{100, 170, 1025}).add_bytes(kRecordDone, "").text;
    const ChainOutcome outcome = parse_records(records, request);
    EXPECT_EQ(outcome.status, Status::ok) << outcome.reason;
    EXPECT_EQ(outcome.ticks, (std::vector<std::uint64_t>{925}));
    EXPECT_TRUE(outcome.windows.empty());
    EXPECT_EQ(outcome.parts.size(), 1U);
}

TEST(ParseRecords, AChildThatDoesNotReportFailsItsCell) {
    ChainRequest request = request_of(2);
    request.cell.path = ExecPath::fork_exec;
    const auto reason = [&](const Records& records) {
        const ChainOutcome outcome = parse_records(records.text, request);
        EXPECT_EQ(outcome.status, Status::failed);
        return outcome.reason;
    };
    EXPECT_EQ(reason(Records().add(kRecordOperation, OperationRecord{100, 170, 1025})),
              "exec 1: the child did not report its entry");
    EXPECT_EQ(reason(Records().add(kRecordFailure, FailureRecord{kFailStart, EAGAIN, 0, 1})),
              "exec 2 of 2: no child: EAGAIN (Resource temporarily unavailable)");
    EXPECT_EQ(reason(Records().add(kRecordFailure, FailureRecord{kFailChild, SIGSEGV, 0, 2})),
              "exec 1 of 2: the child was killed by SIGSEGV");
    EXPECT_EQ(reason(Records().add(kRecordFailure, FailureRecord{kFailChild, 3 << 8, 0, 2})),
              "exec 1 of 2: the child ended with exit code 3");
    EXPECT_EQ(reason(Records()
                         .sample(130, 190)
                         .add(kRecordLeaving, LeavingRecord{180})
                         .add(kRecordOperation, OperationRecord{100, 170, 1025})),
              "the time stamp counter went backwards in exec 1");
}

TEST(ParseRecords, RecordsOfAnExecAreAsLongAsTheProtocolSays) {
    // Headers of 8 bytes; samples of 16, leaving records of 8, operation records of 24.
    EXPECT_EQ(record_bytes_per_exec(ExecPath::self_exec), 24U);
    EXPECT_EQ(record_bytes_per_exec(ExecPath::vfork_exec), 24U + 16 + 32);
    EXPECT_EQ(record_bytes_per_exec(ExecPath::shell), 32U);
}

TEST(ParseRecords, ACounterThatGoesBackIsNoSample) {
    const ChainOutcome outcome =
        parse_records(Records().sample(9, 9).add_bytes(kRecordDone, "").text, request_of(1));
    EXPECT_EQ(outcome.status, Status::failed);
    EXPECT_NE(outcome.reason.find("backwards"), std::string::npos);
}

TEST(Vmstat, WholeNamesOnly) {
    const std::string text = "nr_tlb_local_flush_all 12\npgfault 7\npgfault_other 8\n";
    EXPECT_EQ(vmstat_value(text, "pgfault"), 7U);
    EXPECT_EQ(vmstat_value(text, "nr_tlb_local_flush_all"), 12U);
    EXPECT_FALSE(vmstat_value(text, "nr_tlb_local_flush"));
    EXPECT_FALSE(vmstat_value("pgfault\n", "pgfault"));
}

TEST(MakeStrings, MatchTheDefinition) {
    // Words are "0000", "1000", "2000", ...; the NUL takes the last byte of a string and words go on behind
    // it.
    const PayloadStrings strings = make_strings({{2, 8, 5}, {1, 3, 3}});
    EXPECT_EQ(strings.argv, (std::vector<std::string>{"0000100", "2000"}));
    EXPECT_EQ(strings.env, (std::vector<std::string>{"40"}));
}

TEST(LiveChain, RunsAndChecksEachShapeAndPlace) {
    for (const char* name : {"self-exec/native/aslr/argv:0p/long", "self-exec/native/noaslr/argv:33p/long",
                             "self-exec/native/aslr/env:34p/long", "self-exec/native/aslr/both:8p/short",
                             "self-exec/native/aslr/both:1p/typical", "self-exec/native/aslr/argv:1536p/long",
                             "self-exec/i386/aslr/argv:34p/long", "self-exec/i386/noaslr/env:8p/short"}) {
        ChainRequest request = request_of(5);
        request.cell = parse_cell(name).value();
        request.vmstat = true;
        request.stall_limit_ms = 20'000;
        const ChainOutcome outcome = run_chain(request);
        if (outcome.status == Status::unavailable) {
            std::cout << "skipped: " << name << ": " << outcome.reason << '\n';
            continue;
        }
        EXPECT_EQ(outcome.status, Status::ok) << name << ": " << outcome.reason;
        EXPECT_EQ(outcome.ticks.size(), 5U);
        EXPECT_TRUE(vmstat_value(outcome.vmstat_after, "pgfault")) << name;
    }
}

TEST(LiveChain, RunsAndChecksEachPath) {
    for (const Cell& cell : all_cells()) {
        if (cell.path == ExecPath::self_exec || cell.aslr == Aslr::off || cell.pages > 8) continue;
        ChainRequest request = request_of(3);
        request.cell = cell;
        request.vmstat = true;
        request.stall_limit_ms = 20'000;
        const ChainOutcome outcome = run_chain(request);
        if (outcome.status == Status::unavailable) {
            std::cout << "skipped: " << cell.name() << ": " << outcome.reason << '\n';
            continue;
        }
        ASSERT_EQ(outcome.status, Status::ok) << cell.name() << ": " << outcome.reason;
        const ExecPathInfo& path = info_of(cell.path);
        EXPECT_EQ(outcome.ticks.size(), 3U);
        EXPECT_EQ(outcome.windows.size(), path.has_parent() ? 0U : 3U) << cell.name();
        EXPECT_EQ(outcome.parts.contains(Part::resumed), path.has_parent()) << cell.name();
        EXPECT_TRUE(vmstat_value(outcome.vmstat_after, "pgfault")) << cell.name();
    }
}

TEST(LiveChain, EventsAreRefusedWhereNoChainCountsThem) {
    ChainRequest request = request_of(3);
    request.cell.path = ExecPath::vfork_exec;
    request.events = "any";
    const ChainOutcome outcome = run_chain(request);
    EXPECT_EQ(outcome.status, Status::unavailable);
    EXPECT_EQ(outcome.reason, "events are not counted in vfork-exec");
}

/// A path's failures are those of its own program: here a child that is another program.
TEST(LiveChain, AChildThatFailsIsAFailedCell) {
    const TemporaryDirectory directory;
    std::filesystem::copy(GUEST_DIR "/vfork64", directory.path / "vfork64");
    ChainRequest request = request_of(3);
    request.cell.path = ExecPath::vfork_exec;
    request.directory = directory.path;
    EXPECT_EQ(run_chain(request).reason, "exec 1 of 3: execve: ENOENT (No such file or directory)");
    std::filesystem::copy("/bin/false", directory.path / "child64");
    EXPECT_EQ(run_chain(request).status, Status::failed);
    std::ofstream(directory.path / "child64", std::ios::trunc) << "#!/bin/sh\nexit 3\n";
    EXPECT_EQ(run_chain(request).reason, "exec 1 of 3: the child ended with exit code 3");
}

TEST(LiveChain, AMissingProgramIsAFailedCell) {
    ChainRequest request = request_of(5);
    request.directory = "/";
    const ChainOutcome outcome = run_chain(request);
    EXPECT_EQ(outcome.status, Status::failed);
    EXPECT_EQ(outcome.reason, "the collector's exec: execve: ENOENT (No such file or directory)");
}

TEST(LiveChain, OneThatStandsStillIsEnded) {
    const TemporaryDirectory directory;
    for (const char* name : {"chain64", "chain32"}) {
        std::ofstream(directory.path / name) << "#!/bin/sh\nexec sleep 1000\n";
        std::filesystem::permissions(directory.path / name, std::filesystem::perms::owner_all);
    }
    ChainRequest request = request_of(5);
    request.directory = directory.path;
    request.stall_limit_ms = 400;
    const ChainOutcome outcome = run_chain(request);
    EXPECT_EQ(outcome.status, Status::failed);
    EXPECT_EQ(outcome.reason, "the chain stood still for 400 ms after 0 execs");
}

/// Starts the target as a collector would, but with strings of our own making.
ChainOutcome run_with(std::vector<std::string> strings, const ChainRequest& request) {
    const int fd = memfd_create("records", 0);
    if (fork() == 0) {
        dup2(fd, kRecordFd);
        std::vector<char*> argv;
        std::vector<std::string> own = {"./chain64", encode_state(request.cell, request.execs, 0)};
        for (std::string& text : own) argv.push_back(text.data());
        for (std::string& text : strings) argv.push_back(text.data());
        argv.push_back(nullptr);
        char* no_environment[] = {nullptr};
        if (chdir(GUEST_DIR) == 0) execve(argv[0], argv.data(), no_environment);
        _exit(9);
    }
    wait(nullptr);
    std::string records(1 << 16, '\0');
    const ssize_t n = pread(fd, records.data(), records.size(), 0);
    records.resize(n < 0 ? 0 : static_cast<size_t>(n));
    close(fd);
    return parse_records(records, request);
}

TEST(LiveChain, EveryWrongByteIsFoundAndNamed) {
    ChainRequest request = request_of(2);
    request.cell = parse_cell("self-exec/native/aslr/argv:8p/long").value();
    const std::vector<std::string> strings = make_strings(payload_of(request.cell)).argv;
    ASSERT_EQ(strings.size(), 1U);
    EXPECT_EQ(run_with(strings, request).status, Status::ok);
    for (const size_t at : {size_t{0}, size_t{1}, size_t{4095}, size_t{20'001}, strings[0].size() - 1}) {
        std::vector<std::string> wrong = strings;
        wrong[0][at] = static_cast<char>(wrong[0][at] ^ 1);
        EXPECT_EQ(run_with(wrong, request).reason,
                  "the collector's exec: corrupt argv string 2 at byte " + std::to_string(at));
    }
    // Two pages of the payload change places; their first words, numbers 1024 and 3072, differ in the second
    // symbol.
    std::vector<std::string> swapped = strings;
    std::swap_ranges(swapped[0].begin() + 4096, swapped[0].begin() + 8192, swapped[0].begin() + 12288);
    EXPECT_EQ(run_with(swapped, request).reason, "the collector's exec: corrupt argv string 2 at byte 4097");
    std::vector<std::string> shorter = strings;
    shorter[0].pop_back();
    EXPECT_EQ(run_with(shorter, request).status, Status::failed);
    EXPECT_EQ(run_with({}, request).reason, "the collector's exec: argc is 2, not 3");
}

}  // namespace
}  // namespace stackshift
