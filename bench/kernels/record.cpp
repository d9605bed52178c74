// SPDX-License-Identifier: MIT
#include "kernels/record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "kernels/name_field.h"
#include "util/error.h"
#include "util/files.h"

namespace stackshift {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr auto kRecord = "kernel.json";

Json to_record(const BuiltKernel& kernel, const std::string& key) {
    const KernelInfo& info = kernel.info;
    Json patches = Json::array();
    for (const PatchInfo& patch : info.patches)
        patches.push_back({{"file", patch.file}, {"sha256", patch.sha256}});
    Json intents = Json::array();
    for (const ConfigIntent& intent : info.intents)
        intents.push_back({{"asked", intent.asked}, {"became", intent.became}});
    return {{"key", key},
            {"strategy", info.strategy},
            {"base", info.base},
            {"config", info.config},
            {"config_sha256", info.config_sha256},
            {"patches", patches},
            {"image_sha256", info.image_sha256},
            {"compiler", info.compiler},
            {"intents", intents},
            {"pinned_source", kernel.pinned_source},
            {"checks_strategy", kernel.checks_strategy},
            {"seconds", kernel.seconds}};
}

BuiltKernel from_record(const Json& record) {
    BuiltKernel kernel;
    KernelInfo& info = kernel.info;
    record.at("strategy").get_to(info.strategy);
    record.at("base").get_to(info.base);
    record.at("config").get_to(info.config);
    record.at("config_sha256").get_to(info.config_sha256);
    for (const Json& patch : record.at("patches")) {
        info.patches.push_back({patch.at("file").get<std::string>(), patch.at("sha256").get<std::string>()});
    }
    record.at("image_sha256").get_to(info.image_sha256);
    record.at("compiler").get_to(info.compiler);
    for (const Json& intent : record.at("intents"))
        info.intents.push_back(
            {intent.at("asked").get<std::string>(), intent.at("became").get<std::string>()});
    record.at("pinned_source").get_to(kernel.pinned_source);
    record.at("checks_strategy").get_to(kernel.checks_strategy);
    return kernel;
}

void set_paths(const fs::path& directory, BuiltKernel& kernel) {
    kernel.image = directory / "bzImage";
    kernel.system_map = directory / "System.map";
}

}  // namespace

fs::path result_directory(const fs::path& build, const std::string& name, const std::string& config) {
    return build / (config == "bench" ? name : name + "+" + config);
}

std::optional<BuiltKernel> load_kernel(const fs::path& directory, const std::string& key) {
    const std::string text = read_file_or(directory / kRecord, "");
    if (text.empty()) return std::nullopt;
    try {
        const Json record = Json::parse(text);
        if (record.at("key") != key) return std::nullopt;
        BuiltKernel kernel = from_record(record);
        set_paths(directory, kernel);
        if (!fs::exists(kernel.system_map) || !fs::exists(directory / "config")) return std::nullopt;
        if (!fs::exists(kernel.image) || sha256_file(kernel.image) != kernel.info.image_sha256)
            return std::nullopt;
        return kernel;
    } catch (const Json::exception&) {
        return std::nullopt;  // damaged or of another version: it is written anew
    }
}

void publish_kernel(const fs::path& objects, const fs::path& directory, const std::string& key,
                    BuiltKernel& kernel) {
    make_directories(directory);
    remove_half_written(directory);
    fs::remove(directory / kRecord);
    set_paths(directory, kernel);
    std::string image = read_file(objects / "arch/x86/boot/bzImage");
    if (kernel.checks_strategy) write_strategy_name(image, kernel.info.strategy);
    const std::string config = read_file(objects / ".config");
    write_file_atomically(directory / "config", config);
    write_file_atomically(kernel.system_map, read_file(objects / "System.map"));
    write_file_atomically(kernel.image, image);
    kernel.info.config_sha256 = sha256(config);
    kernel.info.image_sha256 = sha256(image);
    write_file_atomically(directory / kRecord, to_record(kernel, key).dump(2) + "\n");
}

}  // namespace stackshift
