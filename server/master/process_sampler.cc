// SPDX-License-Identifier: Apache-2.0
#include "master/process_sampler.h"

#include <dirent.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <memory>
#include <string_view>

namespace monoceros::master {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

pid_t NumberOf(const char* name) {
  pid_t number = 0;
  const std::string_view text(name);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? number : 0;
}

}  // namespace

CpuReader::Times CpuReader::ReadGrowth() {
  const std::string tasks = folder_ + "/task";
  const Folder folder(::opendir(tasks.c_str()));
  Times growth;
  std::map<pid_t, Times> now;
  while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
    const pid_t thread = NumberOf(entry->d_name);
    Times times;
    if (thread == 0) continue;
    if (!(std::ifstream(tasks + "/" + entry->d_name + "/schedstat") >> times.cpu >>
          times.run_queue)) {
      continue;
    }
    const Times before = last_[thread];
    // Less than before: the number belongs to another thread now.
    const bool same = times.cpu >= before.cpu && times.run_queue >= before.run_queue;
    growth.cpu += times.cpu - (same ? before.cpu : 0);
    growth.run_queue += times.run_queue - (same ? before.run_queue : 0);
    now[thread] = times;
  }
  last_ = std::move(now);
  return growth;
}

bool IsStopped(const std::string& folder) {
  std::ifstream file(folder + "/stat");
  std::string text;
  std::getline(file, text);
  // The name before it is in parentheses and may hold anything.
  const size_t name_end = text.rfind(") ");
  return name_end != std::string::npos && text.size() > name_end + 2 && text[name_end + 2] == 'T';
}

std::optional<uint64_t> ReadRss(const std::string& folder) {
  uint64_t size = 0;
  uint64_t resident = 0;
  if (!(std::ifstream(folder + "/statm") >> size >> resident)) return {};
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::optional<uint64_t> ReadPss(const std::string& folder) {
  std::ifstream file(folder + "/smaps_rollup");
  std::string line;
  std::getline(file, line);  // the range
  std::string name;
  uint64_t kibibytes = 0;
  while (file >> name >> kibibytes && std::getline(file, line)) {
    if (name == "Pss:") return kibibytes * 1024;
  }
  return {};
}

}  // namespace monoceros::master
