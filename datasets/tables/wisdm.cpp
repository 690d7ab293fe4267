// WISDM activity recognition: what 36 people do, told from the accelerometer of the phone in their pocket. 5,418
// windows of 10 seconds, 43 features, 6 activities; a person is a client. Kwapisz, Weiss, Moore: Activity recognition
// using cell phone accelerometers. ACM SIGKDD Explorations 12(2), 2010. The file is WISDM_ar_v1.1_transformed.arff.

#include <memory>

#include "datasets/tables/loader.h"
#include "sim/learn/data_card.h"

namespace fedtide {
namespace {

std::unique_ptr<DataLoader> read(Section& section) {
  const std::string path = read_path(section, "WISDM_ar_v1.1_transformed.arff, plain or .gz");
  TableRules rules;
  rules.columns.resize(3);
  rules.columns[0].name = "UNIQUE_ID";
  rules.columns[0].type = ColumnType::ignore;
  rules.columns[1].name = "user";
  rules.columns[1].type = ColumnType::client;
  rules.columns[2].name = "class";
  rules.columns[2].type = ColumnType::label;
  rules.others.missing = Missing::mean;  // a peak that no window has: 615 values
  rules.standardize = read_standardize(section, "pooled");
  rules.test_fraction = read_test_fraction(section, 0.2);
  if (path.empty()) return std::make_unique<TableLoader>(nullptr, true);
  return std::make_unique<TableLoader>([=] { return read_arff_table({{path, false, {}}}, rules); }, true);
}

const Registration<DatasetEntry> entry{
    {{"wisdm", "activities of 36 phone users (the clients), 43 features, 6 classes, 5,418 windows",
      "Kwapisz et al. 2010"},
     read}};
const Registration<DataCard> card{
    {{"wisdm", "", ""}, "by the WISDM Lab for research, with citation; its readme goes along", {}}};

}  // namespace
}  // namespace fedtide
