#pragma once
// What the columns of a table are, and what becomes of them.

#include <optional>
#include <string>
#include <vector>

namespace fedtide {

enum class ColumnType {
  number,    ///< a feature
  category,  ///< one of a few values: a feature of 0 or 1 for each (one-hot)
  label,     ///< the class to predict
  target,    ///< a number to predict
  client,    ///< who holds the row
  group,     ///< puts rows in groups, for partition schemes; no feature
  id,        ///< names the row: each once; no feature
  ignore,
};

/// What becomes of a missing value.
enum class Missing {
  refuse,
  mean,      ///< number: the mean of the training rows
  constant,  ///< number: ColumnRule::constant
  flag,      ///< number: the mean, and one more feature that is 1 where it was missing
  own,       ///< category, group: a value of its own, called "?"
  drop,      ///< the row is left out
};

struct ColumnRule {
  std::string name;
  ColumnType type = ColumnType::number;
  Missing missing = Missing::refuse;
  double constant = 0;
  std::vector<std::string> values;  ///< of a category or label, in their order; empty: those of the training rows,
                                    ///< ascending as numbers where all are, else as text
  bool drop_first = false;          ///< category: no feature for the first value
  bool group = false;               ///< category: also puts rows in groups
  std::optional<double> above;      ///< label: the classes are "at most this number" and "more"
};

/// Over which rows features get mean 0 and variance 1; only training rows say what mean and variance were.
enum class Standardize { none, pooled, client };

struct TableRules {
  std::vector<ColumnRule> columns;
  ColumnRule others;                            ///< for columns that are not among `columns`
  std::vector<std::string> missing_marks{"?"};  ///< besides the empty field
  Standardize standardize = Standardize::none;
  bool standardize_categories = false;  ///< their features of 0 and 1 too
  bool needs_features = true;           ///< a table without a feature is refused
  double test_fraction = 0;             ///< of each client's rows, or of all, drawn at random
};

}  // namespace fedtide
