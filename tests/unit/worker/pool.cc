// SPDX-License-Identifier: Apache-2.0
#include "pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "base/clock.h"
#include "base/syscall.h"

namespace monoceros::worker::testing {
namespace {

constexpr int kPatience = 20'000;  // milliseconds
constexpr char kBootstrap[] =
    "import sys; sys.path.insert(0, sys.argv[1]); from monoceros._template import main; main()";

int WaitForExit(pid_t pid) {
  const base::Nanoseconds deadline =
      base::MonotonicNow() + kPatience * base::kNanosecondsPerMillisecond;
  int status = 0;
  while (base::MonotonicNow() < deadline) {
    const pid_t left = ::waitpid(pid, &status, WNOHANG);
    if (left == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    if (left < 0) break;
    ::poll(nullptr, 0, 2);
  }
  ADD_FAILURE() << "process " << pid << " did not leave";
  return -1000;
}

nlohmann::json Receive(base::MessageSocket& socket) {
  base::Message message;
  if (socket.ReceiveWithin(message, kPatience) == base::ReceiveStatus::kMessage) {
    return nlohmann::json::parse(message.json);
  }
  ADD_FAILURE() << "no message came";
  return {{"op", ""}};
}

std::string ReadAll(int fd, off_t offset, size_t length) {
  std::string bytes(length, '\0');
  const ssize_t count = ::pread(fd, bytes.data(), length, offset);
  bytes.resize(count < 0 ? 0 : static_cast<size_t>(count));
  return bytes;
}

base::Fd MakeFile(const std::string& content) {
  base::Fd file(base::Check(::memfd_create("body", MFD_CLOEXEC), "memfd_create"));
  base::Check(::pwrite(file.get(), content.data(), content.size(), 0), "pwrite");
  return file;
}

std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

channel::RequestHead MakeHead(const Request& request) {
  channel::RequestHead head;
  const std::string_view target = request.target;
  const size_t mark = target.find('?');
  head.method = request.method;
  head.target = target;
  head.path = target.substr(0, mark);
  if (mark != std::string_view::npos) head.query = target.substr(mark + 1);
  head.scheme = "http";
  head.remote_address = request.server_port == 0 ? "" : "192.0.2.7";
  head.remote_port = 4711;
  head.server_address = request.server_address;
  head.server_port = request.server_port;
  head.has_body = request.body.has_value();
  if (request.body && request.length_known) {
    head.content_length = request.body->size() + (request.cut ? 10 : 0);
  }
  for (const auto& [name, value] : request.fields) head.fields.push_back({name, value});
  return head;
}

}  // namespace

std::string Reply::body() const {
  std::string all;
  for (const std::string& chunk : chunks) all += chunk;
  for (const std::string& file : files) all += file;
  return all;
}

std::string Reply::field(const std::string& name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return "";
}

TestWorker::TestWorker(const std::string& worker_class, uint32_t threads, uint32_t room)
    : worker_class_(worker_class),
      threads_(threads),
      room_(room == 0 ? threads : room),
      stamps_memory_(scoreboard::Stamps::CreateMemory(room_)),
      scoreboard_memory_(std::move(scoreboard::Scoreboard::CreateMemory(1, room_).value())),
      stamps_(stamps_memory_, room_, true) {
  std::tie(control_, worker_control_) = base::MessageSocket::Pair();
  scoreboard_.emplace(std::move(scoreboard::Scoreboard::Open(scoreboard_memory_, true).value()));
  Open(channel::Create({.slots = room_, .threads = room_}));
}

void TestWorker::Open(channel::NewChannel made) {
  poker_ = std::make_unique<channel::Poker>(made.memory.get());
  router_ = std::move(channel::RouterEnd::Attach(std::move(made.router)).value());
  worker_fds_ = std::move(made.worker);
  channel_memory_ = std::move(made.memory);
}

void TestWorker::AskThreads(nlohmann::json count) {
  control_.Send(nlohmann::json{{"op", "threads"}, {"count", std::move(count)}}.dump());
  Poke();
}

int64_t TestWorker::ChannelBytes() const {
  struct stat status{};
  base::Check(::fstat(channel_memory_.get(), &status), "fstat");
  return status.st_blocks * 512;
}

nlohmann::json TestWorker::Order() const {
  return {{"op", "fork"},
          {"row", 0},
          {"incarnation", 7},
          {"threads", threads_},
          {"worker_class", worker_class_}};
}

std::vector<int> TestWorker::OrderFds() const {
  return {worker_control_.fd(),           worker_fds_->memory.get(), worker_fds_->router_bell.get(),
          worker_fds_->worker_bell.get(), worker_fds_->socket.get(), stamps_memory_.get(),
          scoreboard_memory_.get()};
}

void TestWorker::Ordered() {
  worker_control_.Close();
  worker_fds_.reset();
}

nlohmann::json TestWorker::NextMessage() { return Receive(control_); }

bool TestWorker::ControlClosed() {
  base::Message message;
  return control_.ReceiveWithin(message, kPatience) == base::ReceiveStatus::kClosed;
}

void TestWorker::Stop() {
  control_.Send(R"({"op":"stop"})");
  Poke();
}

void TestWorker::Attach() {
  channel::NewChannel made = channel::Create({.slots = room_, .threads = room_});
  control_.Send(R"({"op":"attach"})", {made.worker.memory.get(), made.worker.router_bell.get(),
                                       made.worker.worker_bell.get(), made.worker.socket.get()});
  Poke();
  Open(std::move(made));
  worker_fds_.reset();
}

void TestWorker::CloseControl() { control_.Close(); }

channel::SlotIndex TestWorker::Send(const Request& request) {
  const std::optional<channel::SlotIndex> slot = router_->Open(next_request_++);
  EXPECT_TRUE(slot) << "no free slot";
  std::string bytes;
  channel::Encode(MakeHead(request), bytes);
  router_->Write(*slot, channel::FrameType::kHead, AsBytes(bytes));
  if (!request.body) {
    router_->Write(*slot, channel::FrameType::kEnd, {});
    router_->Publish(*slot);
    router_->Ring();
  } else {
    SendBody(*slot, request);
  }
  return *slot;
}

void TestWorker::SendBody(channel::SlotIndex slot, const Request& request) {
  std::span<const std::byte> rest = AsBytes(*request.body);
  if (request.spooled) {
    EXPECT_TRUE(router_->SendDescriptor(slot, MakeFile(*request.body).get()));
    router_->Write(slot, channel::FrameType::kFile, {});
    rest = {};
  }
  while (!rest.empty()) {
    rest = rest.subspan(router_->Write(slot, channel::FrameType::kData, rest));
    router_->Publish(slot);
    router_->Ring();
    if (!rest.empty()) Wait();
  }
  router_->Write(slot, request.cut ? channel::FrameType::kAbort : channel::FrameType::kEnd, {});
  router_->Publish(slot);
  router_->Ring();
}

void TestWorker::Wait() {
  if (router_->PrepareToSleep()) {
    pollfd ready{router_->bell(), POLLIN, 0};
    ::poll(&ready, 1, 5);
  }
  router_->WokeUp();
}

Reply TestWorker::Await(channel::SlotIndex slot) {
  return Await(slot, [](const Reply&) { return false; });
}

Reply TestWorker::Await(channel::SlotIndex slot, const std::function<bool(const Reply&)>& enough) {
  const base::Nanoseconds deadline =
      base::MonotonicNow() + kPatience * base::kNanosecondsPerMillisecond;
  Reply reply;
  channel::Frame frame;
  while (base::MonotonicNow() < deadline) {
    switch (router_->Read(slot, frame)) {
      case channel::ReadStatus::kViolation:
        ADD_FAILURE() << "the worker broke the protocol";
        return reply;
      case channel::ReadStatus::kEmpty:
        if (enough(reply)) return reply;
        router_->Ring();
        Wait();
        continue;
      case channel::ReadStatus::kFrame:
        break;
    }
    const bool last = ReadFrame(slot, frame, reply);
    router_->Consume(slot);
    if (!last) continue;
    router_->Close(slot);
    return reply;
  }
  ADD_FAILURE() << "the exchange did not end";
  return reply;
}

bool TestWorker::ReadFrame(channel::SlotIndex slot, const channel::Frame& frame, Reply& reply) {
  const std::string bytes(reinterpret_cast<const char*>(frame.payload.data()),
                          frame.payload.size());
  channel::ResponseHead head;
  switch (frame.type) {
    case channel::FrameType::kHead:
    case channel::FrameType::kInterim:
      EXPECT_TRUE(channel::Decode(AsBytes(bytes), head));
      for (const channel::Field& field : head.fields) {
        reply.fields.emplace_back(field.name, field.value);
      }
      if (frame.type == channel::FrameType::kInterim) {
        reply.interim.push_back({.status = head.status});
        return false;
      }
      reply.status = head.status;
      reply.reason = head.reason;
      reply.head_times = router_->Times(slot);
      return false;
    case channel::FrameType::kData:
      reply.chunks.push_back(bytes);
      return false;
    case channel::FrameType::kFile: {
      channel::FileSegment segment;
      EXPECT_EQ(bytes.size(), sizeof segment);
      std::memcpy(&segment, bytes.data(), sizeof segment);
      const base::Fd file = router_->ReceiveDescriptor(slot);
      reply.files.push_back(
          ReadAll(file.get(), static_cast<off_t>(segment.offset), segment.length));
      return false;
    }
    case channel::FrameType::kTrailers:
      return false;
    case channel::FrameType::kEnd:
      reply.times = router_->Times(slot);
      return true;
    case channel::FrameType::kAbort:
      reply.times = router_->Times(slot);
      reply.aborted = true;
      return true;
  }
  return true;
}

void TestWorker::Disconnect(channel::SlotIndex slot) {
  router_->Disconnect(slot);
  router_->Ring();
}

int TestWorker::AwaitExit() { return WaitForExit(pid); }

TestTemplate::TestTemplate(const std::string& python, const nlohmann::json& settings) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto [mine, theirs] = base::MessageSocket::Pair();
  socket_ = std::move(mine);
  error_log_ = base::Fd(base::Check(::memfd_create("stderr", MFD_CLOEXEC), "memfd_create"));
  base::Check(::fcntl(error_log_.get(), F_SETFL, O_APPEND), "fcntl");
  const std::string fd = std::to_string(theirs.fd());
  pid_ = base::Check(::fork(), "fork");
  if (pid_ == 0) {
    ::fcntl(theirs.fd(), F_SETFD, 0);
    ::dup2(error_log_.get(), STDERR_FILENO);
    ::execlp(python.c_str(), python.c_str(), "-P", "-c", kBootstrap, MONOCEROS_PACKAGE_ROOT,
             fd.c_str(), nullptr);
    ::_exit(127);
  }
  nlohmann::json start = {{"op", "start"},
                          {"generation", 1},
                          {"preload", "off"},
                          {"application", "hello"},
                          {"chdir", MONOCEROS_TEST_APPS},
                          {"pythonpath", ""},
                          {"worker_class", "sync"},
                          {"threads", 1},
                          {"max_requests", 0},
                          {"max_requests_jitter", 0},
                          {"loglevel", "info"},
                          {"log_json", false},
                          {"sendfile", true}};
  start.update(settings);
  socket_.Send(start.dump());
}

TestTemplate::~TestTemplate() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

nlohmann::json TestTemplate::NextMessage() { return Receive(socket_); }

std::unique_ptr<TestWorker> TestTemplate::Fork(const std::string& worker_class, uint32_t threads,
                                               bool ready, uint32_t room) {
  auto worker = std::make_unique<TestWorker>(worker_class, threads, room);
  socket_.Send(worker->Order().dump(), worker->OrderFds());
  worker->Ordered();
  const nlohmann::json forked = NextMessage();
  EXPECT_EQ(forked["op"], "forked") << forked;
  worker->pid = forked.value("pid", -1);
  if (ready) {
    const nlohmann::json message = worker->NextMessage();
    EXPECT_EQ(message["op"], "ready") << message << ErrorLog();
  }
  return worker;
}

int TestTemplate::AwaitExit() {
  const int status = WaitForExit(pid_);
  pid_ = -1;
  return status;
}

std::string TestTemplate::ErrorLog() const {
  const off_t size = ::lseek(error_log_.get(), 0, SEEK_END);
  return ReadAll(error_log_.get(), 0, static_cast<size_t>(size));
}

std::vector<std::string> Pythons() {
  std::istringstream list(MONOCEROS_TEST_PYTHONS);
  std::vector<std::string> pythons;
  for (std::string python; std::getline(list, python, ':');) pythons.push_back(python);
  return pythons;
}

std::string PythonName(const std::string& python) {
  std::string name = python.substr(python.rfind('/') + 1);
  for (char& c : name) {
    if (c == '.' || c == '-') c = '_';
  }
  return name;
}

}  // namespace monoceros::worker::testing
