// SPDX-License-Identifier: MIT
#include "json_schema.h"

#include <stdlib.h>

#include <sstream>
#include <stdexcept>

#include "util/files.h"
#include "util/process.h"

namespace stackshift {
namespace {

/// Exit code of check_schema.py.
constexpr int kNoValidator = 3;

}  // namespace

bool has_json_schema() {
    Command command;
    command.argv = {"python3", PROJECT_DIR "/tests/check_schema.py"};
    try {
        return run(command).code != kNoValidator;
    } catch (const std::exception&) {
        return false;  // no python3
    }
}

std::vector<std::string> schema_verdicts(const std::string& name,
                                         const std::vector<nlohmann::ordered_json>& documents) {
    return schema_file_verdicts(PROJECT_DIR "/results/schema/" + name + ".schema.json", documents);
}

std::vector<std::string> schema_file_verdicts(const std::filesystem::path& schema,
                                              const std::vector<nlohmann::ordered_json>& documents) {
    std::string pattern = (std::filesystem::temp_directory_path() / "stackshift-schema-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    const std::filesystem::path directory = pattern;
    write_file_atomically(directory / "documents.json", nlohmann::ordered_json(documents).dump());
    Command command;
    command.argv = {"python3", PROJECT_DIR "/tests/check_schema.py", schema.string(),
                    directory / "documents.json"};
    command.output = directory / "out";
    const int code = run(command).code;
    const std::string text = read_file_or(command.output, "");
    std::filesystem::remove_all(directory);
    std::vector<std::string> verdicts;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) verdicts.push_back(line);
    if (code != 0 || verdicts.size() != documents.size())
        throw std::runtime_error("check_schema.py failed: " + text);
    return verdicts;
}

std::string file_verdict(const std::string& name, const std::filesystem::path& file) {
    if (!has_json_schema()) return "valid";
    return schema_verdicts(name, {nlohmann::ordered_json::parse(read_file(file))}).at(0);
}

}  // namespace stackshift
