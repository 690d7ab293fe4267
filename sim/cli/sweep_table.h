#pragma once
// Tables of runs for people and for programs.

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "sim/experiment/run_standing.h"
#include "sim/experiment/sweep_plan.h"

namespace fedtide {

/// Rows of cells in columns as wide as their widest cell; the first row is the head.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

/// One line a run: index, directory, and the swept keys.
std::string plan_table(const SweepPlan& plan);
std::string plan_json(const SweepPlan& plan);

/// An option that takes a whole number in this range; CLI11's own check would print it with 300 digits.
CLI::Validator whole_number(long low, long high);

/// "test_accuracy" for "accuracy", and the direction in which the metric gets better.
Goal goal_of(const std::string& metric);

}  // namespace fedtide
