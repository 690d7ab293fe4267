// Idle, charging and on a network that costs nothing: a phone takes part while all three hold (Bonawitz et al. 2019,
// section 3), and each comes and goes by itself. A turn that is cut short says which of them ended.

#include "sim/fleet/all_of.h"

namespace fedtide {

std::vector<About> models_of_hours() {
  std::vector<About> all = Registry<AvailabilityEntry>::instance().list();
  std::erase_if(all, [](const About& about) { return about.name == "conditions"; });
  return all;
}

namespace {

void add(Section& section, AllOf& all, const char* key, const char* help, Outcome ends, std::uint8_t salt) {
  section.section(key, help, [&](Section& s) {
    s.choose("model", Words{"always", models_of_hours(), "how it comes and goes", ""}, [&](const std::string& name) {
      if (auto process = Registry<AvailabilityEntry>::instance().at(name).read(s))
        all.add(std::move(process), ends, salt);
    });
  });
}

std::unique_ptr<Availability> read(Section& section) {
  auto all = std::make_unique<AllOf>();
  add(section, *all, "idle", "when its owner does not use it; a turn that ends with it has left", Outcome::left, 1);
  add(section, *all, "charging", "when it is plugged in; a turn that ends with it is unplugged", Outcome::unplugged, 2);
  add(section, *all, "unmetered", "when its network costs nothing; a turn that ends with it ends by network",
      Outcome::network, 3);
  return all;
}

const Registration<AvailabilityEntry> conditions{
    {{"conditions", "idle, charging and unmetered, each by a model of its own; available while all hold",
      "Bonawitz et al. 2019, section 3"},
     read}};

}  // namespace
}  // namespace fedtide
