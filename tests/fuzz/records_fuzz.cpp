// SPDX-License-Identifier: MIT
// What a chain records, and a read of a group of events.
#include <cstdint>

#include "counters/group_read.h"
#include "exec/chain.h"
#include "fuzz/fuzz.h"

using namespace stackshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = fuzz::text_of(data, size);
    ChainRequest request;
    request.cell = parse_cell("self-exec/native/aslr/argv:0p/long").value();
    request.execs = 2;
    request.vmstat = request.phases = true;
    if (parse_records(text, request).status == CellStatus::ok) ++fuzz::accepted;
    request.cell.path = ExecPath::vfork_exec;
    parse_records(text, request);
    parse_group_read(text, 2);
    return 0;
}
