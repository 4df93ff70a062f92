// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kube/object.h"

namespace monoceros::api {

// Reads the fields of one JSON object. A field that is absent or null is left as it was; the first
// of a wrong type is remembered with its path and ends up in `error`.
class Fields {
 public:
  // `path` ("spec") names the object in errors; `object` outlives this. `error` is shared by the
  // readers of one document.
  Fields(const kube::Json& object, std::string path, std::optional<base::Error>& error);

  void Read(std::string_view name, std::string& into);
  void Read(std::string_view name, bool& into);
  void Read(std::string_view name, std::map<std::string, std::string>& into);
  template <typename Integer>
  void Read(std::string_view name, Integer& into);
  template <typename Integer>
  void Read(std::string_view name, std::optional<Integer>& into);
  // Any value of the given JSON type.
  void Read(std::string_view name, kube::Json::value_t type, kube::Json& into);
  // Absent or empty text is an error.
  void Require(std::string_view name, std::string& into);

 private:
  const kube::Json* Find(std::string_view name) const;
  // A whole number from `least` to `greatest`, or the error is set.
  std::optional<int64_t> Number(std::string_view name, int64_t least, int64_t greatest);
  void Refuse(std::string_view name, std::string_view expected);

  const kube::Json& object_;
  std::string path_;
  std::optional<base::Error>& error_;
};

}  // namespace monoceros::api
