// SPDX-License-Identifier: MIT
// The command line.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <new>
#include <system_error>

#include "commands/command.h"
#include "run/version.h"
#include "util/error.h"
#include "util/interrupt.h"
#include "util/nearest.h"

using namespace stackshift;

namespace {

constexpr std::array kCommands = {add_lab,       add_host,    add_check,  add_kernels, add_compare,
                                  add_export,    add_justify, add_thread, add_gate,    add_verify,
                                  add_reference, add_list,    add_chain,  add_bisect};

/// Takes Google Benchmark's flags out of what CLI11 did not know; the rest is an error with the nearest name.
void take_extras(const CLI::App& app, std::vector<std::string>* benchmark_args) {
    for (const std::string& extra : app.remaining()) {
        if (benchmark_args != nullptr && extra.starts_with("--benchmark_")) {
            benchmark_args->push_back(extra);
            continue;
        }
        std::vector<std::string> known;
        if (extra.starts_with("-")) {
            for (const CLI::Option* option : app.get_options()) known.push_back(option->get_name());
            throw Error(Exit::usage, unknown_name_message("option", extra.substr(0, extra.find('=')), known));
        }
        const CLI::App* parent = app.get_parent() != nullptr ? app.get_parent() : &app;
        for (const CLI::App* command : parent->get_subcommands(nullptr)) known.push_back(command->get_name());
        throw Error(Exit::usage, unknown_name_message("command", extra, known));
    }
}

/// An option before the command is the main job's and would be lost.
void refuse_stray_options(const CLI::App& app, const CLI::App& command) {
    take_extras(app, nullptr);
    for (const CLI::Option* option : app.get_options()) {
        if (option->count() == 0 || option->get_name() == "--work-dir") continue;
        throw Error(Exit::usage, fmt::format("{} stands before the command: put it behind '{}'",
                                             option->get_name(), command.get_name()));
    }
}

int run_command_line(int argc, char** argv) {
    catch_interrupts();
    CommandContext context;
    context.argv.assign(argv, argv + argc);
    context.argv[0] = "stackshift";
    CLI::App app(
        "Counts and times execve() by argument size, ABI and ASLR, across kernels.\n"
        "Without a command: count (lab), then time (host), and show what was found.",
        "stackshift");
    app.set_version_flag("--version", std::string("stackshift ") + kVersion);
    std::vector<Subcommand> commands = {main_job(app, context)};
    for (const auto add : kCommands) commands.push_back(add(app, context));
    for (const Subcommand& command : commands) {
        command.app->allow_extras();
        command.app->add_option("--work-dir", context.work, "where kernels and runs are kept");
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return app.exit(success);
    } catch (const CLI::ParseError& error) {
        throw Error(Exit::usage, error.what());
    }
    const Subcommand* chosen = &commands.front();
    for (const Subcommand& command : commands) {
        if (command.app != &app && command.app->parsed()) chosen = &command;
    }
    take_extras(*chosen->app, chosen->benchmark_args);
    if (chosen->app != &app) refuse_stray_options(app, *chosen->app);
    return chosen->run();
}

/// Files that are opened later must not take the places of closed streams, where our words would land in
/// them. Writing to a stdout that was closed is an error, as for any program; stderr's words are lost.
void open_standard_streams() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(fd, F_GETFD) >= 0) continue;
        // The lowest that is free: this one.
        if (open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0) return;
    }
}

/// What it is, on stderr if anybody listens there; the code is told anyway.
int complain(Exit code, const std::string& message) {
    std::fputs(fmt::format("stackshift: {}\n", message).c_str(), stderr);
    return static_cast<int>(code);
}

/// A reader that went away (a pipe into head) is no error of anybody's: ends quietly, as programs do that
/// leave SIGPIPE alone.
int end_by_sigpipe() {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
    return 128 + SIGPIPE;
}

int run_to_the_last_byte(int argc, char** argv) {
    const int code = run_command_line(argc, argv);
    if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "stdout");
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    open_standard_streams();
    try {
        return run_to_the_last_byte(argc, argv);
    } catch (const Error& error) {
        return complain(error.code, error.what());
    } catch (const std::system_error& error) {  // a file system or a system call said no
        if (error.code() == std::errc::broken_pipe) return end_by_sigpipe();
        return complain(Exit::environment, error.what());
    } catch (const std::bad_alloc&) {
        return complain(Exit::environment, "out of memory");
    } catch (const std::exception& error) {
        return complain(
            Exit::internal,
            fmt::format("internal error: {}\nThis is a bug of stackshift's own. Please report it with "
                        "the command line and this message.",
                        error.what()));
    }
}
