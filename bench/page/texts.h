// SPDX-License-Identifier: MIT
// The texts of bench/page/templates/, which CMakeLists.txt builds in, so that an installed suite has them
// too.
#pragma once

#include <string>

namespace stackshift::page_texts {

extern const std::string kPage;    ///< page.mustache
extern const std::string kTable;   ///< table.mustache, a part of it
extern const std::string kFigure;  ///< figure.mustache, likewise
extern const std::string kCss;     ///< page.css
extern const std::string kScript;  ///< page.js

}  // namespace stackshift::page_texts
