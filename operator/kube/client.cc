// SPDX-License-Identifier: Apache-2.0
#include "kube/client.h"

#include <utility>

#include "kube/request.h"
#include "kube/session.h"

namespace monoceros::kube {
namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kApplyPatch = "application/apply-patch+yaml";
constexpr const char* kMergePatch = "application/merge-patch+json";
constexpr int kPage = 500;

Result<Object> Shared(Result<Json> json) {
  if (!json) return tl::make_unexpected(std::move(json.error()));
  return std::make_shared<const Json>(std::move(*json));
}

// Lists leave out what they say once for all: the items' kind.
Object ItemOf(Json item, const std::string& api_version, const std::string& kind) {
  if (!item.contains("apiVersion")) item["apiVersion"] = api_version;
  if (!item.contains("kind")) item["kind"] = kind;
  return std::make_shared<const Json>(std::move(item));
}

Json DeleteOptions(const Preconditions& preconditions) {
  Json options = {
      {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", "Background"}};
  if (!preconditions.uid.empty()) options["preconditions"]["uid"] = preconditions.uid;
  if (!preconditions.resource_version.empty()) {
    options["preconditions"]["resourceVersion"] = preconditions.resource_version;
  }
  return options;
}

}  // namespace

// Everything that a coroutine needs is taken by value before it starts: callers' references end.
class Client::Impl {
 public:
  Impl(boost::asio::any_io_executor executor, Access access, ClientOptions options)
      : base_path_(access.base_path),
        session(std::move(executor), std::move(access), std::move(options)) {}

  HttpRequest Request(const char* method, const std::string& path, const Query& query) const {
    HttpRequest request;
    request.method = method;
    request.target = base_path_ + WithQuery(path, query);
    return request;
  }

  HttpRequest Request(const char* method, const std::string& path, const Query& query,
                      const char* content_type, const Json& body) const {
    HttpRequest request = Request(method, path, query);
    request.content_type = content_type;
    request.body = Serialized(body);
    return request;
  }

  Awaitable<Result<Object>> CallForObject(HttpRequest request) {
    Result<Json> json = co_await session.Call(std::move(request));
    co_return Shared(std::move(json));
  }

  Awaitable<Result<void>> CallForNothing(HttpRequest request) {
    Result<Json> json = co_await session.Call(std::move(request));
    if (json || json.error().IsNotFound()) co_return Result<void>();
    co_return tl::make_unexpected(std::move(json.error()));
  }

  // An expired page means that the list was too slow for its snapshot: once more, all in one.
  Awaitable<Result<ObjectList>> List(Resource resource, std::string ns, ListOptions options) {
    Result<ObjectList> list = co_await ListPages(resource, ns, options, kPage);
    if (list || !list.error().IsExpired()) co_return std::move(list);
    Result<ObjectList> whole = co_await ListPages(resource, ns, options, 0);
    co_return std::move(whole);
  }

 private:
  Awaitable<Result<ObjectList>> ListPages(Resource resource, std::string ns, ListOptions options,
                                          int limit) {
    const std::string path = ResourcePath(resource, {ns, ""}, "");
    ObjectList list;
    std::string next;
    do {
      HttpRequest request = Request("GET", path,
                                    {{"labelSelector", options.label_selector},
                                     {"fieldSelector", options.field_selector},
                                     {"limit", limit > 0 ? std::to_string(limit) : ""},
                                     {"continue", next}});
      Result<Json> page = co_await session.Call(std::move(request));
      if (!page) co_return tl::make_unexpected(std::move(page.error()));
      next = TextAt(*page, "/metadata/continue");
      list.resource_version = ResourceVersionOf(*page);
      TakeItems(resource, *page, list);
    } while (!next.empty());
    co_return std::move(list);
  }

  static void TakeItems(const Resource& resource, Json& page, ObjectList& list) {
    const auto items = page.find("items");
    if (items == page.end() || !items->is_array()) return;
    const std::string kind(resource.kind);
    for (Json& item : *items) {
      if (!item.is_object()) continue;
      list.items.push_back(ItemOf(std::move(item), resource.ApiVersion(), kind));
    }
  }

  std::string base_path_;

 public:
  Session session;
};

Client::Client(boost::asio::any_io_executor executor, Access access, ClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(access), std::move(options))) {}

Client::~Client() = default;

base::Logger* Client::log() const { return impl_->session.log(); }

Awaitable<Result<Object>> Client::Get(const Resource& resource, const Key& key) {
  return impl_->CallForObject(impl_->Request("GET", ResourcePath(resource, key, ""), {}));
}

Awaitable<Result<ObjectList>> Client::List(const Resource& resource, std::string ns,
                                           ListOptions options) {
  return impl_->List(resource, std::move(ns), std::move(options));
}

Awaitable<Result<Object>> Client::Create(const Resource& resource, const Json& object,
                                         std::string field_manager) {
  const std::string path = ResourcePath(resource, {KeyOf(object).ns, ""}, "");
  return impl_->CallForObject(
      impl_->Request("POST", path, {{"fieldManager", field_manager}}, kJson, object));
}

Awaitable<Result<Object>> Client::Update(const Resource& resource, const Json& object,
                                         std::string field_manager) {
  const std::string path = ResourcePath(resource, KeyOf(object), "");
  return impl_->CallForObject(
      impl_->Request("PUT", path, {{"fieldManager", field_manager}}, kJson, object));
}

Awaitable<Result<Object>> Client::Apply(const Resource& resource, const Json& object,
                                        ApplyOptions options) {
  const std::string path = ResourcePath(resource, KeyOf(object), options.subresource);
  const Query query{{"fieldManager", options.field_manager},
                    {"force", options.force ? "true" : "false"}};
  return impl_->CallForObject(impl_->Request("PATCH", path, query, kApplyPatch, object));
}

Awaitable<Result<Object>> Client::Merge(const Resource& resource, const Key& key, const Json& patch,
                                        std::string field_manager) {
  const std::string path = ResourcePath(resource, key, "");
  return impl_->CallForObject(
      impl_->Request("PATCH", path, {{"fieldManager", field_manager}}, kMergePatch, patch));
}

Awaitable<Result<void>> Client::Delete(const Resource& resource, const Key& key,
                                       const Preconditions& preconditions) {
  const std::string path = ResourcePath(resource, key, "");
  return impl_->CallForNothing(
      impl_->Request("DELETE", path, {}, kJson, DeleteOptions(preconditions)));
}

Awaitable<Result<void>> Client::Watch(const Resource& resource, std::string ns,
                                      WatchOptions options, std::function<void(WatchEvent)> each) {
  const Query query{{"watch", "true"},
                    {"allowWatchBookmarks", "true"},
                    {"labelSelector", options.label_selector},
                    {"fieldSelector", options.field_selector},
                    {"resourceVersion", options.resource_version},
                    {"timeoutSeconds", std::to_string(options.timeout.count())}};
  HttpRequest request =
      impl_->Request("GET", ResourcePath(resource, {std::move(ns), ""}, ""), query);
  return impl_->session.Follow(std::move(request), std::move(options), std::move(each));
}

Awaitable<Result<std::string>> Client::ServerVersion() {
  constexpr auto kVersion = [](Impl* impl, HttpRequest request) -> Awaitable<Result<std::string>> {
    Result<Json> json = co_await impl->session.Call(std::move(request));
    if (!json) co_return tl::make_unexpected(std::move(json.error()));
    co_return TextAt(*json, "/gitVersion");
  };
  return kVersion(impl_.get(), impl_->Request("GET", "/version", {}));
}

}  // namespace monoceros::kube
