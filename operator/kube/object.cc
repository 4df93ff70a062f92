// SPDX-License-Identifier: Apache-2.0
#include "kube/object.h"

#include <charconv>
#include <optional>

namespace monoceros::kube {
namespace {

// One step of a JSON pointer (RFC 6901): "~1" is '/', "~0" is '~'.
std::string Unescaped(std::string_view token) {
  std::string plain;
  for (size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size();
    if (escape && (token[i + 1] == '0' || token[i + 1] == '1')) {
      plain += token[++i] == '0' ? '~' : '/';
    } else {
      plain += token[i];
    }
  }
  return plain;
}

const Json* Element(const Json& array, const std::string& token) {
  size_t index = 0;
  const char* end = token.data() + token.size();
  const auto parsed = std::from_chars(token.data(), end, index);
  if (parsed.ec != std::errc() || parsed.ptr != end || index >= array.size()) return nullptr;
  return &array[index];
}

const Json* Step(const Json& value, const std::string& token) {
  if (value.is_array()) return Element(value, token);
  if (!value.is_object()) return nullptr;
  const auto found = value.find(token);
  return found == value.end() ? nullptr : &*found;
}

const Json& Null() {
  static const Json kNull;
  return kNull;
}

}  // namespace

std::string Resource::ApiVersion() const {
  if (group.empty()) return std::string(version);
  return std::string(group) + "/" + std::string(version);
}

Key KeyOf(const Json& object) {
  return {TextAt(object, "/metadata/namespace"), TextAt(object, "/metadata/name")};
}

std::string UidOf(const Json& object) { return TextAt(object, "/metadata/uid"); }

std::string ResourceVersionOf(const Json& object) {
  return TextAt(object, "/metadata/resourceVersion");
}

const Json& At(const Json& object, std::string_view pointer) {
  const Json* value = &object;
  if (!pointer.empty() && pointer.front() != '/') return Null();
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    value = Step(*value, Unescaped(token));
    if (value == nullptr) return Null();
  }
  return *value;
}

std::string TextAt(const Json& object, std::string_view pointer, std::string otherwise) {
  const Json& value = At(object, pointer);
  return value.is_string() ? value.get<std::string>() : std::move(otherwise);
}

int64_t NumberAt(const Json& object, std::string_view pointer, int64_t otherwise) {
  const Json& value = At(object, pointer);
  return value.is_number_integer() ? value.get<int64_t>() : otherwise;
}

}  // namespace monoceros::kube
