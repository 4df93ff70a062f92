// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "scoreboard/scoreboard.h"
#include "stacks/interpreter.h"
#include "stacks/report.h"

namespace monoceros::stacks {
namespace {

constexpr uint64_t kCodeType = 0x1000;
constexpr uint64_t kTextType = 0x2000;
constexpr uint64_t kBytesType = 0x3000;

// A small made-up interpreter: every struct's fields are 8 bytes apart.
MonocerosStackTable MakeTable() {
  MonocerosStackTable table{};
  table.magic = MONOCEROS_STACK_TABLE_MAGIC;
  table.version = MONOCEROS_STACK_TABLE_VERSION;
  table.bytes = sizeof table;
  table.runtime = 0x10000;
  table.code_type = kCodeType;
  table.text_type = kTextType;
  table.bytes_type = kBytesType;
  table.gil = 16;
  table.interpreter_threads = 8;
  table.gil_holder = 8;
  table.thread_native_id = 8;
  table.thread_frame = 16;
  table.frame_previous = 8;
  table.frame_instruction = 16;
  table.frame_owner = 24;
  table.frame_owner_c_stack = 3;
  table.code_file = 8;
  table.code_name = 16;
  table.code_lines = 24;
  table.code_first_line = 32;
  table.code_instructions = 40;
  table.text_length = 8;
  table.text_state = 16;
  table.text_kind_shift = 2;
  table.text_compact = 1 << 5;
  table.text_ascii = 1 << 6;
  table.text_ascii_data = 24;
  table.text_data = 32;
  table.bytes_length = 8;
  table.bytes_data = 16;
  return table;
}

// Memory of bytes written one by one; everything else is unreadable.
class FakeMemory final : public RemoteMemory {
 public:
  bool Read(uint64_t address, std::span<std::byte> bytes) const override {
    ++reads;
    for (std::byte& byte : bytes) {
      const auto found = bytes_.find(address++);
      if (found == bytes_.end()) return false;
      byte = found->second;
    }
    return true;
  }
  template <typename T>
  void Put(uint64_t address, const T& value) {
    for (const std::byte byte : std::as_bytes(std::span(&value, 1))) bytes_[address++] = byte;
  }
  void PutWords(uint64_t address, std::initializer_list<uint64_t> words) {
    for (const uint64_t word : words) {
      Put(address, word);
      address += 8;
    }
  }
  void PutText(uint64_t address, std::string_view text, int64_t length = -1) {
    PutWords(address, {kTextType, static_cast<uint64_t>(length < 0 ? text.size() : length),
                       1 << 2 | 1 << 5 | 1 << 6});
    for (size_t at = 0; at < text.size() + 8; ++at) {
      Put(address + 24 + at, at < text.size() ? text[at] : '\0');
    }
  }

  mutable size_t reads = 0;

 private:
  std::map<uint64_t, std::byte> bytes_;
};

// One interpreter (0x20000) with one thread (0x30000) in function "f" of "app.py" (code 0x50000).
class Reader : public ::testing::Test {
 protected:
  Reader() {
    memory.PutWords(0x10000, {0x20000});
    memory.PutWords(0x20000, {0, 0x30000, 0x28000});
    memory.PutWords(0x28000, {1, 0x30000});
    memory.PutWords(0x30000, {0, 77, 0x40000});
    memory.PutWords(0x40000, {0x50000, 0, 0x50000 + 40 + 2, 0});
    memory.PutWords(0x50000, {kCodeType, 0x60000, 0x61000, 0x62000, 10});
    memory.PutText(0x60000, "app.py");
    memory.PutText(0x61000, "f");
    // One entry of a unit on the first line, one on the next.
    memory.PutWords(0x62000, {kBytesType, 5});
    const std::array<uint8_t, 8> lines{0x80, 0, 0x80 | 11 << 3, 0, 0};
    memory.Put(0x62010, lines);
  }
  std::vector<PythonThread> Threads() { return ReadThreads(memory, table); }

