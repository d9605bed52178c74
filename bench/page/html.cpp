// SPDX-License-Identifier: MIT
#include "page/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <kainjow/mustache.hpp>
#include <map>
#include <stdexcept>

#include "page/texts.h"

namespace stackshift {
namespace {

using Data = kainjow::mustache::data;
using List = kainjow::mustache::list;
using kainjow::mustache::object;

/// JSON that may stand in a script element: nothing in it can end the element or begin a comment.
std::string script_json(const nlohmann::ordered_json& value) {
    const std::string text = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    std::string safe;
    safe.reserve(text.size());
    for (const char c : text) {
        if (c == '<') {
            safe += "\\u003c";
        } else {
            safe += c;
        }
    }
    return safe;
}

/// Rows of values by their fields, {"field": [...]}; a field of texts as {"texts": [...], "at": [...]}, each
/// text once. Thousands of rows repeat their names: it is a fifth of the size. templates/page.js makes rows
/// of it.
nlohmann::ordered_json packed(const nlohmann::ordered_json& rows) {
    std::map<std::string, nlohmann::ordered_json> fields;
    std::map<std::string, std::map<std::string, std::size_t>> texts;
    for (const auto& row : rows)
        for (const auto& [name, value] : row.items()) {
            fields[name];
            if (value.is_string()) texts[name].emplace(value.get<std::string>(), texts[name].size());
        }
    nlohmann::ordered_json columns = nlohmann::ordered_json::object();
    for (const auto& [name, ignored] : fields) {
        nlohmann::ordered_json column = nlohmann::ordered_json::array();
        for (const auto& row : rows) {
            const auto value = row.find(name);
            if (value == row.end()) {
                column.push_back(nullptr);
            } else {
                column.push_back(value->is_string()
                                     ? nlohmann::ordered_json(texts[name][value->get<std::string>()])
                                     : *value);
            }
        }
        if (!texts.contains(name)) {
            columns[name] = std::move(column);
            continue;
        }
        std::vector<std::string> by_number(texts[name].size());
        for (const auto& [text, number] : texts[name]) by_number[number] = text;
        columns[name] = {{"texts", by_number}, {"at", std::move(column)}};
    }
    return columns;
}

nlohmann::ordered_json with_packed_values(nlohmann::ordered_json spec) {
    spec["data"]["values"] = packed(spec["data"]["values"]);
    return spec;
}

/// Names and reasons come from files and guests: control characters mean nothing in a page, and what is no
/// UTF-8 would spoil it.
std::string printable(const std::string& text) {
    std::string shown =
        nlohmann::ordered_json(text).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    shown = nlohmann::ordered_json::parse(shown).get<std::string>();
    for (char& c : shown)
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    return shown;
}

/// With each figure kept beside its sign: "16.9 %" is not to be parted at a line's end.
std::string kept_together(std::string text) {
    for (std::size_t at = text.find(" %"); at != std::string::npos; at = text.find(" %", at))
        text.replace(at, 2, "\u00a0%");
    return text;
}

Data text_data(const std::string& text) {
    return Data(printable(text));
}

Data flag(bool value) {
    return Data(value ? Data::type::bool_true : Data::type::bool_false);
}

bool is_bad(const std::string& text) {
    return text == "FAIL" || text == "n/a" || text.starts_with('!');
}

// Longer than any cell's name: a sentence, which may be folded.
constexpr std::size_t kLongestName = 60;

/// How a row's name is set.
const char* head_class(const Table& table, const std::string& text) {
    if (text.size() > kLongestName) return "name sentence";
    return table.columns.front().kind == Table::Kind::name ? "name" : "number";
}

/// How an entry is set apart from numbers, which most are: names to the left, what is not there or failed in
/// red.
const char* entry_attributes(const Table::Column& column, const Entry& entry) {
    if (is_bad(entry.text)) return " class=\"bad\"";
    if (entry.text.size() > kLongestName) return " class=\"name sentence\"";
    return column.kind == Table::Kind::name ? " class=\"name\"" : "";
}

std::string entry_text(const Table::Column& column, const Entry& entry) {
    if (column.kind != Table::Kind::spread || !entry.text.empty()) return entry.text;
    return entry.value ? fmt::format("{}", std::llround(*entry.value)) : ".";
}

List column_data(const Table& table) {
    List columns;
    for (const Table::Column& column : table.columns) {
        object one;
        one["heading"] = text_data(column.heading);
        one["class"] = Data(column.kind == Table::Kind::name ? "name" : "number");
        columns.push_back(one);
    }
    return columns;
}

List group_data(const Table& table) {
    List groups;
    if (std::all_of(table.groups.begin(), table.groups.end(),
                    [](const Table::Group& group) { return group.heading.empty(); }))
        return groups;
    for (const Table::Group& group : table.groups) {
        object one;
        one["heading"] = text_data(group.heading);
        one["empty"] = flag(group.heading.empty());
        one["count"] = Data(std::to_string(group.count));
        groups.push_back(one);
    }
    return groups;
}

List row_data(const Table& table) {
    List rows;
    for (const std::vector<Entry>& row : table.rows) {
        List entries;
        for (std::size_t i = 1; i < row.size(); ++i) {
            object entry;
            entry["text"] = text_data(entry_text(table.columns[i], row[i]));
            entry["attributes"] = Data(entry_attributes(table.columns[i], row[i]));
            entries.push_back(entry);
        }
        object one;
        one["head"] = text_data(row.front().text);
        one["class"] = Data(head_class(table, row.front().text));
        one["entries"] = entries;
        rows.push_back(one);
    }
    return rows;
}

List note_data(const std::vector<Note>& notes) {
    List list;
    for (const Note& note : notes) {
        object one;
        one["lead"] = text_data(note.lead);
        one["text"] = text_data(note.text);
        one["class"] = Data(note.lead.starts_with("FAIL") || note.lead == "n/a" ? "bad" : "name");
        list.push_back(one);
    }
    return list;
}

object table_data(const Table& table) {
    object data;
    const List groups = group_data(table);
    const List notes = note_data(table.notes);
    data["title"] = text_data(table.title);
    data["has_rows"] = flag(!table.rows.empty());
    data["has_groups"] = flag(!groups.empty());
    data["groups"] = groups;
    data["columns"] = column_data(table);
    data["rows"] = row_data(table);
    data["has_notes"] = flag(!notes.empty());
    data["notes"] = notes;
    return data;
}

List tables_data(const std::vector<Table>& tables) {
    List list;
    for (const Table& table : tables) list.push_back(table_data(table));
    return list;
}

// More choices than this are a list to choose from, not buttons side by side.
constexpr std::size_t kMostButtons = 9;

object control_data(const Figure& figure, const Control& control) {
    List choices;
    for (std::size_t i = 0; i < control.choices.size(); ++i) {
        object one;
        one["value"] = text_data(control.choices[i].value);
        one["label"] = text_data(control.choices[i].label);
        one["scale"] = Data(control.choices[i].y_scale);
        one["chosen"] = flag(control.many || i == control.initial);
        choices.push_back(one);
    }
    object data;
    data["figure"] = Data(figure.id);
    data["parameter"] = Data(control.parameter);
    data["label"] = text_data(control.label);
    data["many"] = flag(control.many);
    data["buttons"] = flag(!control.many && control.choices.size() <= kMostButtons);
    data["list"] = flag(!control.many && control.choices.size() > kMostButtons);
    data["choices"] = choices;
    return data;
}

List figures_data(const std::vector<Figure>& figures) {
    List list;
    for (const Figure& figure : figures) {
        List controls;
        for (const Control& control : figure.controls)
            if (control.choices.size() > 1) controls.push_back(control_data(figure, control));
        object data;
        data["id"] = Data(figure.id);
        data["title"] = text_data(figure.title);
        data["text"] = text_data(figure.text);
        data["controls"] = controls;
        data["spec"] = Data(script_json(with_packed_values(figure.spec)));
        list.push_back(data);
    }
    return list;
}

/// Lines, each with the indented ones behind it.
List lines_data(const std::vector<std::string>& lines) {
    List list;
    for (std::size_t i = 0; i < lines.size();) {
        object one;
        one["text"] = text_data(kept_together(lines[i++]));
        List inner;
        for (; i < lines.size() && lines[i].starts_with(' '); ++i)
            inner.push_back(
                object{{"text", text_data(kept_together(lines[i].substr(lines[i].find_first_not_of(' '))))}});
        one["has_inner"] = flag(!inner.empty());
        one["inner"] = inner;
        list.push_back(one);
    }
    return list;
}

object section_data(const Section& section, bool charts) {
    object data;
    data["id"] = Data(section.id);
    data["title"] = text_data(section.title);
    data["lines"] = lines_data(section.lines);
    data["tables"] = tables_data(section.tables);
    data["figures"] = charts ? figures_data(section.figures) : List();
    data["more"] = tables_data(section.more);
    data["has_more"] = flag(!section.more.empty());
    data["more_count"] = Data(std::to_string(section.more.size()));
    data["has_notes"] = flag(!section.notes.empty());
    data["notes"] = note_data(section.notes);
    data["has_command"] = flag(!section.command.empty());
    data["command"] = text_data(section.command);
    data["absent"] = flag(section.absent);
    return data;
}

/// The texts of scripts are put in as they are: nothing in them may end their element.
std::string script_text(const std::string& text) {
    if (text.find("</script") != std::string::npos || text.find("<!--") != std::string::npos)
        throw std::logic_error("a script's text would end its element");
    return text;
}

kainjow::mustache::partial partial_of(const std::string& text) {
    return {[text] { return text; }};
}

}  // namespace

std::string page_html(const Report& report, const ChartLibrary& charts) {
    List sections;
    for (const Section& section : report.sections) sections.push_back(section_data(section, charts.there()));
    object data;
    data["title"] = text_data(report.title);
    data["answer"] = lines_data(report.answer);
    data["sections"] = sections;
    data["version"] = Data(report.version);
    data["css"] = Data(page_texts::kCss);
    data["charts"] = flag(charts.there());
    data["why_not"] = text_data(charts.why_not);
    data["vega"] = Data(script_text(charts.vega));
    data["vega_lite"] = Data(script_text(charts.vega_lite));
    data["script"] = Data(script_text(page_texts::kScript));
    data["table"] = Data(partial_of(page_texts::kTable));
    data["figure"] = Data(partial_of(page_texts::kFigure));
    kainjow::mustache::mustache page(page_texts::kPage);
    if (!page.is_valid()) throw std::logic_error("templates/page.mustache: " + page.error_message());
    return page.render(data);
}

}  // namespace stackshift
