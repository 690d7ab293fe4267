// Quantity skew: clients differ in how many samples they hold, not in which.
// Li, Diao, Chen, He: Federated learning on Non-IID data silos: an experimental study. ICDE 2022 (arXiv 2102.02079),
// "NIID-Bench", iid-diff-quantity.
//
// Rule: put all samples in random order and cut the row at shares drawn from Dir(alpha, .., alpha) over the clients.
// The paper draws again until every client has min_size samples, which with many clients never happens; here smaller
// shares are raised to it and the others keep their proportions. Other sizes: log-normal (Zeng et al.: FedLab. 2021,
// arXiv 2107.11621, sigma 0.3), power law, or as given.

#include "datasets/partition/iid.h"

namespace fedtide {
namespace {

const Registration<PartitionEntry> entry{
    {{"quantity", "uneven shares of the same mix, by default Dirichlet",
      "Li, Diao, Chen, He 2022, arXiv 2102.02079 (NIID-Bench)"},
     [](Section& section) { return make_iid(Sizing::read(section, "dirichlet", 10)); }}};

}  // namespace
}  // namespace fedtide