  FakeMemory memory;
  MonocerosStackTable table = MakeTable();
};

TEST_F(Reader, finds_threads_and_their_frames) {
  const auto threads = Threads();
  ASSERT_EQ(threads.size(), 1U);
  EXPECT_EQ(threads[0].native_id, 77U);
  EXPECT_TRUE(threads[0].holds_gil);
  ASSERT_EQ(threads[0].stack.frames.size(), 1U);
  EXPECT_EQ(threads[0].stack.frames[0].function, "f");
  EXPECT_EQ(threads[0].stack.frames[0].file, "app.py");
  EXPECT_EQ(threads[0].stack.frames[0].line, 11U);
  EXPECT_FALSE(threads[0].stack.moving);
}

TEST_F(Reader, a_free_gil_has_no_holder) {
  memory.PutWords(0x28000, {0, 0x30000});
  EXPECT_FALSE(Threads()[0].holds_gil);
}

TEST_F(Reader, frames_of_c_are_left_out) {
  memory.PutWords(0x40000, {0xdead, 0x41000, 0, 3});
  memory.PutWords(0x41000, {0x50000, 0, 0x50000 + 40, 0});
  ASSERT_EQ(Threads()[0].stack.frames.size(), 1U);
  EXPECT_EQ(Threads()[0].stack.frames[0].line, 10U);
}

TEST_F(Reader, a_ring_of_frames_is_cut) {
  memory.PutWords(0x40000, {0x50000, 0x40000, 0, 0});
  const Stack stack = Threads()[0].stack;
  EXPECT_EQ(stack.frames.size(), kMaxFrames);
  EXPECT_TRUE(stack.cut);
}

TEST_F(Reader, a_ring_of_c_frames_is_left) {
  memory.PutWords(0x40000, {0, 0x40000, 0, 3});
  EXPECT_TRUE(Threads()[0].stack.frames.empty());
  EXPECT_TRUE(Threads()[0].stack.cut);
}

TEST_F(Reader, rings_of_threads_and_interpreters_come_to_an_end) {
  memory.PutWords(0x30000, {0x30000, 77, 0});
  memory.PutWords(0x20000, {0x20000, 0x30000, 0x28000});
  EXPECT_LE(Threads().size(), 4096U);
}

TEST_F(Reader, what_is_no_code_object_is_no_frame) {
  memory.PutWords(0x50000, {kTextType});
  EXPECT_TRUE(Threads()[0].stack.frames.empty());
}

TEST_F(Reader, texts_are_cut_at_their_limit) {
  memory.PutText(0x61000, std::string(kMaxText + 1000, 'x'));
  EXPECT_EQ(Threads()[0].stack.frames[0].function.size(), kMaxText);
}

TEST_F(Reader, a_text_with_a_wrong_length_or_kind_is_not_read) {
  for (const uint64_t length : {uint64_t{1} << 40, UINT64_MAX}) {
    memory.PutText(0x61000, "f");
    memory.Put(0x61008, length);
    EXPECT_EQ(Threads()[0].stack.frames[0].function, "?") << length;
  }
  memory.PutText(0x61000, "f");
  memory.Put(0x61010, uint64_t{3 << 2 | 1 << 5 | 1 << 6});
  EXPECT_EQ(Threads()[0].stack.frames[0].function, "?");
}

TEST_F(Reader, texts_of_every_width_become_utf8) {
  const auto put = [this](uint64_t width, auto units) {
    memory.PutWords(0x61000, {kTextType, units.size(), width << 2 | 1 << 5, 0});
    memory.Put(0x61020, units);
    return Threads()[0].stack.frames[0].function;
  };
  EXPECT_EQ(put(1, std::array<uint8_t, 2>{'a', 0xe9}), "a\u00e9");
  EXPECT_EQ(put(2, std::array<uint16_t, 2>{0x20ac, 0xd800}), "\u20ac\ufffd");
  EXPECT_EQ(put(4, std::array<uint32_t, 2>{0x1f409, 0x7fffffff}), "\U0001f409\ufffd");
}

TEST_F(Reader, lines_that_cannot_be_read_are_left_out) {
  memory.PutWords(0x62000, {kBytesType, uint64_t{1} << 40});
  EXPECT_EQ(Threads()[0].stack.frames[0].line, 0U);
}

TEST_F(Reader, a_function_that_was_just_entered_is_at_its_first_line) {
  memory.PutWords(0x40000, {0x50000, 0, 0x50000 + 40 - 2, 0});
  EXPECT_EQ(Threads()[0].stack.frames[0].line, 10U);
}

// A thread that runs: every look at its frame finds another one.
class MovingMemory final : public RemoteMemory {
 public:
  explicit MovingMemory(FakeMemory& memory) : memory_(memory) {}
  bool Read(uint64_t address, std::span<std::byte> bytes) const override {
    if (address == 0x30010) memory_.Put(address, uint64_t{0x40000} + 0x2000 * (++looks_ % 2));
    return memory_.Read(address, bytes);
  }

