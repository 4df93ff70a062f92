// SPDX-License-Identifier: Apache-2.0
#include "worker/gil_meter/loaded_object.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace monoceros::gil_meter {
namespace {

constexpr uintptr_t kPage = 4096;
struct alignas(kPage) Page {
  std::byte bytes[kPage] = {};
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The segments of an ELF file in memory as the kernel lays them out; nothing is relocated.
class Image {
 public:
  explicit Image(const std::string& file) {
    Elf64_Ehdr header;
    std::memcpy(&header, file.data(), sizeof header);
    machine_ = header.e_machine;
    segments_.resize(header.e_phnum);
    std::memcpy(segments_.data(), file.data() + header.e_phoff,
                segments_.size() * sizeof(Elf64_Phdr));
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type != PT_LOAD) continue;
      const size_t end = segment.p_vaddr + segment.p_memsz;
      pages_.resize(std::max(pages_.size(), end / kPage + 1));
      std::memcpy(memory().data() + segment.p_vaddr, file.data() + segment.p_offset,
                  segment.p_filesz);
    }
  }

  LoadedObject Object() const { return {bias(), segments_, machine_}; }
  LoadedObject ObjectOf(uint16_t machine) const { return {bias(), segments_, machine}; }
  uintptr_t bias() const { return reinterpret_cast<uintptr_t>(pages_.data()); }
  std::span<std::byte> memory() { return std::as_writable_bytes(std::span(pages_)); }
  uint16_t machine() const { return machine_; }

 private:
  uint16_t machine_ = 0;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Page> pages_;
};

struct Fixture {
  std::string file;
  uint16_t machine;

  friend void PrintTo(const Fixture& fixture, std::ostream* out) { *out << fixture.file; }
};

class LoadedObjects : public ::testing::TestWithParam<Fixture> {
 protected:
  Image image_{ReadFile(MONOCEROS_GIL_FIXTURES "/" + GetParam().file)};
  const std::string kind_ = GetParam().file;
};

TEST_P(LoadedObjects, have_slots_for_functions_that_they_call) {
  EXPECT_EQ(image_.machine(), GetParam().machine);
  const LoadedObject object = image_.Object();
  EXPECT_FALSE(object.FindSlots("pthread_cond_wait").empty());
  EXPECT_FALSE(object.FindSlots("pthread_cond_timedwait").empty());
  for (const uintptr_t slot : object.FindSlots("pthread_cond_timedwait")) {
    EXPECT_TRUE(object.Contains(slot));
    EXPECT_EQ(slot % sizeof(void*), 0U);
  }
}

TEST_P(LoadedObjects, names_are_compared_whole) {
  const LoadedObject object = image_.Object();
  EXPECT_TRUE(object.FindSlots("pthread_cond_timed").empty());
  EXPECT_TRUE(object.FindSlots("cond_wait").empty());
  EXPECT_TRUE(object.FindSlots("pthread_cond_wait2").empty());
}

TEST_P(LoadedObjects, know_which_slots_are_read_only) {
  const LoadedObject object = image_.Object();
  const std::vector<uintptr_t> slots = object.FindSlots("pthread_cond_wait");
  ASSERT_FALSE(slots.empty());
  // With lazy binding the slots of calls stay writable.
  const bool lazy = kind_.find("lazy") != std::string::npos;
  for (const uintptr_t slot : slots) {
    EXPECT_NE(object.IsReadOnlyAfterRelocation(slot, kPage), lazy);
  }
  EXPECT_FALSE(object.IsReadOnlyAfterRelocation(image_.bias(), kPage));
}

TEST_P(LoadedObjects, of_another_machine_have_none) {
  const uint16_t other = image_.machine() == EM_X86_64 ? EM_AARCH64 : EM_X86_64;
  EXPECT_TRUE(image_.ObjectOf(other).FindSlots("pthread_cond_wait").empty());
  EXPECT_TRUE(image_.ObjectOf(EM_RISCV).FindSlots("pthread_cond_wait").empty());
}

TEST_P(LoadedObjects, with_damaged_tables_are_read_without_leaving_the_image) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    Image damaged = image_;
    for (int i = 0; i < 40; ++i) {
      damaged.memory()[random() % damaged.memory().size()] = static_cast<std::byte>(random());
    }
    const LoadedObject object = damaged.Object();
    for (const uintptr_t slot : object.FindSlots("pthread_cond_timedwait")) {
      EXPECT_TRUE(object.Contains(slot));
    }
  }
}

// Files of this machine, and of another one where its compiler and an emulator are installed.
std::vector<Fixture> Fixtures() {
  std::vector<Fixture> fixtures;
  for (const std::string machine : {MONOCEROS_GIL_MACHINE, MONOCEROS_GIL_FOREIGN_MACHINE}) {
    if (machine.empty()) continue;
    for (const char* kind : {"now", "lazy", "noplt"}) {
      fixtures.push_back({machine + "-" + kind + ".so",
                          static_cast<uint16_t>(machine == "aarch64" ? EM_AARCH64 : EM_X86_64)});
    }
  }
  return fixtures;
}

INSTANTIATE_TEST_SUITE_P(Kinds, LoadedObjects, ::testing::ValuesIn(Fixtures()),
                         [](const auto& info) {
                           std::string name = info.param.file;
                           name.resize(name.size() - 3);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// Runs the program that patches one library of each kind in a real process of `machine`.
void ExpectPatched(const std::string& emulator, const std::string& machine) {
  const std::string folder = MONOCEROS_GIL_FIXTURES "/" + machine + "-";
  for (const char* kind : {"now", "lazy", "noplt"}) {
    const std::string command = emulator + " " + folder + "patch " + folder + kind + ".so >&2";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  }
}

TEST(SlotPatch, counts_and_takes_itself_back) { ExpectPatched("", MONOCEROS_GIL_MACHINE); }

TEST(SlotPatch, counts_and_takes_itself_back_on_aarch64) {
  const std::string machine = MONOCEROS_GIL_FOREIGN_MACHINE;
  if (machine.empty()) GTEST_SKIP() << "needs g++-aarch64-linux-gnu and qemu-user";
  ExpectPatched(MONOCEROS_GIL_EMULATOR, machine);
}

}  // namespace
}  // namespace monoceros::gil_meter
