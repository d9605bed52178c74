// SPDX-License-Identifier: MIT
// The command line.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
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

constexpr std::array kCommands = {add_lab,     add_host, add_check, add_kernels,
                                  add_compare, add_list, add_chain};

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
    catch_interrupts();
    return chosen->run();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run_command_line(argc, argv);
    } catch (const Error& error) {
        fmt::print(stderr, "stackshift: {}\n", error.what());
        return static_cast<int>(error.code);
    } catch (const std::system_error& error) {  // a file system or a system call said no
        fmt::print(stderr, "stackshift: {}\n", error.what());
        return static_cast<int>(Exit::environment);
    } catch (const std::bad_alloc&) {
        fmt::print(stderr, "stackshift: out of memory\n");
        return static_cast<int>(Exit::environment);
    } catch (const std::exception& error) {
        fmt::print(stderr,
                   "stackshift: internal error: {}\nThis is a bug of stackshift's own. Please report it with "
                   "the command "
                   "line and this message.\n",
                   error.what());
        return static_cast<int>(Exit::internal);
    }
}
