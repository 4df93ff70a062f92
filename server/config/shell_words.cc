// SPDX-License-Identifier: Apache-2.0
#include "config/shell_words.h"

namespace monoceros::config {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

class Splitter {
 public:
  void Feed(char c) {
    if (escaped_) return Escaped(c);
    if (quote_ != '\0') return Quoted(c);
    if (c == '\\') {
      escaped_ = true;
    } else if (c == '\'' || c == '"') {
      quote_ = c;
      in_word_ = true;
    } else if (kSpace.find(c) != std::string_view::npos) {
      EndWord();
    } else {
      Add(c);
    }
  }

  base::Result<std::vector<std::string>> Finish() {
    if (quote_ != '\0') return base::Fail(std::string("a quote (") + quote_ + ") is not closed");
    if (escaped_) return base::Fail("a backslash at the end protects nothing");
    EndWord();
    return std::move(words_);
  }

 private:
  void Quoted(char c) {
    if (c == quote_) {
      quote_ = '\0';
    } else if (c == '\\' && quote_ == '"') {
      escaped_ = true;
    } else {
      Add(c);
    }
  }

  // Within double quotes a backslash protects only these; before others it stands for itself.
  void Escaped(char c) {
    escaped_ = false;
    if (quote_ == '"' && std::string_view("\"\\$`").find(c) == std::string_view::npos) Add('\\');
    Add(c);
  }

  void Add(char c) {
    word_ += c;
    in_word_ = true;
  }

  void EndWord() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  std::vector<std::string> words_;
  std::string word_;
  char quote_ = '\0';
  bool escaped_ = false;
  bool in_word_ = false;
};

}  // namespace

base::Result<std::vector<std::string>> SplitShellWords(std::string_view text) {
  Splitter splitter;
  for (const char c : text) splitter.Feed(c);
  return splitter.Finish();
}

}  // namespace monoceros::config
