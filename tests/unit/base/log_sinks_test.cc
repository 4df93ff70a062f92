// SPDX-License-Identifier: Apache-2.0
#include "base/log_sinks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "base/clock.h"
#include "pipe.h"

namespace monoceros::base {
namespace {

class LogSinks : public testing::Test {
 protected:
  LogSinks() {
    ::signal(SIGPIPE, SIG_IGN);
    std::string pattern = testing::TempDir() + "log_sinks_XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~LogSinks() override {
    ::unlink(Path().c_str());
    ::rmdir(directory_.c_str());
  }

  std::string Path() const { return directory_ + "/log"; }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(Path()).rdbuf();
    return text.str();
  }

  std::string directory_;
};

using OpenLogTest = LogSinks;
using DirectSinkTest = LogSinks;
using ThreadSinkTest = LogSinks;

TEST_F(OpenLogTest, appends_to_a_file) {
  std::ofstream(Path()) << "old\n";
  DirectSink sink(OpenLog(Path(), STDERR_FILENO).value());
  sink.Write("new\n");
  EXPECT_EQ(Text(), "old\nnew\n");
}

TEST_F(OpenLogTest, a_dash_is_a_second_descriptor_of_the_standard_one) {
  const Pipe pipe = MakePipe();
  DirectSink sink(OpenLog("-", pipe.writer.get()).value());
  sink.Write("line\n");
  EXPECT_EQ(ReadUntil(pipe.reader, [](auto& text) { return !text.empty(); }), "line\n");
}

TEST_F(OpenLogTest, leaves_the_flags_of_an_inherited_descriptor_alone) {
  const Pipe pipe = MakePipe();
  const int before = ::fcntl(pipe.writer.get(), F_GETFL);
  {
    DirectSink direct(OpenLog("-", pipe.writer.get()).value());
    ThreadSink threaded(OpenLog("-", pipe.writer.get()).value(), 4096);
    direct.Write("a\n");
    threaded.Write("b\n");
  }
  EXPECT_EQ(::fcntl(pipe.writer.get(), F_GETFL), before);
  EXPECT_EQ(before & O_NONBLOCK, 0);
}

TEST_F(OpenLogTest, an_impossible_path_is_an_error_that_names_it) {
  const auto log = OpenLog(directory_ + "/none/log", STDERR_FILENO);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().message,
            "cannot open the log " + directory_ + "/none/log: No such file or directory");
}

TEST_F(OpenLogTest, a_fifo_without_a_reader_is_an_error_and_no_hang) {
  ASSERT_EQ(::mkfifo(Path().c_str(), 0600), 0);
  EXPECT_FALSE(OpenLog(Path(), STDERR_FILENO));
}

TEST_F(DirectSinkTest, drops_and_counts_lines_when_nobody_reads) {
  Pipe pipe = MakePipe();
  FillPipe(pipe);
  DirectSink sink(std::move(pipe.writer));
  sink.Write("lost\n");
  sink.Write("lost too\n");
  EXPECT_EQ(sink.dropped(), 2u);
}

TEST_F(DirectSinkTest, writes_again_once_there_is_room) {
  Pipe pipe = MakePipe();
  FillPipe(pipe);
  DirectSink sink(std::move(pipe.writer));
  sink.Write("lost\n");
  std::string drained = ReadUntil(pipe.reader, [](auto& text) { return text.size() >= 65536; });
  sink.Write("kept\n");
  EXPECT_EQ(sink.dropped(), 1u);
  EXPECT_EQ(ReadUntil(pipe.reader, [](auto& text) { return !text.empty(); }), "kept\n");
}

