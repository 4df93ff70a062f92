// SPDX-License-Identifier: Apache-2.0
#include "config/value.h"

#include <fmt/core.h>

#include <optional>
#include <string_view>

#include "config/bind_address.h"
#include "config/cpu_quota.h"
#include "config/units.h"

namespace monoceros::config {
namespace {

using base::Fail;
using base::Result;

std::string AllowedRange(int least, int greatest) {
  return fmt::format("an integer from {} to {}", least, greatest);
}

struct Describe {
  std::string operator()(const IntegerValue& v) const { return AllowedRange(v.least, v.greatest); }
  std::string operator()(const WorkersValue& v) const {
    return AllowedRange(v.least, v.greatest) + ", or auto";
  }
  std::string operator()(const DurationValue&) const {
    return "a time of at most a year: seconds (30, 0.5), or with a unit (500ms, 30s, 2m, 1h)";
  }
  std::string operator()(const SizeValue& v) const {
    const std::string least = v.least > 0 ? ", at least " + FormatSize(v.least) : "";
    return "a size in bytes (1048576) or with a unit (64k, 64KiB, 1MiB, 1G)" + least;
  }
  std::string operator()(const BoolValue&) const { return "true or false"; }
  std::string operator()(const TextValue&) const { return "a text"; }
  std::string operator()(const BindValue&) const {
    return "addresses: HOST:PORT, [IPV6]:PORT, :PORT, HOST, unix:PATH or fd://N";
  }
  std::string operator()(const PreloadValue&) const { return "on, off or auto"; }
};

Result<int> ReadInteger(const std::string& text, int least, int greatest) {
  const std::optional<uint64_t> number = ParseInteger(text);
  // Below zero is no number for the parser, so the comparison is of unsigned ones.
  if (!number || *number < static_cast<uint64_t>(least) ||
      *number > static_cast<uint64_t>(greatest)) {
    return Fail(AllowedRange(least, greatest));
  }
  return static_cast<int>(*number);
}

std::vector<std::string> SplitCommas(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (std::string_view text : texts) {
    for (size_t comma = 0; comma != std::string_view::npos; text.remove_prefix(comma + 1)) {
      comma = text.find(',');
      const std::string_view part = text.substr(0, comma);
      const size_t begin = part.find_first_not_of(" \t");
      const size_t end = part.find_last_not_of(" \t");
      if (begin != std::string_view::npos) parts.emplace_back(part.substr(begin, end - begin + 1));
      if (comma == std::string_view::npos) break;
    }
  }
  return parts;
}

struct Reader {
  const std::vector<std::string>& texts;
  const Environment& environment;
  Settings& settings;

  const std::string& text() const { return texts.front(); }

  template <typename T, typename Read>
  Result<void> Keep(T Settings::* member, const Read& read, const std::string& allowed) const {
    if (!read) return Fail(allowed);
    settings.*member = static_cast<T>(*read);
    return {};
  }

  Result<void> operator()(const IntegerValue& v) const {
    return Keep(v.member, ReadInteger(text(), v.least, v.greatest), Describe()(v));
  }
  Result<void> operator()(const WorkersValue& v) const {
    if (ToLower(text()) != "auto") {
      return Keep(v.member, ReadInteger(text(), v.least, v.greatest), Describe()(v));
    }
    settings.*v.member =
        ChooseWorkerCount(ReadCpuQuota(environment.root), environment.affinity_cpus);
    return {};
  }
  Result<void> operator()(const DurationValue& v) const {
    return Keep(v.member, ParseDuration(text()), Describe()(v));
  }
  Result<void> operator()(const SizeValue& v) const {
    const std::optional<uint64_t> size = ParseSize(text());
    if (!size || *size < v.least) return Fail(Describe()(v));
    settings.*v.member = *size;
    return {};
  }
  Result<void> operator()(const BoolValue& v) const {
    return Keep(v.member, ParseBool(text()), Describe()(v));
  }
  Result<void> operator()(const TextValue& v) const {
    Result<std::string> kept = text();
    if (v.resolve != nullptr) kept = v.resolve(text(), environment);
    if (!kept) return tl::make_unexpected(kept.error());
    settings.*v.member = *kept;
    return {};
  }
  Result<void> operator()(const BindValue& v) const {
    std::vector<std::string> addresses;
    for (const std::string& part : SplitCommas(texts)) {
      const Result<BindAddress> address = ParseBindAddress(part);
      if (!address) return tl::make_unexpected(address.error());
      addresses.push_back(address->ToText());
    }
    if (addresses.empty()) return Fail(Describe()(v));
    settings.*v.member = std::move(addresses);
    return {};
  }
  Result<void> operator()(const PreloadValue& v) const {
    const std::optional<bool> on = ParseBool(text());
    if (!on && ToLower(text()) != "auto") return Fail(Describe()(v));
    settings.*v.member = !on ? Preload::kAuto : *on ? Preload::kOn : Preload::kOff;
    return {};
  }
};

struct Writer {
  const Settings& settings;

  using Texts = std::vector<std::string>;
  Texts operator()(const IntegerValue& v) const { return {std::to_string(settings.*v.member)}; }
  Texts operator()(const WorkersValue& v) const { return {std::to_string(settings.*v.member)}; }
  Texts operator()(const DurationValue& v) const { return {FormatDuration(settings.*v.member)}; }
  Texts operator()(const SizeValue& v) const { return {FormatSize(settings.*v.member)}; }
  Texts operator()(const BoolValue& v) const { return {settings.*v.member ? "true" : "false"}; }
  Texts operator()(const TextValue& v) const { return {settings.*v.member}; }
  Texts operator()(const BindValue& v) const { return settings.*v.member; }
  Texts operator()(const PreloadValue& v) const { return {PreloadText(settings.*v.member)}; }
};

}  // namespace

const char* PreloadText(Preload preload) {
  if (preload == Preload::kOff) return "off";
  return preload == Preload::kOn ? "on" : "auto";
}

Result<void> Assign(const Value& value, const std::vector<std::string>& texts,
                    const Environment& environment, Settings& settings) {
  if (texts.empty() || (texts.size() > 1 && !IsList(value))) {
    return Fail("one value, not a list: " + Allowed(value));
  }
  return std::visit(Reader{texts, environment, settings}, value);
}

std::vector<std::string> Show(const Value& value, const Settings& settings) {
  return std::visit(Writer{settings}, value);
}

bool IsList(const Value& value) { return std::holds_alternative<BindValue>(value); }
bool IsBool(const Value& value) { return std::holds_alternative<BoolValue>(value); }
std::string Allowed(const Value& value) { return std::visit(Describe(), value); }

}  // namespace monoceros::config
