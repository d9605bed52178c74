// SPDX-License-Identifier: MIT
#include "matrix/cell.h"

#include <algorithm>
#include <charconv>

namespace stackshift {
namespace {

using protocol::StringSet;

/// `bytes` as strings of `length`, the rest in a last, shorter one.
StringSet fill(std::uint64_t bytes, std::uint32_t length) {
    if (bytes == 0) return {};
    const auto count = static_cast<std::uint32_t>((bytes + length - 1) / length);
    return {count, length, static_cast<std::uint32_t>(bytes - std::uint64_t{count - 1} * length)};
}

void checksum_strings(const StringSet& set, std::uint32_t& word_index, std::uint32_t& sum) {
    for (std::uint32_t k = 0; k < set.count; ++k) {
        const std::uint32_t length = set.length_of(k);
        for (std::uint32_t at = 0; at < length; at += 4) {
            std::uint32_t word = protocol::payload_word(word_index++);
            // The word with the string's NUL: bytes from the NUL on are zero.
            if (length - at <= 4) word &= (1U << (8 * (length - at - 1))) - 1;
            sum = protocol::checksum_word(sum, word);
        }
    }
}

}  // namespace

std::string Cell::name() const {
    std::string text(to_string(path));
    for (const std::string_view step : {to_string(abi), to_string(aslr), to_string(place)})
        text.append("/").append(step);
    return text + ':' + std::to_string(pages) + "p/" + std::string(to_string(shape));
}

std::optional<Cell> parse_cell(std::string_view name) {
    std::string_view left = name;
    const auto step = [&left](char end) {
        const std::string_view text = left.substr(0, left.find(end));
        left.remove_prefix(std::min(left.size(), text.size() + 1));
        return text;
    };
    const std::optional<ExecPath> path = parse<ExecPath>(step('/'));
    const std::optional<Abi> abi = parse<Abi>(step('/'));
    const std::optional<Aslr> aslr = parse<Aslr>(step('/'));
    const std::optional<Place> place = parse<Place>(step(':'));
    const std::string_view number = step('p');
    int pages = -1;
    std::from_chars(number.data(), number.data() + number.size(), pages);
    step('/');
    const std::optional<Shape> shape = parse<Shape>(left);
    if (!path || !abi || !aslr || !place || !shape || pages < 0) return std::nullopt;
    const Cell cell = {*path, *abi, *aslr, pages, *shape, *place};
    // What was passed over (a sign, a zero in front, text behind a number) shows here.
    if (cell.name() != name) return std::nullopt;
    return cell;
}

Payload payload_of(const Cell& cell) {
    if (cell.pages == 0) return {};
    if (const std::optional<Payload> recorded = fixed_payload(cell.shape)) return *recorded;
    const std::uint64_t bytes = static_cast<std::uint64_t>(cell.pages) * 4096 - 512 - own_bytes(cell.path);
    const std::uint32_t length = cell.shape == Shape::long_strings ? kLongString : kShortString;
    switch (cell.place) {
        case Place::argv:
            return {fill(bytes, length), {}};
        case Place::env:
            return {{}, fill(bytes, length)};
        case Place::both:
            break;
    }
    return {fill(bytes - bytes / 2, length), fill(bytes / 2, length)};
}

std::uint32_t payload_checksum(const Payload& payload) {
    std::uint32_t word_index = 0;
    std::uint32_t sum = protocol::kChecksumStart;
    checksum_strings(payload.argv, word_index, sum);
    checksum_strings(payload.env, word_index, sum);
    return sum;
}

}  // namespace stackshift
