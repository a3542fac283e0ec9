// SPDX-License-Identifier: GPL-2.0-only
#include "oom/model_file.h"

#include "oom/learned_models.h"
#include "oom/linear_models.h"
#include "support/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace memory_collector::oom {

namespace {

using Json = nlohmann::json;

constexpr int format_version = 1;

// What is wrong, without the file's name.
class Wrong : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

double finite(const Json &value, const char *what)
{
    if (!value.is_number() || !std::isfinite(value.get<double>()))
        throw Wrong(std::string{what} + " is not a number");
    return value.get<double>();
}

std::size_t index(const Json &value, std::size_t below, const char *what)
{
    if (!value.is_number_unsigned() || value.get<std::size_t>() >= below)
        throw Wrong(std::string{what} + " is not a whole number below " + std::to_string(below));
    return value.get<std::size_t>();
}

Feature feature(const std::string &name)
{
    const auto *const at = std::find(feature_names.begin(), feature_names.end(), name);
    if (at == feature_names.end())
        throw Wrong("'" + name + "' is none of the features of this version");
    return static_cast<Feature>(at - feature_names.begin());
}

// The features that numbers in the file stand for.
std::vector<Feature> features(const Json &section)
{
    std::vector<Feature> order;
    for (const Json &name : section.at("features"))
        order.push_back(feature(name.get<std::string>()));
    return order;
}

const Json &horizons(const Json &section)
{
    const Json &list = section.at("horizons");
    if (!list.is_array() || list.size() != horizons_s.size())
        throw Wrong("'horizons' does not have " + std::to_string(horizons_s.size()) + " entries");
    for (std::size_t h = 0; h < horizons_s.size(); h++)
        if (finite(list[h].at("seconds"), "'seconds'") != horizons_s[h])
            throw Wrong("the horizons are not those of this version: 1, 5, 10 and 30 s");
    return list;
}

std::unique_ptr<Model> linear(const Json &section)
{
    LinearModel::Settings settings;
    const auto window = section.at("window").get<std::string>();
    settings.fill = feature("fill_" + window);
    settings.slope = feature("slope_" + window);
    settings.shape = finite(section.at("shape"), "'shape'");
    settings.least_slope = finite(section.at("least_slope"), "'least_slope'");
    if (settings.shape <= 0)
        throw Wrong("'shape' is not above 0");
    return std::make_unique<LinearModel>(settings);
}

std::unique_ptr<Model> logistic(const Json &section)
{
    const std::vector<Feature> order = features(section);
    LogisticModel::Horizons to;
    const Json &list = horizons(section);
    for (std::size_t h = 0; h < to.size(); h++) {
        to[h].bias = finite(list[h].at("bias"), "'bias'");
        const Json &weights = list[h].at("weights");
        if (!weights.is_array() || weights.size() != order.size())
            throw Wrong("there are not as many weights as features");
        for (std::size_t i = 0; i < order.size(); i++)
            to[h].weights[static_cast<std::size_t>(order[i])] = finite(weights[i], "a weight");
    }
    return std::make_unique<LogisticModel>(to);
}

// [feature, threshold, left, right] or [value]; children by their place in the tree.
void add_tree(const Json &tree, const std::vector<Feature> &order, TreesModel::Horizon &to)
{
    if (!tree.is_array() || tree.empty())
        throw Wrong("a tree has no nodes");
    const std::size_t root = to.nodes.size();
    if (root + tree.size() >= TreesModel::leaf)
        throw Wrong("the trees of a horizon have more than 65534 nodes");
    to.roots.push_back(static_cast<std::uint16_t>(root));
    for (std::size_t i = 0; i < tree.size(); i++) {
        const Json &from = tree[i];
        TreesModel::Node node;
        if (from.is_array() && from.size() == 1) {
            node.value = static_cast<float>(finite(from[0], "a leaf's value"));
        } else if (from.is_array() && from.size() == 4) {
            const std::size_t at = index(from[0], order.size(), "a node's feature");
            node.feature = static_cast<std::uint16_t>(order[at]);
            node.threshold = static_cast<float>(finite(from[1], "a node's threshold"));
            const std::size_t left = index(from[2], tree.size(), "a node's child");
            const std::size_t right = index(from[3], tree.size(), "a node's child");
            if (left <= i || right <= i)
                throw Wrong("a node's child comes before it");
            node.left = static_cast<std::uint16_t>(root + left);
            node.right = static_cast<std::uint16_t>(root + right);
        } else {
            throw Wrong("a node is neither [value] nor [feature, threshold, left, right]");
        }
        to.nodes.push_back(node);
    }
}

std::unique_ptr<Model> trees(const Json &section)
{
    const std::vector<Feature> order = features(section);
    TreesModel::Horizons to;
    const Json &list = horizons(section);
    for (std::size_t h = 0; h < to.size(); h++) {
        to[h].bias = finite(list[h].at("bias"), "'bias'");
        for (const Json &tree : list[h].at("trees"))
            add_tree(tree, order, to[h]);
    }
    return std::make_unique<TreesModel>(std::move(to));
}

std::unique_ptr<Model> make(const Json &file, std::string name)
{
    if (!file.is_object() || !file.contains("format") || file["format"] != format_version)
        throw Wrong("it is not of format " + std::to_string(format_version));
    if (name.empty())
        name = file.at("default").get<std::string>();
    if (name == "free")
        return std::make_unique<FreeModel>();
    if (name == "psi")
        return std::make_unique<PressureModel>();
    if (name == "never")
        return std::make_unique<NeverModel>();
    if (name != "linear" && name != "logistic" && name != "trees")
        throw Wrong("'" + name + "' is none of linear, logistic, trees, free, psi, never");
    if (!file.contains(name))
        throw Wrong("it has no model '" + name +
                    "'; take another with --model, or a file of a training "
                    "that made one with --model-file");
    const Json &section = file.at(name);
    return name == "linear" ? linear(section) : name == "logistic" ? logistic(section) : trees(section);
}

} // namespace

std::unique_ptr<Model> load_model(std::string_view text, const std::string &file, const std::string &name)
{
    try {
        return make(Json::parse(text), name);
    } catch (const Wrong &error) {
        throw Error("model file '" + file + "': " + error.what());
    } catch (const Json::exception &error) {
        throw Error("model file '" + file + "': " + error.what());
    }
}

} // namespace memory_collector::oom