 private:
  FakeMemory& memory_;
  mutable uint64_t looks_ = 0;
};

TEST_F(Reader, functions_that_come_and_go_inside_of_one_that_stays_are_a_stack) {
  memory.PutWords(0x42000, {0x50000, 0x40000, 0x50000 + 40, 0});
  const auto threads = ReadThreads(MovingMemory(memory), table);
  EXPECT_FALSE(threads[0].stack.moving);
  EXPECT_FALSE(threads[0].stack.frames.empty());
}

TEST_F(Reader, a_stack_that_does_not_stand_still_is_given_and_marked) {
  memory.PutWords(0x42000, {0x50000, 0, 0x50000 + 40, 0});
  const auto threads = ReadThreads(MovingMemory(memory), table);
  EXPECT_TRUE(threads[0].stack.moving);
  EXPECT_FALSE(threads[0].stack.frames.empty());
}

// Every address can be read and holds anything.
class RandomMemory final : public RemoteMemory {
 public:
  explicit RandomMemory(unsigned seed) : random_(seed) {}
  bool Read(uint64_t, std::span<std::byte> bytes) const override {
    ++reads;
    std::ranges::generate(bytes, [this] { return static_cast<std::byte>(Next()); });
    return Next() % 16 != 0;
  }
  mutable size_t reads = 0;

 private:
  // Of eight bytes of a number of the generator one after the other: much is read.
  uint64_t Next() const {
    word_ = word_ < 256 ? random_() : word_ >> 8;
    return word_;
  }
  mutable std::mt19937_64 random_;
  mutable uint64_t word_ = 0;
};

TEST(HostileMemory, is_read_within_bounds) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    const RandomMemory memory(seed);
    ReadThreads(memory, MakeTable());
    EXPECT_LT(memory.reads, 100'000'000U);
  }
}

TEST(HostileMemory, tables_of_random_offsets_do_no_harm) {
  std::mt19937_64 random(7);
  for (unsigned seed = 0; seed < 10; ++seed) {
    MonocerosStackTable table;
    for (std::byte& byte : std::as_writable_bytes(std::span(&table, 1))) {
      byte = static_cast<std::byte>(random());
    }
    ReadThreads(RandomMemory(seed), table);
  }
}

TEST(Table, of_another_kind_or_version_is_refused) {
  FakeMemory memory;
  MonocerosStackTable table = MakeTable();
  memory.Put(0x9000, table);
  EXPECT_TRUE(ReadTable(memory, 0x9000));
  EXPECT_FALSE(ReadTable(memory, 0x9008));
  table.version = MONOCEROS_STACK_TABLE_VERSION + 1;
  memory.Put(0x9000, table);
  EXPECT_FALSE(ReadTable(memory, 0x9000));
}