TEST_F(DirectSinkTest, a_long_line_arrives_whole_when_there_is_room) {
  Pipe pipe = MakePipe();
  DirectSink sink(std::move(pipe.writer));
  const std::string line = std::string(20'000, 'x') + "\n";
  sink.Write(line);
  EXPECT_EQ(sink.dropped(), 0u);
  EXPECT_EQ(ReadUntil(pipe.reader, [&](auto& text) { return text.size() >= line.size(); }), line);
}

TEST_F(DirectSinkTest, a_line_longer_than_the_pipe_is_cut_counted_and_ended) {
  Pipe pipe = MakePipe();
  DirectSink sink(std::move(pipe.writer));
  sink.Write(std::string(200'000, 'x') + "\n");
  EXPECT_EQ(sink.dropped(), 1u);
  ReadUntil(pipe.reader, [](auto& text) { return text.size() >= 65536; });
  sink.Write("next\n");
  EXPECT_EQ(ReadUntil(pipe.reader, [](auto& text) { return text.ends_with("next\n"); }),
            "\nnext\n");
}

TEST_F(DirectSinkTest, a_gone_reader_is_a_dropped_line) {
  Pipe pipe = MakePipe();
  pipe.reader.Close();
  DirectSink sink(std::move(pipe.writer));
  sink.Write("lost\n");
  EXPECT_EQ(sink.dropped(), 1u);
}

TEST_F(DirectSinkTest, a_full_disk_is_a_dropped_line) {
  DirectSink sink(Fd(::open("/dev/full", O_WRONLY | O_CLOEXEC)));
  sink.Write("lost\n");
  EXPECT_EQ(sink.dropped(), 1u);
}

TEST_F(ThreadSinkTest, writes_every_line_in_order) {
  {
    ThreadSink sink(OpenLog(Path(), STDERR_FILENO).value(), 1 << 20);
    for (int i = 0; i < 1000; ++i) sink.Write(fmt::format("line {}\n", i));
  }
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += fmt::format("line {}\n", i);
  EXPECT_EQ(Text(), expected);
}

TEST_F(ThreadSinkTest, a_line_arrives_without_waiting_for_another) {
  Pipe pipe = MakePipe();
  ThreadSink sink(std::move(pipe.writer), 1 << 20);
  for (const std::string line : {"first\n", "second\n"}) {
    sink.Write(line);
    EXPECT_EQ(ReadUntil(pipe.reader, [](auto& text) { return !text.empty(); }), line);
  }
}

TEST_F(ThreadSinkTest, keeps_the_lines_of_many_threads_whole) {
  constexpr int kThreads = 8;
  constexpr int kLines = 2000;
  {
    ThreadSink sink(OpenLog(Path(), STDERR_FILENO).value(), 16 << 20);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&sink, thread] {
        for (int i = 0; i < kLines; ++i) sink.Write(fmt::format("{} {} end\n", thread, i));
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(sink.dropped(), 0u);
  }
  std::istringstream text(Text());
  std::set<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.insert(line);
  EXPECT_EQ(lines.size(), static_cast<size_t>(kThreads * kLines));
  EXPECT_TRUE(std::all_of(lines.begin(), lines.end(), [](auto& l) { return l.ends_with(" end"); }));
}

TEST_F(ThreadSinkTest, drops_and_counts_when_nobody_reads_and_never_waits) {
  Pipe pipe = MakePipe();
  FillPipe(pipe);
  ThreadSink sink(std::move(pipe.writer), 1000);
  const Nanoseconds start = MonotonicNow();
  for (int i = 0; i < 100; ++i) sink.Write(std::string(99, 'x') + "\n");
  EXPECT_LT(MonotonicNow() - start, FromSeconds(1));
  EXPECT_EQ(sink.dropped(), 90u);
  ReadUntil(pipe.reader, [](auto& text) { return text.size() >= 65536; });
}

TEST_F(ThreadSinkTest, says_how_many_lines_were_dropped_before_the_next_one) {
  Pipe pipe = MakePipe();
  FillPipe(pipe);
  ThreadSink sink(std::move(pipe.writer), 1000);
  for (int i = 0; i < 15; ++i) sink.Write(std::string(99, 'x') + "\n");
  const auto ten_lines = [](auto& text) {
    return std::count(text.begin(), text.end(), '\n') >= 10;
  };
  ReadUntil(pipe.reader, ten_lines);
  // The room is counted as free only once the thread has come back from its write.
  std::string text;
  while (text.find("kept") == std::string::npos) {
    sink.Write("kept\n");
    text += ReadUntil(pipe.reader, [](auto& read) { return !read.empty(); });
  }
  EXPECT_THAT(text,
              testing::MatchesRegex("([5-9]|[1-9][0-9]+) log lines were dropped\nkept\n(.|\n)*"));
}

TEST_F(ThreadSinkTest, the_notice_among_json_lines_is_json) {
  Pipe pipe = MakePipe();
  FillPipe(pipe);
  ThreadSink sink(std::move(pipe.writer), 100);
  sink.Write("{\"long\":\"" + std::string(200, 'x') + "\"}\n");
  ASSERT_EQ(sink.dropped(), 1u);
  sink.Write("{}\n");
  const std::string text =
      ReadUntil(pipe.reader, [](auto& read) { return read.ends_with("{}\n"); });
  EXPECT_TRUE(text.ends_with("{\"message\":\"1 log lines were dropped\",\"dropped\":1}\n{}\n"));
}

TEST_F(ThreadSinkTest, ending_waits_about_a_second_for_a_reader_that_does_not_read) {
  Pipe pipe = MakePipe();
  FillPipe(pipe);
  const Nanoseconds start = MonotonicNow();
  {
    ThreadSink sink(std::move(pipe.writer), 1000);
    sink.Write("lost\n");
  }
  EXPECT_GT(MonotonicNow() - start, FromSeconds(0.5));
  EXPECT_LT(MonotonicNow() - start, FromSeconds(5));
}

TEST_F(ThreadSinkTest, ending_writes_what_is_left) {
  Pipe pipe = MakePipe();
  {
    ThreadSink sink(std::move(pipe.writer), 1000);
    sink.Write("last words\n");
  }
  EXPECT_EQ(ReadToEnd(pipe.reader), "last words\n");
}

TEST_F(ThreadSinkTest, lines_that_a_gone_reader_did_not_take_are_counted) {
  Pipe pipe = MakePipe();
  FillPipe(pipe);
  ThreadSink sink(std::move(pipe.writer), 1000);
  sink.Write("one\n");
  sink.Write("two\n");
  pipe.reader.Close();
  const Nanoseconds deadline = MonotonicNow() + FromSeconds(10);
  while (sink.dropped() < 2 && MonotonicNow() < deadline) std::this_thread::yield();
  EXPECT_EQ(sink.dropped(), 2u);
}

}  // namespace
}  // namespace monoceros::base
