// Default of credit-card clients: does a customer fail to pay next month? 30,000 customers in Taiwan, 23 standardized
// features. Yeh and Lien: The comparisons of data mining techniques for the predictive accuracy of probability of
// default of credit card clients. Expert Systems with Applications 36(2), 2009. In the files of FATE (Liu et al., JMLR
// 22, 2021) three parties hold 8,000 each, which are the clients, and 6,000 are for testing.

#include <memory>

#include "datasets/tables/loader.h"
#include "sim/learn/data_card.h"

namespace fedtide {
namespace {

Table read_parties(const std::string& folder) {
  std::vector<TableFile> files;
  for (const char* party : {"guest", "host_1", "host_2"}) {
    files.push_back({file_in(folder, std::string("default_credit_homo_") + party + ".csv"), false, party});
  }
  files.push_back({file_in(folder, "default_credit_homo_test.csv"), true, "test"});
  TableRules rules;
  rules.columns.resize(2);
  rules.columns[0].name = "id";
  rules.columns[0].type = ColumnType::ignore;
  rules.columns[1].name = "y";
  rules.columns[1].type = ColumnType::label;
  rules.columns[1].values = {"0", "1"};
  return read_csv_table(files, {}, rules);
}

std::unique_ptr<DataLoader> read(Section& section) {
  const std::string path =
      read_path(section, "folder with default_credit_homo_{guest,host_1,host_2,test}.csv, plain or .gz");
  if (path.empty()) return std::make_unique<TableLoader>(nullptr, true);
  return std::make_unique<TableLoader>([=] { return read_parties(path); }, true);
}

const Registration<DatasetEntry> entry{
    {{"credit_default", "credit-card customers of three parties (the clients), 23 features, 24,000 + 6,000",
      "Yeh and Lien 2009; FATE, Liu et al. 2021"},
     read}};
const Registration<DataCard> card{
    {{"credit_default", "", ""},
     "CC BY 4.0 (UCI), FATE Apache-2.0",
     {{"default_credit_homo_guest.csv", "735c771ebebb8e68fcb9e0152c6c70172167ccd88974797dce1eb62ae797217f"},
      {"default_credit_homo_host_1.csv", "0d9319d6571c97d6ca2e772ae7316cc5271dc3758728fde0c029fb66f0241db1"},
      {"default_credit_homo_host_2.csv", "398c4e3c022888595a1b1e1787ab7e6c914754a7fe9df52741c699a87181b840"},
      {"default_credit_homo_test.csv", "d3ef1fbf9bec4b61b51636cd6ad0d4ca63e845fd067094d16958453f95469e22"}}}};

}  // namespace
}  // namespace fedtide
