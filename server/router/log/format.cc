// SPDX-License-Identifier: Apache-2.0
#include "router/log/format.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace monoceros::router {
namespace {

class Compiler {
 public:
  explicit Compiler(std::string_view format) : rest_(format) {}

  base::Result<std::vector<Segment>> Compile() {
    while (!rest_.empty()) {
      const size_t percent = std::min(rest_.find('%'), rest_.size());
      literal_.append(rest_.substr(0, percent));
      rest_.remove_prefix(percent);
      if (rest_.empty()) break;
      if (rest_.starts_with("%%")) {
        literal_ += '%';
        rest_.remove_prefix(2);
      } else if (!TakeAtom()) {
        return base::Fail(error_);
      }
    }
    EndLiteral();
    return std::move(segments_);
  }

 private:
  // `rest_` begins with '%'.
  bool TakeAtom() {
    const size_t close = rest_.starts_with("%(") ? rest_.find(")s") : std::string_view::npos;
    if (close == std::string_view::npos) {
      error_ = fmt::format(
          "access_log_format: \"{}\" is no atom: one is written %(name)s, a percent "
          "sign %%",
          rest_.substr(0, 12));
      return false;
    }
    Segment segment = FindAtom(rest_.substr(2, close - 2));
    if (segment.append == nullptr) {
      error_ = fmt::format("access_log_format: there is no atom {}", rest_.substr(0, close + 2));
      return false;
    }
    rest_.remove_prefix(close + 2);
    EndLiteral();
    segments_.push_back(std::move(segment));
    return true;
  }

  void EndLiteral() {
    if (!literal_.empty()) segments_.push_back({AppendLiteral, literal_});
    literal_.clear();
  }

  std::string_view rest_;
  std::string literal_;
  std::string error_;
  std::vector<Segment> segments_;
};

}  // namespace

base::Result<std::vector<Segment>> CompileFormat(std::string_view format) {
  return Compiler(format).Compile();
}

}  // namespace monoceros::router
