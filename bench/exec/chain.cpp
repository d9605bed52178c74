// SPDX-License-Identifier: MIT
#include "exec/chain.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <system_error>

namespace stackshift {
namespace {

using namespace protocol;

std::string errno_text(int error) {
    const char* name = strerrorname_np(error);
    return name != nullptr ? std::string(name) + " (" + strerrordesc_np(error) + ")"
                           : "errno " + std::to_string(error);
}

void put_field(std::string& state, StateField field, std::uint32_t value) {
    put_nibbles(state.data() + field, value, 8);
}

std::vector<std::string> make_set(const StringSet& set, std::uint32_t& word_index) {
    std::vector<std::string> strings;
    strings.reserve(set.count);
    for (std::uint32_t k = 0; k < set.count; ++k) {
        const std::uint32_t length = set.length_of(k);
        std::string text((length + 3) / 4 * 4, '\0');
        for (std::uint32_t at = 0; at < length; at += 4) {
            const std::uint32_t word = payload_word(word_index++);
            std::memcpy(text.data() + at, &word, sizeof word);
        }
        text.resize(length - 1);
        strings.push_back(std::move(text));
    }
    return strings;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> list;
    list.reserve(strings.size() + 1);
    for (std::string& text : strings) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

/// In the child: reports by the same records as the target, then ends. Only async-signal-safe calls.
[[noreturn]] void child_fail(int fd, FailureKind kind, std::uint32_t step, std::uint32_t left = 0) {
    const struct {
        RecordHeader header;
        FailureRecord failure;
    } record = {{kRecordFailure, sizeof(FailureRecord)},
                {kind, static_cast<std::uint32_t>(errno), step, left}};
    if (write(fd, &record, sizeof record) < 0) _exit(2);
    _exit(1);
}

[[noreturn]] void become_chain(const ChainRequest& request, int fd, int event_fd, char** argv, char** envp) {
    struct rlimit limit = {kStackLimit, kStackLimit};
    if (getrlimit(RLIMIT_STACK, &limit) != 0) child_fail(fd, kFailSetup, kSetupStack);
    limit.rlim_cur = kStackLimit;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < kStackLimit) limit.rlim_max = kStackLimit;
    if (setrlimit(RLIMIT_STACK, &limit) != 0) child_fail(fd, kFailSetup, kSetupStack);
    // Set in both directions: whoever started us may have switched it off (setarch -R).
    if (personality(request.cell.aslr == Aslr::on ? 0UL : static_cast<unsigned long>(ADDR_NO_RANDOMIZE)) ==
        -1) {
        child_fail(fd, kFailSetup, kSetupPersonality);
    }
    if (chdir(request.directory.c_str()) != 0) child_fail(fd, kFailSetup, kSetupDirectory);
    // Out of the way first: each may stand where the other belongs.
    const int records = fcntl(fd, F_DUPFD_CLOEXEC, kEventLeaderFd + 1);
    const int events = event_fd < 0 ? -1 : fcntl(event_fd, F_DUPFD_CLOEXEC, kEventLeaderFd + 1);
    if (dup2(records, kRecordFd) != kRecordFd) child_fail(fd, kFailSetup, kSetupFd);
    if (event_fd >= 0) {
        // The chain counts on 0 to 4 being taken and the rest being free.
        if (dup2(events, kEventFd) != kEventFd) child_fail(kRecordFd, kFailSetup, kSetupFd);
        for (int low = 0; low < kRecordFd; ++low) {
            if (fcntl(low, F_GETFD) < 0) open("/dev/null", O_RDWR);
        }
        syscall(SYS_close_range, kEventLeaderFd, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
    }
    execve(argv[0], argv, envp);
    child_fail(kRecordFd, kFailExec, 0, request.execs + 1);
}

int make_event_file(const std::string& config) {
    const int fd = memfd_create("stackshift-events", MFD_CLOEXEC);
    if (fd < 0 || write(fd, config.data(), config.size()) != static_cast<ssize_t>(config.size())) {
        throw std::system_error(errno, std::generic_category(), "memfd of events");
    }
    return fd;
}

constexpr int kWatchMilliseconds = 200;

std::size_t size_of(int fd) {
    struct stat status = {};
    return fstat(fd, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
}

/// Watches the child until it ends, kills it where it records nothing for too long or is not wanted any more.
/// Returns false where it stood still.
bool watch_child(pid_t child, const ChainRequest& request, int records) {
    const int fd = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
    pollfd event = {fd, POLLIN, 0};
    std::size_t recorded = 0;
    int still_ms = 0;
    while (fd >= 0 && poll(&event, 1, kWatchMilliseconds) <= 0) {
        const std::size_t now = size_of(records);
        still_ms = now == recorded ? still_ms + kWatchMilliseconds : 0;
        recorded = now;
        const bool stalled = request.stall_limit_ms > 0 && still_ms >= request.stall_limit_ms;
        if (!stalled && (!request.watch || request.watch(recorded))) continue;
        kill(child, SIGKILL);
        close(fd);
        return !stalled;
    }
    if (fd >= 0) close(fd);
    return true;
}

/// Waits for the child's end. Returns false where it was killed because it stood still.
bool wait_for_child(pid_t child, const ChainRequest& request, int records, int& wait_status) {
    const bool moved =
        (request.stall_limit_ms == 0 && !request.watch) || watch_child(child, request, records);
    while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
    }
    return moved;
}

std::string read_all(int fd) {
    std::string data(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
    size_t done = 0;
    while (done < data.size()) {
        const ssize_t n = pread(fd, data.data() + done, data.size() - done, static_cast<off_t>(done));
        if (n <= 0) break;
        done += static_cast<size_t>(n);
    }
    data.resize(done);
    return data;
}

template <typename Record>
bool take(std::string_view body, Record& record) {
    if (body.size() != sizeof record) return false;
    std::memcpy(&record, body.data(), sizeof record);
    return true;
}

std::string child_end_text(int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        const char* name = sigabbrev_np(WTERMSIG(wait_status));
        return std::string("the child was killed by SIG") + (name != nullptr ? name : "?");
    }
    return "the child ended with exit code " + std::to_string(WEXITSTATUS(wait_status));
}

ChainOutcome describe_failure(const FailureRecord& failure, const ChainRequest& request,
                              ChainOutcome outcome) {
    const int error = static_cast<int>(failure.detail);
    // An exec that failed is the one after those done; strings are found corrupt by the program that the last
    // one started. Number 0 is the collector's own exec.
    const bool of_next =
        failure.kind == kFailExec || (failure.kind >= kFailThread && failure.kind <= kFailChild);
    const std::uint32_t number =
        failure.left > request.execs ? 0 : request.execs - failure.left + (of_next ? 1 : 0);
    const std::string which = number == 0
                                  ? "the collector's exec"
                                  : "exec " + std::to_string(number) + " of " + std::to_string(request.execs);
    const auto received = [&](const char* what, std::uint32_t expected) {
        return which + ": " + what + " is " + std::to_string(failure.detail) + ", not " +
               std::to_string(expected);
    };
    const Payload payload = payload_of(request.cell);
    outcome.status = CellStatus::failed;
    switch (failure.kind) {
        case kFailExec:
            outcome.reason = which + ": execve: " + errno_text(error);
            // The file is there, or the build would have failed; what is not is the linker that it names.
            if (error == ENOENT && number == 0 && info_of(request.cell.path).dynamic) {
                outcome.status = CellStatus::unavailable;
                outcome.reason = "this machine has no dynamic linker for " +
                                 std::string(to_string(request.cell.abi)) + " programs (execve: ENOENT)";
            }
            // A kernel without the ABI says so by refusing the format of a program that is otherwise sound.
            if (error == ENOEXEC && request.cell.abi == Abi::i386) {
                outcome.status = CellStatus::unavailable;
                outcome.reason = "this kernel runs no i386 programs (execve: ENOEXEC)";
            }
            break;
        case kFailSetup:
            outcome.status = CellStatus::unavailable;
            switch (failure.offset) {
                case kSetupStack:
                    outcome.reason = "RLIMIT_STACK cannot be set to 32 MiB: " + errno_text(error);
                    break;
                case kSetupPersonality:
                    outcome.reason = "personality() refused: " + errno_text(error);
                    break;
                default:
                    outcome.status = CellStatus::failed;
                    outcome.reason =
                        "cannot start in " + request.directory.string() + ": " + errno_text(error);
            }
            break;
        case kFailEvents:
            outcome.reason =
                "perf_event_open of event " + std::to_string(failure.offset) + ": " + errno_text(error);
            break;
        case kFailState:
            outcome.reason = which + ": the state in argv[1] is corrupt";
            break;
        case kFailThread:
            outcome.reason = which + ": no second thread: " + errno_text(error);
            break;
        case kFailStart:
            outcome.reason = which + ": no child: " + errno_text(error);
            break;
        case kFailChild:
            outcome.reason = which + ": " + child_end_text(error);
            break;
        case kFailArgc:
            outcome.reason = received("argc", payload.argv.count + 2);
            break;
        case kFailEnvc:
            outcome.reason = received("the number of environment strings", payload.env.count);
            break;
        case kFailArgv:
        case kFailEnv:
            outcome.reason = which + ": corrupt " + (failure.kind == kFailArgv ? "argv" : "environment") +
                             " string " +
                             std::to_string(failure.detail + (failure.kind == kFailArgv ? 2 : 0)) +
                             " at byte " + std::to_string(failure.offset);
            break;
        default:
            outcome.reason = which + ": checksum of argv and environment is wrong";
    }
    return outcome;
}

/// Puts an outcome together, record by record.
class RecordParser {
  public:
    explicit RecordParser(const ChainRequest& request)
        : request_(request), path_(info_of(request.cell.path)) {}

    /// False where nothing of what follows is to be read.
    bool add(std::uint32_t type, std::string_view body) {
        switch (type) {
            case kRecordSample:
                return add_sample(body);
            case kRecordLeaving:
                return take(body, leaving_);
            case kRecordOperation:
                return add_operation(body);
            case kRecordVmstat:
                if (body.empty()) ++snapshots_;
                (snapshots_ == 1 ? outcome_.vmstat_before : outcome_.vmstat_after) += body;
                return true;
            case kRecordPhases:
                phases_ += body;
                return true;
            case kRecordEvents:
                outcome_.events.emplace_back(body);
                return true;
            case kRecordEmptyEvents:
                outcome_.empty_events = body;
                return true;
            case kRecordFailure:
                return add_failure(body);
            case kRecordDone:
                done_ = true;
                return true;
            default:
                return false;
        }
    }

    ChainOutcome finish() {
        if (done_ && outcome_.ticks.size() == request_.execs) outcome_.status = CellStatus::ok;
        return std::move(outcome_);
    }

  private:
    bool add_sample(std::string_view body) {
        SampleRecord sample = {};
        if (!take(body, sample)) return false;
        before_ = std::uint64_t{sample.before_high} << 32 | sample.before_low;
        entered_ = std::uint64_t{sample.after_high} << 32 | sample.after_low;
        if (entered_ <= before_) return went_backwards();
        sampled_ = true;
        if (path_.has_parent()) return true;
        outcome_.ticks.push_back(entered_ - before_);
        keep_window();
        return true;
    }

    /// The window that phases lie in, and the phases where there are any.
    void keep_window() {
        outcome_.started.push_back(before_);
        outcome_.windows.push_back(entered_ - before_);
        if (!phases_.empty()) outcome_.phases.push_back(std::move(phases_));
        phases_.clear();
    }

    /// A parent's record, which comes after its child's.
    bool add_operation(std::string_view body) {
        OperationRecord operation = {};
        if (!take(body, operation)) return false;
        if (operation.resumed < operation.called || operation.reaped < operation.resumed)
            return went_backwards();
        if (!path_.stamps_entry) {
            outcome_.ticks.push_back(operation.reaped - operation.called);
            outcome_.parts[Part::resumed].push_back(operation.resumed - operation.called);
            return true;
        }
        if (!sampled_) {
            outcome_.reason = exec_of(outcome_.ticks.size() + 1) + ": the child did not report its entry";
            return false;
        }
        sampled_ = false;
        if (operation.called > before_ || leaving_.stamp < entered_ || operation.reaped <= leaving_.stamp)
            return went_backwards();
        // Of a spawned child the stamp is of just after the call's.
        if (!path_.stamps_exec) before_ = operation.called;
        if (phases_.empty()) {
            add_parts(operation);
        } else {
            keep_window();
        }
        return true;
    }

    void add_parts(const OperationRecord& operation) {
        outcome_.ticks.push_back(operation.reaped - operation.called - (leaving_.stamp - entered_));
        const auto add = [&](Part part, std::uint64_t ticks) { outcome_.parts[part].push_back(ticks); };
        if (path_.stamps_exec) {
            add(Part::start, before_ - operation.called);
            add(Part::exec, entered_ - before_);
        } else {
            add(Part::spawned, entered_ - operation.called);
        }
        add(Part::end, operation.reaped - leaving_.stamp);
        add(Part::resumed, operation.resumed - operation.called);
    }

    bool add_failure(std::string_view body) {
        FailureRecord failure = {};
        if (take(body, failure)) outcome_ = describe_failure(failure, request_, std::move(outcome_));
        return false;
    }

    bool went_backwards() {
        outcome_.reason = "the time stamp counter went backwards in " + exec_of(outcome_.ticks.size() + 1);
        return false;
    }

    static std::string exec_of(std::size_t number) { return "exec " + std::to_string(number); }

    const ChainRequest& request_;
    const ExecPathInfo& path_;
    ChainOutcome outcome_;
    std::string phases_;
    int snapshots_ = 0;
    bool done_ = false;
    bool sampled_ = false;  ///< a sample has been read since the last operation
    std::uint64_t before_ = 0;
    std::uint64_t entered_ = 0;
    LeavingRecord leaving_ = {};
};

}  // namespace

std::string encode_state(const Cell& cell, unsigned execs, std::uint32_t flags) {
    const Payload payload = payload_of(cell);
    std::string state(kStateBytes - 1, '@');
    put_field(state, kStateLeft, execs);
    put_field(state, kStateArgvCount, payload.argv.count);
    put_field(state, kStateArgvLength, payload.argv.length);
    put_field(state, kStateArgvLast, payload.argv.last);
    put_field(state, kStateEnvCount, payload.env.count);
    put_field(state, kStateEnvLength, payload.env.length);
    put_field(state, kStateEnvLast, payload.env.last);
    put_field(state, kStateChecksum, payload_checksum(payload));
    put_field(state, kStateFlags, flags);
    std::uint32_t guard = kChecksumStart;
    for (std::uint32_t at = kStateArgvCount; at < kStateGuard; at += 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, state.data() + at, sizeof word);
        guard = checksum_word(guard, word);
    }
    put_field(state, kStateGuard, guard);
    return state;
}

PayloadStrings make_strings(const Payload& payload) {
    std::uint32_t word_index = 0;
    PayloadStrings strings;
    strings.argv = make_set(payload.argv, word_index);
    strings.env = make_set(payload.env, word_index);
    return strings;
}

ChainOutcome run_chain(const ChainRequest& request) {
    const ExecPathInfo& path = info_of(request.cell.path);
    if (!request.events.empty() && !path.counts_events) {
        ChainOutcome outcome;
        outcome.status = CellStatus::unavailable;
        outcome.reason = "events are not counted in " + std::string(to_string(request.cell.path));
        return outcome;
    }
    const int fd = memfd_create("stackshift-records", MFD_CLOEXEC);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");

    const int event_fd = request.events.empty() ? -1 : make_event_file(request.events);
    const std::uint32_t flags = (request.vmstat ? kFlagVmstat : 0) |
                                (request.phases && path.stamps_entry ? kFlagPhases : 0) |
                                (event_fd >= 0 ? kFlagEvents : 0) | (path.stamps_entry ? 0 : kFlagArgvOnly);
    PayloadStrings strings = make_strings(payload_of(request.cell));
    std::vector<std::string> arguments = leading_arguments(request.cell.path, request.cell.abi);
    arguments.push_back(encode_state(request.cell, request.execs, flags));
    for (std::string& text : strings.argv) arguments.push_back(std::move(text));
    std::vector<char*> argv = pointers(arguments);
    std::vector<char*> envp = pointers(strings.env);

    const pid_t child = fork();
    if (child < 0) {
        const int error = errno;
        close(fd);
        throw std::system_error(error, std::generic_category(), "fork");
    }
    if (child == 0) become_chain(request, fd, event_fd, argv.data(), envp.data());
    if (event_fd >= 0) close(event_fd);
    int wait_status = 0;
    const bool moved = wait_for_child(child, request, fd, wait_status);
    ChainOutcome outcome = parse_records(read_all(fd), request);
    close(fd);

    if (outcome.status == CellStatus::failed && outcome.reason.empty()) {
        if (!moved) {
            outcome.reason = "the chain stood still for " + std::to_string(request.stall_limit_ms) +
                             " ms after " + std::to_string(outcome.ticks.size()) + " execs";
        } else if (WIFSIGNALED(wait_status)) {
            const char* name = sigabbrev_np(WTERMSIG(wait_status));
            outcome.reason = std::string("the chain was killed by SIG") + (name != nullptr ? name : "?") +
                             " after " + std::to_string(outcome.ticks.size()) + " execs";
        } else {
            outcome.reason = "the chain ended after " + std::to_string(outcome.ticks.size()) + " of " +
                             std::to_string(request.execs) + " execs with exit code " +
                             std::to_string(WEXITSTATUS(wait_status));
        }
    }
    return outcome;
}

ChainOutcome parse_records(std::string_view records, const ChainRequest& request) {
    RecordParser parser(request);
    while (records.size() >= sizeof(RecordHeader)) {
        RecordHeader header = {};
        std::memcpy(&header, records.data(), sizeof header);
        records.remove_prefix(sizeof header);
        if (header.bytes > records.size()) break;
        const bool more = parser.add(header.type, records.substr(0, header.bytes));
        records.remove_prefix(header.bytes);
        if (!more) break;
    }
    return parser.finish();
}

std::optional<std::uint64_t> vmstat_value(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') continue;
        std::uint64_t value = 0;
        const char* begin = line.data() + name.size() + 1;
        const auto [end, error] = std::from_chars(begin, line.data() + line.size(), value);
        if (error == std::errc() && end == line.data() + line.size()) return value;
    }
    return std::nullopt;
}

}  // namespace stackshift
