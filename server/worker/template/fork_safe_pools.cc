// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <link.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "worker/template/hazards.h"

namespace monoceros::worker {
namespace {

// A library that registers pthread_atfork handlers for its pool, and the functions (of its builds)
// that say how many threads compute, the caller's among them.
struct ForkSafePool {
  std::string_view library;  // part of the file name
  std::array<const char*, 4> counters;
};

constexpr std::array<ForkSafePool, 1> kPools = {{
    // blas_server.c: blas_thread_shutdown before a fork; the pool starts again at the first use.
    {"openblas",
     {"openblas_get_num_threads", "openblas_get_num_threads64_",
      "scipy_openblas_get_num_threads64_", "scipy_openblas_get_num_threads"}},
}};

std::vector<std::string> LoadedLibraries() {
  std::vector<std::string> names;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* list) {
        static_cast<std::vector<std::string>*>(list)->emplace_back(info->dlpi_name);
        return 0;
      },
      &names);
  return names;
}

size_t CountIn(const std::string& library, const ForkSafePool& pool) {
  void* handle = ::dlopen(library.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return 0;
  int threads = 0;
  for (const char* name : pool.counters) {
    void* symbol = ::dlsym(handle, name);
    if (symbol == nullptr) continue;
    threads = reinterpret_cast<int (*)()>(symbol)();
    break;
  }
  ::dlclose(handle);
  return threads > 1 ? static_cast<size_t>(threads) - 1 : 0;
}

}  // namespace

size_t CountForkSafeThreads() {
  size_t threads = 0;
  for (const std::string& library : LoadedLibraries()) {
    const size_t slash = library.rfind('/');
    for (const ForkSafePool& pool : kPools) {
      if (slash != std::string::npos && library.find(pool.library, slash) != std::string::npos) {
        threads += CountIn(library, pool);
      }
    }
  }
  return threads;
}

}  // namespace monoceros::worker