// Frames that end under a look leave behind what is no code: the next look is believed.
class TornMemory final : public RemoteMemory {
 public:
  explicit TornMemory(FakeMemory& memory) : memory_(memory) {}
  bool Read(uint64_t address, std::span<std::byte> bytes) const override {
    if (address == 0x30010)
      memory_.Put(0x40000, ++looks_ <= 4 ? uint64_t{0xdead} : uint64_t{0x50000});
    return memory_.Read(address, bytes);
  }

 private:
  FakeMemory& memory_;
  mutable uint64_t looks_ = 0;
};

TEST_F(Reader, looks_that_found_no_code_are_not_believed_however_often_they_agree) {
  const auto threads = ReadThreads(TornMemory(memory), table);
  ASSERT_EQ(threads[0].stack.frames.size(), 1U);
  EXPECT_FALSE(threads[0].stack.moving);
}

TEST_F(Reader, the_newest_frames_are_read_from_one_copy) {
  table.thread_chunk = 24;
  table.thread_chunk_top = 32;
  memory.PutWords(0x30018, {0x40000, 0x40020});
  EXPECT_EQ(Threads()[0].stack.frames.size(), 1U);
  memory.PutWords(0x30018, {0x40000, 0x99999999});
  EXPECT_EQ(Threads()[0].stack.frames.size(), 1U);
}

TEST(CopiedRange, has_its_bytes_and_leaves_the_rest_where_it_is) {
  FakeMemory memory;
  memory.PutWords(0x100, {1, 2, 3});
  CopiedRange copied(memory);
  copied.Copy(0x108, 8);
  memory.PutWords(0x100, {4, 5, 6});
  EXPECT_EQ(copied.ReadAs<uint64_t>(0x100), 4U);
  EXPECT_EQ(copied.ReadAs<uint64_t>(0x108), 2U);
  EXPECT_EQ(copied.ReadAs<uint64_t>(0x110), 6U);
  EXPECT_EQ(copied.ReadAs<uint32_t>(0x10c), 0U);
  EXPECT_FALSE(copied.ReadAs<uint64_t>(0x114));
}

TEST(ProcessMemory, tells_a_wrong_address_from_a_process_that_is_gone) {
  const uint64_t value = 0x1234567890;
  const ProcessMemory own(::getpid());
  EXPECT_EQ(own.ReadAs<uint64_t>(reinterpret_cast<uintptr_t>(&value)), value);
  EXPECT_FALSE(own.ReadAs<uint64_t>(8));
  EXPECT_EQ(own.Refusal(), 0);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(ProcessMemory(child).Refusal(), ESRCH);
}

TEST(Report, says_what_cannot_be_read) {
  const base::Fd memory = std::move(scoreboard::Scoreboard::CreateMemory(1, 1).value());
  const auto board = std::move(scoreboard::Scoreboard::Open(memory, true).value());
  EXPECT_EQ(MakeReport(board, 7, ::getpid()).note,
            "worker slot 7 has no process " + std::to_string(::getpid()));
  EXPECT_EQ(MakeReport(board, 0, ::getpid()).threads.size(), 0U);
  board.worker(0).pid = ::getpid();
  const Report report = MakeReport(board, 0, ::getpid());
  EXPECT_NE(report.note.find("is no worker"), std::string::npos) << report.note;
  const auto json = nlohmann::json::parse(ToJson(report));
  EXPECT_EQ(json["pid"], ::getpid());
  EXPECT_EQ(json["threads"], nlohmann::json::array());
  EXPECT_EQ(json["source"], "outside");
}

TEST(Report, times_are_seconds_and_foreign_bytes_are_mended) {
  Report report;
  report.threads.push_back({1, "th", "running", "GET /\xff", 1'500'000'000, {{"f", "a.py", 3}}});
  const auto json = nlohmann::json::parse(ToJson(report));
  EXPECT_EQ(json["threads"][0]["request_age"], 1.5);
  EXPECT_EQ(json["threads"][0]["request"], "GET /\ufffd");
  EXPECT_EQ(json["threads"][0]["frames"][0]["line"], 3);
}

}  // namespace
}  // namespace monoceros::stacks
