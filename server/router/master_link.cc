// SPDX-License-Identifier: Apache-2.0
#include "router/master_link.h"

#include <sys/epoll.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "config/settings_json.h"

namespace monoceros::router {
namespace {

using nlohmann::json;

WorkerDescription DescribeWorker(const json& order) {
  WorkerDescription worker;
  worker.incarnation = order.at("incarnation").get<uint64_t>();
  worker.row = order.at("row").get<uint32_t>();
  worker.pid = order.at("pid").get<int>();
  worker.capacity = order.at("capacity").get<uint32_t>();
  worker.worker_class = order.at("worker_class").get<std::string>();
  return worker;
}

json ToObject(const RunningExchange& exchange) {
  return {{"incarnation", exchange.incarnation},
          {"exchange", exchange.id},
          {"method", exchange.method},
          {"path", exchange.path},
          {"age", base::ToSeconds(exchange.age)},
          {"taken", exchange.taken}};
}

// Methods and paths may hold any byte.
std::string Dump(const json& message) {
  return message.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

MasterLink::MasterLink(base::EventLoop& loop, base::MessageSocket socket, MasterOrders& orders)
    : loop_(loop), socket_(std::move(socket)), orders_(orders) {
  loop_.Add(socket_.fd(), EPOLLIN, this);
}

MasterLink::~MasterLink() { loop_.Remove(socket_.fd()); }

void MasterLink::OnEvents(uint32_t) {
  base::Message message;
  for (;;) {
    const base::ReceiveStatus status = socket_.Receive(message);
    if (status == base::ReceiveStatus::kEmpty) return;
    if (status == base::ReceiveStatus::kClosed) return orders_.MasterLost();
    try {
      if (!Handle(message)) return orders_.MasterLost();
    } catch (const json::exception&) {
      return orders_.MasterLost();
    }
  }
}

bool MasterLink::Handle(base::Message& message) {
  const json order = json::parse(message.json);
  const auto op = order.at("op").get<std::string>();
  if (op == "add_worker") {
    if (message.fds.size() != 5) return false;
    channel::RouterFds fds{std::move(message.fds[0]), std::move(message.fds[1]),
                           std::move(message.fds[2]), std::move(message.fds[3])};
    orders_.AddWorker(DescribeWorker(order), std::move(fds), std::move(message.fds[4]));
  } else if (op == "drain_worker") {
    orders_.DrainWorker(order.at("incarnation").get<uint64_t>());
  } else if (op == "set_capacity") {
    orders_.SetCapacity(order.at("incarnation").get<uint64_t>(),
                        order.at("capacity").get<uint32_t>());
  } else if (op == "list_exchanges") {
    orders_.ListExchanges(order.at("incarnation").get<uint64_t>());
  } else if (op == "settings") {
    const auto settings = config::FromJson(order.at("settings").dump());
    if (settings) orders_.ApplySettings(*settings);
  } else if (op == "stop") {
    orders_.Stop(order.at("graceful").get<double>());
  }
  return true;
}

void MasterLink::SayReady() { socket_.Send(json{{"op", "ready"}}.dump()); }

void MasterLink::SayWorkerDrained(uint64_t incarnation) {
  socket_.Send(json{{"op", "worker_drained"}, {"incarnation", incarnation}}.dump());
}

void MasterLink::SayWorkerBroken(uint64_t incarnation, const std::string& reason) {
  socket_.Send(
      json{{"op", "worker_broken"}, {"incarnation", incarnation}, {"reason", reason}}.dump());
}

bool MasterLink::SayRequestTimeouts(std::span<const RunningExchange> over,
                                    std::span<const EndedExchange> ended) {
  json message = {{"op", "request_timeouts"}, {"over", json::array()}, {"ended", json::array()}};
  for (const RunningExchange& exchange : over) message["over"].push_back(ToObject(exchange));
  for (const EndedExchange& exchange : ended) {
    message["ended"].push_back({{"incarnation", exchange.incarnation}, {"exchange", exchange.id}});
  }
  return socket_.Send(Dump(message));
}

void MasterLink::SayExchanges(uint64_t incarnation, const std::vector<RunningExchange>& exchanges) {
  json list = json::array();
  for (const RunningExchange& exchange : exchanges) list.push_back(ToObject(exchange));
  socket_.Send(Dump({{"op", "exchanges"}, {"incarnation", incarnation}, {"exchanges", list}}));
}

void MasterLink::SayDrained() { socket_.Send(json{{"op", "drained"}}.dump()); }

}  // namespace monoceros::router
