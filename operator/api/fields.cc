// SPDX-License-Identifier: Apache-2.0
#include "api/fields.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace monoceros::api {
namespace {

using kube::Json;

std::string_view TypeText(Json::value_t type) {
  return type == Json::value_t::array ? "a list is expected" : "a mapping is expected";
}

}  // namespace

Fields::Fields(const Json& object, std::string path, std::optional<base::Error>& error)
    : object_(object), path_(std::move(path)), error_(error) {}

const Json* Fields::Find(std::string_view name) const {
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void Fields::Refuse(std::string_view name, std::string_view expected) {
  if (!error_) error_ = base::Error{fmt::format("{}.{}: {}", path_, name, expected)};
}

void Fields::Read(std::string_view name, std::string& into) {
  const Json* value = Find(name);
  if (value == nullptr) return;
  if (!value->is_string()) return Refuse(name, "a text is expected");
  into = value->get<std::string>();
}

void Fields::Read(std::string_view name, bool& into) {
  const Json* value = Find(name);
  if (value == nullptr) return;
  if (!value->is_boolean()) return Refuse(name, "true or false is expected");
  into = value->get<bool>();
}

void Fields::Read(std::string_view name, std::map<std::string, std::string>& into) {
  const Json* value = Find(name);
  if (value == nullptr) return;
  if (!value->is_object()) return Refuse(name, TypeText(Json::value_t::object));
  for (const auto& [key, text] : value->items()) {
    if (!text.is_string()) return Refuse(fmt::format("{}.{}", name, key), "a text is expected");
    into[key] = text.get<std::string>();
  }
}

void Fields::Read(std::string_view name, Json::value_t type, Json& into) {
  const Json* value = Find(name);
  if (value == nullptr) return;
  if (value->type() != type) return Refuse(name, TypeText(type));
  into = *value;
}

void Fields::Require(std::string_view name, std::string& into) {
  Read(name, into);
  if (into.empty()) Refuse(name, "it is needed");
}

std::optional<int64_t> Fields::Number(std::string_view name, int64_t least, int64_t greatest) {
  const Json* value = Find(name);
  if (value == nullptr) return {};
  const bool fits = value->is_number_integer() && value->get<int64_t>() >= least &&
                    value->get<int64_t>() <= greatest;
  if (fits) return value->get<int64_t>();
  Refuse(name, fmt::format("a whole number from {} to {} is expected", least, greatest));
  return {};
}

template <typename Integer>
void Fields::Read(std::string_view name, Integer& into) {
  using Limits = std::numeric_limits<Integer>;
  const auto number = Number(name, int64_t{Limits::min()}, int64_t{Limits::max()});
  if (number) into = static_cast<Integer>(*number);
}

template <typename Integer>
void Fields::Read(std::string_view name, std::optional<Integer>& into) {
  Integer value{};
  if (Find(name) == nullptr) return;
  Read(name, value);
  into = value;
}

template void Fields::Read(std::string_view, int32_t&);
template void Fields::Read(std::string_view, int64_t&);
template void Fields::Read(std::string_view, uint16_t&);
template void Fields::Read(std::string_view, std::optional<int32_t>&);
template void Fields::Read(std::string_view, std::optional<uint32_t>&);

}  // namespace monoceros::api
