// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/python/python.h"

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "worker/python/ref.h"

namespace monoceros::python {

// Strings that were made before, found by their bytes. Direct-mapped: an entry is replaced by the
// next one that falls on its place, so that clients who invent values cost no memory.
template <size_t kPlaces>
class StringCache {
 public:
  using Maker = Ref (*)(std::string_view);

  // What `make` gave for `bytes` once. Null with an exception pending when `make` fails.
  PyObject* Find(std::string_view bytes, Maker make) {
    Entry& entry = entries_[std::hash<std::string_view>{}(bytes) % kPlaces];
    if (entry.text && entry.bytes == bytes) return entry.text.get();
    Ref text = make(bytes);
    if (!text) return nullptr;
    entry.bytes = bytes;
    entry.text = std::move(text);
    return entry.text.get();
  }

 private:
  struct Entry {
    std::string bytes;
    Ref text;
  };
  std::array<Entry, kPlaces> entries_;
};

}  // namespace monoceros::python
