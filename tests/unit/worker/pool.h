// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/message_socket.h"
#include "channel/channel.h"
#include "channel/heads.h"
#include "channel/router_end.h"
#include "scoreboard/scoreboard.h"
#include "scoreboard/stamps.h"

namespace monoceros::worker::testing {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string target = "/";
  Fields fields = {{"Host", "test.example:8000"}};
  std::optional<std::string> body;
  bool spooled = false;  // the body goes as a file
  bool length_known = true;
  bool cut = false;  // the client leaves before the end of the body
  std::string server_address = "127.0.0.1";
  uint16_t server_port = 8000;
};

struct Reply {
  int status = 0;  // 0: no head
  std::string reason;
  Fields fields;
  std::vector<channel::ResponseHead> interim;  // statuses only
  std::vector<std::string> chunks;             // one per data frame
  std::vector<std::string> files;              // what file frames stand for
  bool aborted = false;
  channel::RequestTimes head_times;  // as reported with the head, and with the end
  channel::RequestTimes times;

  std::string body() const;
  std::string field(const std::string& name) const;
};

// One worker, with this process as its master and its router.
class TestWorker {
 public:
  // With room for `room` threads; 0: for `threads`.
  TestWorker(const std::string& worker_class, uint32_t threads, uint32_t room = 0);

  // Descriptors and fields of the order to fork it.
  nlohmann::json Order() const;
  std::vector<int> OrderFds() const;
  void Ordered();

  // The next message on the control socket. Fails the test after the deadline.
  nlohmann::json NextMessage();
  bool ControlClosed();
  void Stop();
  void Attach();  // a new router
  void CloseControl();
  void Poke() { poker_->Poke(); }
  void AskThreads(nlohmann::json count);
  // What the channel's memory takes of the system's.
  int64_t ChannelBytes() const;

  // Assigns a request.
  channel::SlotIndex Send(const Request& request);
  // Follows the exchange to its end, or until `enough` says so.
  Reply Await(channel::SlotIndex slot);
  Reply Await(channel::SlotIndex slot, const std::function<bool(const Reply&)>& enough);
  Reply Run(const Request& request) { return Await(Send(request)); }
  void Disconnect(channel::SlotIndex slot);
  bool IsTaken(channel::SlotIndex slot) const { return router_->IsTaken(slot); }

  // The status that the process left with. Fails the test after the deadline.
  int AwaitExit();

  pid_t pid = -1;
  scoreboard::Stamps& stamps() { return stamps_; }
  scoreboard::Scoreboard& scoreboard() { return *scoreboard_; }

 private:
  void Open(channel::NewChannel made);
  void SendBody(channel::SlotIndex slot, const Request& request);
  bool ReadFrame(channel::SlotIndex slot, const channel::Frame& frame, Reply& reply);
  void Wait();

  std::string worker_class_;
  uint32_t threads_;
  uint32_t room_;
  base::MessageSocket control_, worker_control_;
  std::unique_ptr<channel::Poker> poker_;
  std::unique_ptr<channel::RouterEnd> router_;
  std::optional<channel::WorkerFds> worker_fds_;
  base::Fd stamps_memory_, scoreboard_memory_, channel_memory_;
  scoreboard::Stamps stamps_;
  std::optional<scoreboard::Scoreboard> scoreboard_;
  uint64_t next_request_ = 1;
};

// A template process of a real interpreter.
class TestTemplate {
 public:
  // Sends `start` with `settings` over the defaults.
  TestTemplate(const std::string& python, const nlohmann::json& settings);
  ~TestTemplate();

  nlohmann::json NextMessage();
  // Orders the fork, and waits until the worker is ready unless `ready` is false.
  std::unique_ptr<TestWorker> Fork(const std::string& worker_class, uint32_t threads,
                                   bool ready = true, uint32_t room = 0);
  void CloseSocket() { socket_.Close(); }
  int AwaitExit();
  pid_t pid() const { return pid_; }
  // What template and workers wrote to standard error so far.
  std::string ErrorLog() const;

 private:
  base::MessageSocket socket_;
  base::Fd error_log_;
  pid_t pid_ = -1;
};

// The interpreters that the extension was built for.
std::vector<std::string> Pythons();
// Names of test instances: "python3_12_1".
std::string PythonName(const std::string& python);

}  // namespace monoceros::worker::testing
