#pragma once
// Texts of equal length with the character after each, as LEAF has Shakespeare.

#include <string>

#include "datasets/formats/client_examples.h"
#include "sim/learn/dataset.h"

namespace fedtide {

/// Sets train and test of the source. The vocabulary is that of all characters (code points) that occur, in the order
/// of their codes. Texts that overlap by all but one character, as windows a character apart do, share their memory.
/// Throws Failure(data_damaged) for texts of different lengths and labels that are not one character.
void load_texts(const std::string& place, const ClientExamples& train, const ClientExamples& test, DataSource& source);

}  // namespace fedtide
