// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kube/access.h"
#include "kube/error.h"
#include "kube/object.h"

namespace monoceros::base {
class Logger;
}  // namespace monoceros::base

namespace monoceros::kube {

template <typename T>
using Awaitable = boost::asio::awaitable<T>;

// For metrics: one request that got an answer, or none (`status` 0).
struct RequestDone {
  std::string method;
  std::string host;
  int status = 0;
  std::chrono::nanoseconds took{};
};

struct ClientOptions {
  std::string user_agent;  // "monoceros-operator/0.1.0"
  std::chrono::seconds deadline{30};
  double requests_per_second = 20;  // a token bucket of our own; watches are not counted
  int burst = 30;
  std::function<void(const RequestDone&)> observe;  // may be empty
  base::Logger* log = nullptr;                      // of informers' troubles; may be null
};

struct ListOptions {
  std::string label_selector;
  std::string field_selector;
};

// A whole list; pages of 500 are followed. `resource_version` is where a watch may begin.
struct ObjectList {
  std::vector<Object> items;
  std::string resource_version;
};

struct ApplyOptions {
  std::string field_manager;
  bool force = true;
  std::string subresource;  // "", "status"
};

// What must still hold for a deletion to be carried out; empty fields are not checked.
struct Preconditions {
  std::string uid;
  std::string resource_version;
};

struct WatchOptions {
  std::string label_selector;
  std::string field_selector;
  std::string resource_version;
  std::chrono::seconds timeout{
      300};                      // sent as timeoutSeconds; a silent connection ends a bit later
  std::function<void()> opened;  // the server accepted the watch; may be empty
};

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark };
  Type type;
  Object object;
};

// The seven verbs over HTTP/1.1 with TLS: a few pooled connections, and one of its own for each
// watch. Dynamic JSON in and out; what is passed by reference is read when the verb is called, not
// when it is awaited. An empty namespace means all (List and Watch only). Retries by itself only
// what is safe: 429 and 5xx with Retry-After (at most 10 times, within the deadline), and a GET
// whose pooled connection was closed. Not thread-safe: one io_context, one thread. Must outlive
// every coroutine it returned. A coroutine that is cancelled ends by boost::system::system_error
// (operation_aborted). Name options before an awaited call: g++ 12 destroys aggregates made in its
// argument list twice.
class Client {
 public:
  Client(boost::asio::any_io_executor executor, Access access, ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Awaitable<Result<Object>> Get(const Resource& resource, const Key& key);
  Awaitable<Result<ObjectList>> List(const Resource& resource, std::string ns, ListOptions options);
  // POST; the object names its namespace.
  Awaitable<Result<Object>> Create(const Resource& resource, const Json& object,
                                   std::string field_manager);
  // PUT, which fails with Conflict when the object's resourceVersion is not the last.
  Awaitable<Result<Object>> Update(const Resource& resource, const Json& object,
                                   std::string field_manager);
  // Server-side apply (PATCH application/apply-patch+yaml); the object names itself, and its
  // apiVersion and kind. With a uid in its metadata that of another object of this name is
  // Invalid, and no object of this name a Conflict.
  Awaitable<Result<Object>> Apply(const Resource& resource, const Json& object,
                                  ApplyOptions options);
  // JSON merge patch (RFC 7396).
  Awaitable<Result<Object>> Merge(const Resource& resource, const Key& key, const Json& patch,
                                  std::string field_manager);
  // Background deletion; that it is gone already is no error.
  Awaitable<Result<void>> Delete(const Resource& resource, const Key& key,
                                 const Preconditions& preconditions);

  // Calls `each` for every event until the server ends the watch (a value), or an error: 410 as an
  // HTTP status or as an ERROR event is IsExpired(). Bookmarks are asked for.
  Awaitable<Result<void>> Watch(const Resource& resource, std::string ns, WatchOptions options,
                                std::function<void(WatchEvent)> each);
  // The API server's version ("v1.34.4"): whether it answers at all.
  Awaitable<Result<std::string>> ServerVersion();

  base::Logger* log() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace monoceros::kube
