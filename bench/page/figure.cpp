// SPDX-License-Identifier: MIT
#include "page/figure.h"

#include <stdexcept>

namespace stackshift {
namespace {

const Choice* find_choice(const Figure& figure, const std::string& parameter, const std::string& value) {
    for (const Control& control : figure.controls) {
        if (control.parameter != parameter || control.many) continue;
        for (const Choice& choice : control.choices)
            if (choice.value == value) return &choice;
    }
    return nullptr;
}

}  // namespace

bool has_choice(const Figure& figure, const std::string& parameter, const std::string& value) {
    return find_choice(figure, parameter, value) != nullptr;
}

void choose(Figure& figure, const std::string& parameter, const std::string& value) {
    const Choice* const choice = find_choice(figure, parameter, value);
    if (choice == nullptr) throw std::invalid_argument("no choice " + parameter + " = " + value);
    for (auto& known : figure.spec["params"])
        if (known["name"] == parameter) known["value"] = value;
    if (!choice->y_scale.empty()) figure.spec["encoding"]["y"]["scale"]["type"] = choice->y_scale;
}

}  // namespace stackshift
