// SPDX-License-Identifier: Apache-2.0
#include "agent/master_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "agent/master_connection.h"
#include "base/syscall.h"

namespace monoceros::agent {
namespace {

constexpr base::Nanoseconds kNever = std::numeric_limits<base::Nanoseconds>::max();
constexpr base::Nanoseconds kRetry = 500 * base::kNanosecondsPerMillisecond;

int Milliseconds(base::Nanoseconds duration) {
  return static_cast<int>(
      std::clamp<base::Nanoseconds>(duration / base::kNanosecondsPerMillisecond + 1, 0, 60'000));
}

}  // namespace

class MasterClient::Impl {
 public:
  Impl(Dial dial, std::string version)
      : dial_(std::move(dial)),
        version_(std::move(version)),
        bell_(base::Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd()")),
        thread_([this](const std::stop_token& stop) { Run(stop); }) {}

  ~Impl() {
    thread_.request_stop();
    Ring();
  }

  void Submit(nlohmann::json order, base::Nanoseconds limit,
              std::shared_ptr<OrderListener> listener) {
    const base::Nanoseconds deadline = limit < 0 ? kNever : base::MonotonicNow() + limit;
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back({std::move(order), deadline, std::move(listener)});
    }
    Ring();
  }

  MasterInfo info() const {
    const std::lock_guard lock(mutex_);
    return info_;
  }

 private:
  struct Waiting {
    nlohmann::json order;
    base::Nanoseconds deadline;
    std::shared_ptr<OrderListener> listener;
  };

  void Ring() { ::eventfd_write(bell_.get(), 1); }

  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      Connect();
      SubmitWaiting();
      Publish();
      Wait();
      if (connection_ && !connection_->Read()) connection_.reset();
      if (connection_) connection_->Expire(base::MonotonicNow());
    }
    connection_.reset();
    SubmitWaiting();
  }

  // At most every kRetry, but at once where an order waits.
  void Connect() {
    const base::Nanoseconds now = base::MonotonicNow();
    if (connection_ || (now < retry_at_ && !HasWaiting())) return;
    retry_at_ = now + kRetry;
    auto socket = dial_();
    if (socket) {
      connection_ = std::make_unique<MasterConnection>(std::move(*socket), version_);
    } else {
      why_not_ = socket.error().message;
    }
  }

  bool HasWaiting() const {
    const std::lock_guard lock(mutex_);
    return !waiting_.empty();
  }

  void SubmitWaiting() {
    std::vector<Waiting> waiting;
    {
      const std::lock_guard lock(mutex_);
      waiting.swap(waiting_);
    }
    for (Waiting& order : waiting) {
      if (connection_) {
        connection_->Submit(std::move(order.order), order.deadline, std::move(order.listener));
      } else {
        order.listener->OnOrderDone({"unavailable", why_not_, 0, ""});
      }
    }
  }

  void Publish() {
    const std::lock_guard lock(mutex_);
    info_ = connection_ ? connection_->info() : MasterInfo{};
  }

  void Wait() {
    const base::Nanoseconds now = base::MonotonicNow();
    const base::Nanoseconds until =
        connection_ ? connection_->NextDeadline(now + 60 * base::kNanosecondsPerSecond) : retry_at_;
    std::array<pollfd, 2> ready{{{bell_.get(), POLLIN, 0}, {-1, POLLIN, 0}}};
    if (connection_) ready[1].fd = connection_->fd();
    ::poll(ready.data(), ready.size(), Milliseconds(until - now));
    eventfd_t rings;
    ::eventfd_read(bell_.get(), &rings);
  }

  const Dial dial_;
  const std::string version_;
  const base::Fd bell_;
  mutable std::mutex mutex_;
  std::vector<Waiting> waiting_;
  MasterInfo info_;
  // The thread's own.
  std::unique_ptr<MasterConnection> connection_;
  base::Nanoseconds retry_at_ = 0;
  std::string why_not_ = "the agent ends";
  std::jthread thread_;
};

MasterClient::MasterClient(Dial dial, const std::string& version)
    : impl_(std::make_unique<Impl>(std::move(dial), version)) {}

MasterClient::~MasterClient() = default;

void MasterClient::Submit(nlohmann::json order, base::Nanoseconds limit,
                          std::shared_ptr<OrderListener> listener) {
  impl_->Submit(std::move(order), limit, std::move(listener));
}

MasterInfo MasterClient::info() const { return impl_->info(); }

base::Result<base::MessageSocket> DialMaster(const std::string& run_directory) {
  const std::string directory = run_directory + "/current";
  const base::Fd folder(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return base::Fail(fmt::format("no server runs in {}", run_directory));
  // By way of a descriptor, because the path may be longer than a socket's name can be.
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  fmt::format_to_n(name.sun_path, sizeof name.sun_path - 1, "/proc/self/fd/{}/master.sock",
                   folder.get());
  base::Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd && ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) {
    return base::MessageSocket(std::move(fd));
  }
  if (errno == ECONNREFUSED || errno == ENOENT) {
    return base::Fail(fmt::format("no server runs in {}", run_directory));
  }
  return base::Fail(fmt::format("{}/master.sock: {}", directory, std::strerror(errno)));
}

}  // namespace monoceros::agent
