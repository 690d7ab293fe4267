// SimGrid (Debian's libsimgrid-dev) playing the rounds of simgrid-rounds.yaml: every client receives the
// model, computes and sends its report, and the next round begins when all have. Prints client-rounds a second.
//   peer_simgrid_rounds [clients] [rounds] [private | Mbit/s of the server's link, down and up]

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <simgrid/s4u.hpp>

namespace s4u = simgrid::s4u;

namespace {

constexpr std::uint64_t kBytes = 10'040;  // down, and up
constexpr double kFlops = 1e5;            // of a turn
constexpr double kOwnRate = 1.25e6;       // byte/s of a client's link

}  // namespace

int main(int argc, char** argv) {
  s4u::Engine engine(&argc, argv);
  const int clients = argc > 1 ? std::atoi(argv[1]) : 1023;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 200;
  const std::string mode = argc > 3 ? argv[3] : "private";
  const bool shared = mode != "private";
  const double server_rate = shared ? std::atof(mode.c_str()) * 1e6 / 8 : 1;  // byte/s
  for (const char* option : {"network/model:CM02", "network/TCP-gamma:0", "network/weight-S:0",
                             "network/crosstraffic:0", "network/latency-factor:1", "network/bandwidth-factor:1"}) {
    s4u::Engine::set_config(option);
  }
  auto* zone = s4u::create_full_zone("all");
  s4u::Host* server = zone->create_host("server", 1e12)->seal();
  const auto link = [&](const std::string& name, double rate, double latency) {
    return zone->create_link(name, rate)->set_latency(latency)->seal();
  };
  s4u::Link* down = link("server-down", server_rate, 0);
  s4u::Link* up = link("server-up", server_rate, 0);
  auto barrier = s4u::Barrier::create(static_cast<unsigned>(clients));
  for (int i = 0; i < clients; ++i) {
    const std::string number = std::to_string(i);
    s4u::Host* client = zone->create_host("client" + number, 75e3 + 225e3 * i / clients)->seal();
    std::vector<s4u::LinkInRoute> there, back;
    if (shared) {
      there.emplace_back(down);
      back.emplace_back(up);
    }
    there.emplace_back(link("own-down" + number, kOwnRate, 0.05));
    back.emplace_back(link("own-up" + number, kOwnRate, 0.05));
    zone->add_route(server->get_netpoint(), client->get_netpoint(), nullptr, nullptr, there, false);
    zone->add_route(client->get_netpoint(), server->get_netpoint(), nullptr, nullptr, back, false);
    s4u::Actor::create("actor" + number, client, [=] {
      for (int round = 0; round < rounds; ++round) {
        s4u::Comm::sendto(server, client, kBytes);
        s4u::this_actor::execute(kFlops);
        s4u::Comm::sendto(client, server, kBytes);
        barrier->wait();
      }
    });
  }
  zone->seal();
  const auto before = std::chrono::steady_clock::now();
  engine.run();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  std::printf("simgrid %s: %d clients x %d rounds in %.2f s, %.0f client-rounds/s, %.1f virtual s\n",
              shared ? (mode + " Mbit/s shared").c_str() : "private", clients, rounds, seconds,
              clients * static_cast<double>(rounds) / seconds, s4u::Engine::get_clock());
}
