#pragma once
// From examples that come with their clients to a data source.

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/formats/client_examples.h"
#include "datasets/leaf/labeled_texts.h"
#include "datasets/natural_clients.h"
#include "sim/learn/dataset.h"

namespace fedtide {

struct ClientsOptions {
  std::vector<Index> dims;  ///< of a sample of numbers; empty: one row of features
  int classes = 0;          ///< 0: as many as the largest label asks for
  bool invert = false;      ///< numbers v become 1 - v
  LabeledTextOptions text;
  ClientChoice choice;
};

/// Each client of `train` becomes a natural client; those of `test` with the same name are its test samples. A `test`
/// without samples counts as none. Numbers become byte or dense examples with classes for labels (texts as labels are
/// classes in the order of their bytes). Texts with texts as labels become sequences that predict the one character
/// after each; texts with numbers as labels, and texts that options.text.field names, become sequences of words with a
/// class. `place` begins messages and the provenance. Throws Failure(data_damaged), and Failure(usage) where
/// options.text does not fit the data.
DataSource clients_source(const std::string& place, ClientExamples train, ClientExamples test,
                          const ClientsOptions& options, std::uint64_t seed);

}  // namespace fedtide
