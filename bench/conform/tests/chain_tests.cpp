// SPDX-License-Identifier: MIT
// Hundreds of execs of one process by itself, each of which checks every byte that it was given. Program and
// engine are those with which the lab counts.
#include <exception>

#include "conform/tests/tests.h"
#include "exec/chain.h"

namespace stackshift {
namespace {

std::string run_cell(Abi abi, bool aslr, int pages, Place place) {
    ChainRequest request;
    request.directory = "/";
    request.cell.abi = abi;
    request.cell.aslr = aslr ? Aslr::on : Aslr::off;
    request.cell.pages = pages;
    request.cell.place = place;
    request.execs = 100;
    try {
        const ChainOutcome outcome = run_chain(request);
        return outcome.status == CellStatus::ok ? "ok" : outcome.reason;
    } catch (const std::exception& error) {
        return error.what();
    }
}

}  // namespace

void test_chain(Tap& tap) {
    for (const Abi abi : {Abi::native, Abi::i386}) {
        for (const bool aslr : {true, false}) {
            const std::string name =
                std::string("chain/") + std::string(to_string(abi)) + (aslr ? "-aslr" : "-noaslr");
            tap.expect(name + "-0p", run_cell(abi, aslr, 0, Place::argv), "ok");
            tap.expect(name + "-8p", run_cell(abi, aslr, 8, Place::both), "ok");
            tap.expect(name + "-34p", run_cell(abi, aslr, 34, Place::env), "ok");
        }
    }
}

}  // namespace stackshift
