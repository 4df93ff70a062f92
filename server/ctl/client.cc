// SPDX-License-Identifier: Apache-2.0
#include "ctl/client.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <google/protobuf/util/time_util.h>
#include <grpcpp/grpcpp.h>
#include <sys/un.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>

#include "base/fd.h"
#include "monoceros/control/v1/control.grpc.pb.h"

namespace monoceros::ctl {
namespace {

constexpr double kLookSeconds = 10;

Reply<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (!file || !(text << file.rdbuf())) {
    return Fail(Exit::kUsage, fmt::format("cannot read {}", path));
  }
  return text.str();
}

std::string Trimmed(std::string text) {
  constexpr char kSpace[] = " \t\r\n";
  text.erase(text.find_last_not_of(kSpace) + 1);
  return text.erase(0, text.find_first_not_of(kSpace));
}

Reply<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const Options& options) {
  const bool tls = !options.tls_ca.empty() || !options.tls_cert.empty();
  if (!tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  const std::pair<const std::string&, std::string&> files[] = {
      {options.tls_ca, ssl.pem_root_certs},
      {options.tls_cert, ssl.pem_cert_chain},
      {options.tls_key, ssl.pem_private_key}};
  for (const auto& [path, text] : files) {
    if (path.empty()) continue;
    auto read = ReadFile(path);
    if (!read) return tl::make_unexpected(read.error());
    text = std::move(*read);
  }
  return grpc::SslCredentials(ssl);
}

constexpr std::string_view kUnix = "unix:";

// The directory of a socket whose path is too long for an address (107 bytes); none otherwise.
base::Fd OpenDirectoryOf(const std::string& address) {
  if (!address.starts_with(kUnix) ||
      address.size() - kUnix.size() < sizeof(sockaddr_un::sun_path)) {
    return {};
  }
  const std::string parent = std::filesystem::path(address.substr(kUnix.size())).parent_path();
  return base::Fd(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

std::string TargetOf(const std::string& address, const base::Fd& directory) {
  if (!directory) return address;
  return fmt::format("{}/proc/self/fd/{}/{}", kUnix, directory.get(),
                     std::filesystem::path(address).filename().string());
}

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  // A proxy for the web is none for a server beside us.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

Exit ExitOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
      return Exit::kUnreachable;
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      return Exit::kNotAllowed;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Exit::kTimedOut;
    default:
      return Exit::kRefused;
  }
}

}  // namespace

class Client::Impl {
 public:
  Impl(const Options& options, std::string address, std::string token,
       const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : timeout_(options.timeout),
        address_(std::move(address)),
        token_(std::move(token)),
        directory_(OpenDirectoryOf(address_)),
        stub_(v1::Control::NewStub(
            grpc::CreateCustomChannel(TargetOf(address_, directory_), credentials, Arguments()))) {}

  v1::Control::Stub& stub() { return *stub_; }

  // One call: while it lives, Cancel() ends it.
  class Call {
   public:
    Call(Impl& impl, double limit) : impl_(impl) {
      impl_.Prepare(context, limit);
      const std::lock_guard lock(impl_.mutex_);
      impl_.running_.insert(&context);
      if (impl_.cancelled_) context.TryCancel();
    }
    ~Call() {
      const std::lock_guard lock(impl_.mutex_);
      impl_.running_.erase(&context);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    grpc::ClientContext context;

   private:
    Impl& impl_;
  };

  void Cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    for (grpc::ClientContext* context : running_) context->TryCancel();
  }

  // `limit` in seconds is used where the options name none; 0: no limit.
  void Prepare(grpc::ClientContext& context, double limit) const {
    const double seconds = timeout_ > 0 ? timeout_ : limit;
    if (seconds > 0) {
      context.set_deadline(std::chrono::system_clock::now() +
                           std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000)));
    }
    if (!token_.empty()) context.AddMetadata("authorization", "Bearer " + token_);
  }

  tl::unexpected<Failure> Failed(const grpc::Status& status) const {
    const Exit exit = ExitOf(status.error_code());
    std::string message = status.error_message();
    if (exit == Exit::kUnreachable) {
      message = fmt::format("no answer from {}: {}", address_, message);
    } else if (exit == Exit::kTimedOut) {
      message = fmt::format("{} did not answer in time; a change that was begun goes on", address_);
    }
    return Fail(exit, std::move(message));
  }

  template <typename Response, typename Method>
  Reply<Response> Look(Method method) {
    Call call(*this, kLookSeconds);
    Response response;
    const grpc::Status status = method(call.context, response);
    if (!status.ok()) return Failed(status);
    return response;
  }

  template <typename Method>
  Reply<v1::ApplyResponse> Change(Method method, const Follow& follow) {
    Call call(*this, 0);
    const std::unique_ptr<grpc::ClientReader<v1::ApplyEvent>> reader = method(call.context);
    std::optional<v1::ApplyResponse> done;
    for (v1::ApplyEvent event; reader->Read(&event);) {
      follow(event);
      if (event.has_done()) done = event.done();
    }
    const grpc::Status status = reader->Finish();
    if (!status.ok()) return Failed(status);
    if (done) return *done;
    return Fail(Exit::kUnreachable,
                address_ +
                    " ended the call before the change was done; `monoctl status` shows how "
                    "it ends");
  }

 private:
  const double timeout_;
  const std::string address_;
  const std::string token_;
  const base::Fd directory_;  // the target may lead through it
  const std::unique_ptr<v1::Control::Stub> stub_;
  std::mutex mutex_;  // of the two below
  std::set<grpc::ClientContext*> running_;
  bool cancelled_ = false;
};

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

