// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

namespace monoceros::agent {

// Builds a file as prometheus_client does.
class AppMetricsBytes {
 public:
  // `time` false: the layout of versions before 0.17.
  explicit AppMetricsBytes(bool time = true) : time_(time) {}

  AppMetricsBytes& Add(const std::string& key, double value, double time = 0) {
    AppendRaw(static_cast<int32_t>(key.size()));
    bytes_ += key + std::string(8 - (key.size() + 4) % 8, ' ');
    AppendRaw(value);
    if (time_) AppendRaw(time);
    return *this;
  }

  // With the size of the file that the client allocates.
  std::string Take() const {
    const auto used = static_cast<int32_t>(8 + bytes_.size());
    std::string file(reinterpret_cast<const char*>(&used), sizeof used);
    file += std::string(4, '\0') + bytes_;
    file.resize(std::max<size_t>(file.size(), 1 << 16));
    return file;
  }

 private:
  template <typename T>
  void AppendRaw(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }

  bool time_;
  std::string bytes_;
};

}  // namespace monoceros::agent
