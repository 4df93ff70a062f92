// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <memory>

#include "worker/asgi/application.h"
#include "worker/asgi/handler.h"
#include "worker/classes/loop/loop_exchanges.h"
#include "worker/classes/worker.h"

namespace monoceros::worker {

// The exchanges of an ASGI worker: each is a task of the loop.
class AsgiExchanges final : public LoopExchanges {
 public:
  // All outlive this; `application` has its loop.
  AsgiExchanges(Worker& worker, asgi::Application& application, const asgi::Settings& settings,
                LoopOwner& owner)
      : handler_(application, settings, worker.gil_stamps(0), worker.logger(), owner) {}

  void Follow(std::shared_ptr<channel::WorkerEnd> end) override {
    const std::shared_ptr<asgi::Link> old =
        std::exchange(link_, std::make_shared<asgi::Link>(std::move(end)));
    if (old != nullptr) handler_.Lose(*old);
  }
  void Begin(channel::Exchange& exchange) override { handler_.Begin(link_, exchange); }
  void News(channel::Exchange& exchange) override { handler_.News(*link_, exchange); }
  void Lose() override { handler_.Lose(*link_); }
  void Beat() override { handler_.Beat(); }
  void Leave() override { handler_.Leave(); }
  bool Interrupt(uint64_t exchange, PyObject* exception) override {
    return handler_.Interrupt(exchange, exception);
  }
  bool idle() const override { return handler_.idle(); }

 private:
  asgi::Handler handler_;
  std::shared_ptr<asgi::Link> link_;
};

}  // namespace monoceros::worker