void Client::Cancel() { impl_->Cancel(); }

Reply<std::unique_ptr<Client>> Client::Open(const Options& options, const std::string& address) {
  std::string token;
  if (!options.token_file.empty()) {
    auto read = ReadFile(options.token_file);
    if (!read) return tl::make_unexpected(read.error());
    token = Trimmed(std::move(*read));
  }
  auto credentials = Credentials(options);
  if (!credentials) return tl::make_unexpected(credentials.error());
  return std::unique_ptr<Client>(
      new Client(std::make_unique<Impl>(options, address, std::move(token), *credentials)));
}

Reply<v1::ServerInfo> Client::Info() {
  return impl_->Look<v1::ServerInfo>([&](auto& context, auto& response) {
    return impl_->stub().GetServerInfo(&context, {}, &response);
  });
}

Reply<v1::Status> Client::Status(bool detail) {
  v1::GetStatusRequest request;
  request.set_detail(detail);
  return impl_->Look<v1::Status>([&](auto& context, auto& response) {
    return impl_->stub().GetStatus(&context, request, &response);
  });
}

Reply<void> Client::Watch(double interval, bool detail,
                          const std::function<bool(v1::Status&)>& show) {
  v1::WatchStatusRequest request;
  request.set_detail(detail);
  *request.mutable_interval() = google::protobuf::util::TimeUtil::MillisecondsToDuration(
      static_cast<int64_t>(interval * 1000));
  Impl::Call call(*impl_, 0);
  const auto reader = impl_->stub().WatchStatus(&call.context, request);
  for (v1::Status status; reader->Read(&status);) {
    if (show(status)) continue;
    call.context.TryCancel();
    reader->Finish();
    return {};
  }
  return impl_->Failed(reader->Finish());
}

Reply<v1::Config> Client::Config() {
  return impl_->Look<v1::Config>([&](auto& context, auto& response) {
    return impl_->stub().GetConfig(&context, {}, &response);
  });
}

Reply<v1::Stacks> Client::Stacks(const v1::DumpStacksRequest& request) {
  return impl_->Look<v1::Stacks>([&](auto& context, auto& response) {
    return impl_->stub().DumpStacks(&context, request, &response);
  });
}

Reply<v1::ApplyResponse> Client::Apply(const v1::ApplyRequest& request, const Follow& follow) {
  return impl_->Change(
      [&](auto& context) { return impl_->stub().ApplyAndFollow(&context, request); }, follow);
}

Reply<v1::ApplyResponse> Client::Reload(const std::string& override_for, const Follow& follow) {
  v1::ReloadRequest request;
  request.set_override_for(override_for);
  return impl_->Change([&](auto& context) { return impl_->stub().Reload(&context, request); },
                       follow);
}

Reply<v1::ApplyResponse> Client::Restart(uint32_t slot, const std::string& override_for,
                                         const Follow& follow) {
  v1::RestartWorkerRequest request;
  request.set_slot(slot);
  request.set_override_for(override_for);
  return impl_->Change(
      [&](auto& context) { return impl_->stub().RestartWorker(&context, request); }, follow);
}

Reply<v1::ApplyResponse> Client::Drain(std::optional<double> graceful,
                                       const std::string& override_for, const Follow& follow) {
  v1::DrainRequest request;
  request.set_override_for(override_for);
  if (graceful) {
    *request.mutable_graceful() = google::protobuf::util::TimeUtil::MillisecondsToDuration(
        static_cast<int64_t>(*graceful * 1000));
  }
  return impl_->Change([&](auto& context) { return impl_->stub().Drain(&context, request); },
                       follow);
}

}  // namespace monoceros::ctl
