// SPDX-License-Identifier: Apache-2.0
#include "serving.h"

namespace monoceros::worker::testing {
namespace {

class Input : public ViewsTest {
 protected:
  std::string Post(const std::string& path, const std::string& body, Request request = {}) {
    request.method = "POST";
    request.target = path;
    request.body = body;
    return worker_->Run(request).body();
  }
  static std::string Large() {
    std::string text;
    for (int i = 0; text.size() < 3'000'000; ++i) text += "line " + std::to_string(i) + "\n";
    return text;
  }
};

TEST_P(Input, is_empty_without_a_body) {
  StartValidated();
  EXPECT_EQ(worker_->Run({.target = "/lines"}).body(), "[]");
}

TEST_P(Input, reads_pieces_as_a_file_does) {
  Start();
  EXPECT_EQ(Post("/read_pieces", "abcdef\nghijkl\nmn\n\nop"),
            R"([b'abc', b'def\n', b'ghij', [b'kl\n', b'mn\n', b'\n', b'op'], b'', b''])");
}

TEST_P(Input, iterates_over_lines) {
  Start();
  EXPECT_EQ(Post("/lines", "a\nbc\n\nd"), R"([b'a\n', b'bc\n', b'\n', b'd'])");
}

TEST_P(Input, stops_reading_lines_near_the_hint) {
  Start();
  EXPECT_EQ(Post("/hint", "abc\ndef\nghi\n"), R"([b'abc\n', b'def\n'])");
}

TEST_P(Input, streams_what_is_larger_than_the_channel) {
  Start();
  const std::string large = Large();
  EXPECT_EQ(Post("/count", large), std::to_string(large.size()));
  EXPECT_EQ(Post("/count", large, {.length_known = false}), std::to_string(large.size()));
}

TEST_P(Input, reads_a_spooled_file) {
  Start();
  const std::string large = Large();
  EXPECT_EQ(Post("/count", large, {.spooled = true}), std::to_string(large.size()));
  EXPECT_EQ(Post("/read", "abc", {.spooled = true, .length_known = false}), "abc");
  EXPECT_EQ(Post("/lines", "a\nb", {.spooled = true}), R"([b'a\n', b'b'])");
}

TEST_P(Input, raises_when_the_client_leaves) {
  Start();
  EXPECT_EQ(Post("/read_broken", "abc", {.cut = true}),
            "ConnectionResetError: the client left before the request body ended");
  EXPECT_EQ(Post("/read_broken", "abc"), "whole");
}

TEST_P(Input, may_be_left_unread) {
  Start();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Post("/hello", "unread"), "Hello, world\n");
  EXPECT_EQ(Post("/read", "read"), "read");
}

TEST_P(Input, satisfies_the_validator) {
  StartValidated();
  EXPECT_EQ(Post("/count", "abcdef"), "6");
  EXPECT_EQ(Post("/lines", "a\nb"), R"([b'a\n', b'b'])");
  EXPECT_EQ(ErrorLog(), "");
}

MONOCEROS_EVERY_PYTHON(Input);

}  // namespace
}  // namespace monoceros::worker::testing
