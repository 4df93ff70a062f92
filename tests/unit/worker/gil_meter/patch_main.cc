// SPDX-License-Identifier: Apache-2.0
// Patches the library named on the command line in this process, on the machine that this was built
// for, and looks at what is counted. No test framework: it runs under an emulator too.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "worker/gil_meter/account.h"
#include "worker/gil_meter/loaded_objects.h"
#include "worker/gil_meter/slot_patch.h"

namespace monoceros::gil_meter {
namespace {

void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not true: %s\n", what);
  std::exit(1);
}

struct Library {
  explicit Library(const char* path) : handle(::dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    Expect(handle != nullptr, "the library can be loaded");
    take = reinterpret_cast<int (*)()>(::dlsym(handle, "fixture_take"));
    forced_switch = reinterpret_cast<int (*)()>(::dlsym(handle, "fixture_switch"));
  }
  void* handle;
  int (*take)();
  int (*forced_switch)();
};

bool IsWritable(uintptr_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    size_t dash, space;
    const uintptr_t begin = std::stoul(line, &dash, 16);
    const uintptr_t end = std::stoul(line.substr(dash + 1), &space, 16);
    if (address >= begin && address < end) return line[dash + 1 + space + 2] == 'w';
  }
  return false;
}

bool Patch(const LoadedObject& object, SlotPatch& patch) {
  return patch.Replace(object, "pthread_cond_timedwait",
                       reinterpret_cast<const void*>(&AccountTimedWait)) &&
         patch.Replace(object, "pthread_cond_wait", reinterpret_cast<const void*>(&AccountWait));
}

void ExpectProtectedAsBefore(const LoadedObject& object) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (const uintptr_t slot : object.FindSlots("pthread_cond_timedwait")) {
    Expect(IsWritable(slot) != object.IsReadOnlyAfterRelocation(slot, page),
           "pages are protected as before");
  }
}

void ExpectCounted(const Library& library, uint64_t waits, uint64_t switches) {
  Expect(library.take() == 3, "the library waits three times");
  Expect(library.forced_switch() == 0, "the library switches");
  Expect(OwnSums().waits == waits, "a wait in pieces counts once, if patched");
  Expect((OwnSums().switches != 0) == (switches != 0), "a forced switch counts, if patched");
}

void Run(const char* path) {
  const Library library(path);
  ExpectCounted(library, 0, 0);
  const bool found =
      VisitObjectOf(reinterpret_cast<uintptr_t>(library.take), [&](const LoadedObject& object) {
        SlotPatch patch;
        Expect(Patch(object, patch), "both functions have slots");
        ExpectProtectedAsBefore(object);
        ExpectCounted(library, 1, 1);
      });
  Expect(found, "the library is found");
  ExpectCounted(library, 1, 1);
  Expect(OwnSums().wait > 0, "waits take time");
}

}  // namespace
}  // namespace monoceros::gil_meter

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  monoceros::gil_meter::Run(argv[1]);
  std::puts("patched");
}
