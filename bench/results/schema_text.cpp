// SPDX-License-Identifier: MIT
#include "results/schema.h"

namespace stackshift {

const char* schema_text() {
    // CMake makes the included file from the schema (schema_text.inc.in): one raw string literal.
    static const char text[] =
#include "schema_text.inc"
        ;
    return text;
}

const char* check_schema_text() {
    static const char text[] =
#include "check_schema_text.inc"
        ;
    return text;
}

}  // namespace stackshift
