// SPDX-License-Identifier: GPL-2.0-only
#include "allocation_support.h"
#include "oom/linear_models.h"
#include "oom/model_file.h"
#include "support/error.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace memory_collector::oom {
namespace {

using Json = nlohmann::json;

Features random_features(std::mt19937_64 &random)
{
    Features features;
    for (float &value : features.all())
        value = static_cast<float>(random() % 2000) / 1000 - 0.5F;
    return features;
}

// As large as a trained one: 50 trees of depth 3 for each horizon.
Json model_of_all(std::uint64_t seed, int forest_size = 50, bool odd_trees = true)
{
    std::mt19937_64 random{seed};
    const auto number = [&random] { return static_cast<double>(random() % 2000) / 1000 - 1; };
    Json names = Json::array();
    for (const std::string_view name : feature_names)
        names.push_back(std::string{name});
    // The order is the file's.
    std::shuffle(names.begin(), names.end(), random);
    Json logistic = Json::array();
    Json trees = Json::array();
    for (const double seconds : horizons_s) {
        Json weights = Json::array();
        for (std::size_t i = 0; i < feature_count; i++)
            weights.push_back(number());
        logistic.push_back({{"seconds", seconds}, {"bias", number()}, {"weights", weights}});
        Json forest = Json::array();
        for (int tree = 0; tree < forest_size; tree++) {
            Json nodes = Json::array();
            for (unsigned i = 0; i < 7; i++)
                nodes.push_back({random() % feature_count, number(), 2 * i + 1, 2 * i + 2});
            for (int i = 0; i < 8; i++)
                nodes.push_back(Json::array({number() / 10}));
            forest.push_back(nodes);
        }
        if (odd_trees) {
            // Of other shapes: a leaf alone, and one that is deeper on one side.
            forest.push_back(Json::array({Json::array({number()})}));
            forest.push_back({{0, 0.1, 1, 2},
                              Json::array({number()}),
                              {1, 0.2, 3, 4},
                              Json::array({number()}),
                              {2, -0.1, 5, 6},
                              Json::array({number()}),
                              {3, 0.0, 7, 8},
                              Json::array({number()}),
                              Json::array({number()})});
        }
        trees.push_back({{"seconds", seconds}, {"bias", number()}, {"trees", forest}});
    }
    return {{"format", 1},
            {"default", "trees"},
            {"linear", {{"window", "2s"}, {"shape", 4}, {"least_slope", 0.001}}},
            {"logistic", {{"features", names}, {"horizons", logistic}}},
            {"trees", {{"features", names}, {"horizons", trees}}}};
}

double value_of(const Features &features, const Json &name)
{
    const auto at = std::find(feature_names.begin(), feature_names.end(), name.get<std::string>());
    return static_cast<double>(features.all()[static_cast<std::size_t>(at - feature_names.begin())]);
}

// The file's meaning, by its text alone.
double by_hand(const Json &file, const std::string &model, std::size_t horizon, const Features &features)
{
    const Json &section = file[model];
    const Json &entry = section["horizons"][horizon];
    double sum = entry["bias"].get<double>();
    if (model == "logistic")
        for (std::size_t i = 0; i < entry["weights"].size(); i++)
            sum += entry["weights"][i].get<double>() * value_of(features, section["features"][i]);
    else
        for (const Json &tree : entry["trees"]) {
            const Json *node = &tree[0];
            while (node->size() == 4)
                node = &tree[static_cast<float>(
                                 value_of(features, section["features"][(*node)[0].get<std::size_t>()])) <=
                                     (*node)[1].get<float>()
                                 ? (*node)[2].get<std::size_t>()
                                 : (*node)[3].get<std::size_t>()];
            sum += (*node)[0].get<double>();
        }
    return 1 / (1 + std::exp(-sum));
}

TEST(OomModel, LearnedOnesSayWhatTheirFileSays)
{
    const Json file = model_of_all(9);
    std::mt19937_64 random{4};
    for (const char *name : {"logistic", "trees"}) {
        const auto model = load_model(file.dump(), "file", name);
        EXPECT_EQ(model->name(), name);
        for (int round = 0; round < 200; round++) {
            const Features features = random_features(random);
            const Forecast forecast = model->predict(features);
            double most = 0;
            for (std::size_t h = 0; h < horizons_s.size(); h++) {
                most = std::max(most, by_hand(file, name, h, features));
                EXPECT_NEAR(forecast.probability[h], most, 1e-5);
            }
        }
    }
    EXPECT_EQ(load_model(file.dump(), "file", "")->name(), "trees");
}

TEST(OomModel, TimesComeFromProbabilities)
{
    const Forecast some = forecast_from({0.0, 0.2, 0.6, 0.95});
    EXPECT_NEAR(some.low_s, 1 + 4 * 0.5, 1e-9);
    EXPECT_NEAR(some.expected_s, 5 + 5 * 0.75, 1e-9);
    EXPECT_NEAR(some.high_s, 10 + 20 * 0.3 / 0.35, 1e-9);
    const Forecast falling = forecast_from({0.3, 0.1, 2.0, 0.1});
    EXPECT_EQ(falling.probability, (std::array<double, 4>{0.3, 0.3, 1.0, 1.0}));
    const Forecast none = forecast_from({0, 0, 0, 0.05});
    EXPECT_EQ(none.expected_s, Forecast::never);
    EXPECT_EQ(none.low_s, Forecast::never);
}

TEST(OomModel, RulesOfOthers)
{
    Features features;
    features.set(Feature::available, 0.1);
    features.set(Feature::psi_full_10s, 0.6);
    EXPECT_NEAR(load_model(builtin_model_text, "built in", "free")->predict(features).probability[2], 0.9,
                1e-6);
    EXPECT_NEAR(load_model(builtin_model_text, "built in", "psi")->predict(features).probability[2], 0.6,
                1e-6);
    EXPECT_EQ(load_model(builtin_model_text, "built in", "never")->predict(features).probability[3], 0);
}

std::string refusal(const std::string &text, const std::string &name)
{
    try {
        load_model(text, "some.json", name);
    } catch (const Error &error) {
        return error.what();
    }
    return "";
}

TEST(OomModel, SaysWhatIsWrongWithAFile)
{
    const auto changed = [](const std::function<void(Json &)> &change) {
        Json file = model_of_all(1, 2);
        change(file);
        return file.dump();
    };
    const struct {
        std::string text;
        const char *model;
        const char *says;
    } table[] = {
        {"", "linear", "some.json"},
        {"[]", "linear", "not of format 1"},
        {R"({"format":2})", "linear", "not of format 1"},
        {R"({"format":1,"default":"x"})", "", "'x' is none of"},
        {R"({"format":1,"default":"trees"})", "", "it has no model 'trees'"},
        {changed([](Json &f) { f["linear"]["window"] = "3s"; }), "linear",
         "'fill_3s' is none of the features"},
        {changed([](Json &f) { f["linear"]["shape"] = 0; }), "linear", "'shape' is not above 0"},
        {changed([](Json &f) { f["linear"].erase("shape"); }), "linear", "shape"},
        {changed([](Json &f) { f["logistic"]["features"][0] = "luck"; }), "logistic", "'luck' is none"},
        {changed([](Json &f) { f["logistic"]["horizons"][1]["seconds"] = 6; }), "logistic",
         "the horizons are not"},
        {changed([](Json &f) { f["logistic"]["horizons"][0]["weights"].erase(0); }), "logistic",
         "as many weights"},
        {changed([](Json &f) { f["logistic"]["horizons"].erase(0); }), "logistic", "does not have 4 entries"},
        {changed([](Json &f) { f["trees"]["horizons"][0]["trees"][0][0][2] = 0; }), "trees",
         "child comes before it"},
        {changed([](Json &f) { f["trees"]["horizons"][0]["trees"][0][0][3] = 99; }), "trees",
         "a node's child"},
        {changed([](Json &f) { f["trees"]["horizons"][0]["trees"][0][0][0] = -1; }), "trees",
         "a node's feature"},
        {changed([](Json &f) { f["trees"]["horizons"][0]["trees"][0][0] = "x"; }), "trees",
         "neither [value] nor"},
        {changed([](Json &f) { f["trees"]["horizons"][0]["trees"][0] = Json::array(); }), "trees",
         "no nodes"},
    };
    for (const auto &row : table)
        EXPECT_NE(refusal(row.text, row.model).find(row.says), std::string::npos)
            << row.says << " -> " << refusal(row.text, row.model);
}

TEST(OomModel, PredictsWithoutAllocating)
{
    const std::string text = model_of_all(2).dump();
    std::mt19937_64 random{8};
    const Features features = random_features(random);
    for (const char *name : {"linear", "logistic", "trees", "free", "psi", "never"}) {
        const auto model = load_model(text, "file", name);
        double sum = 0;
        const std::uint64_t before = testing::allocations();
        for (int i = 0; i < 1000; i++)
            sum += model->predict(features).probability[2];
        EXPECT_EQ(testing::allocations(), before) << name;
        EXPECT_GE(sum, 0);
    }
}

// Not a timed test: figures are printed, and kept from nonsense only.
TEST(OomModel, InferenceTimes)
{
    const std::string text = model_of_all(2, 50, false).dump();
    std::mt19937_64 random{8};
    std::vector<Features> all;
    for (int i = 0; i < 4096; i++)
        all.push_back(random_features(random));
    for (const char *name : {"linear", "logistic", "trees"}) {
        const auto model = load_model(text, "file", name);
        std::vector<double> ns;
        double sum = 0;
        for (int round = 0; round < 3; round++)
            for (const Features &features : all) {
                const auto begun = std::chrono::steady_clock::now();
                sum += model->predict(features).probability[2];
                ns.push_back(
                    std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begun)
                        .count());
            }
        std::sort(ns.begin(), ns.end());
        std::printf("# %s: p50 %.0f ns, p99 %.0f ns\n", name, ns[ns.size() / 2], ns[ns.size() * 99 / 100]);
        EXPECT_GE(sum, 0);
        EXPECT_LT(ns[ns.size() / 2], 1e6);
    }
}

} // namespace
} // namespace memory_collector::oom
