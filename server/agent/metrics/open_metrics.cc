// SPDX-License-Identifier: Apache-2.0
#include "agent/metrics/open_metrics.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace monoceros::agent {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::array kUnits = {"seconds", "bytes", "ratio"};

bool IsInfo(const MetricFamily& family) {
  return family.type == MetricType::Gauge && family.name.ends_with("_info");
}

std::string_view TypeName(const MetricFamily& family) {
  switch (family.type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Gauge:
      return IsInfo(family) ? "info" : "gauge";
    case MetricType::Summary:
      return "summary";
    case MetricType::Histogram:
      return "histogram";
    case MetricType::Untyped:
      break;
  }
  return "unknown";
}

std::string_view FamilyName(const MetricFamily& family) {
  std::string_view name = family.name;
  if (family.type == MetricType::Counter && name.ends_with("_total")) name.remove_suffix(6);
  if (IsInfo(family)) name.remove_suffix(5);
  return name;
}

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

// The spelling that the specification wants of bounds, so that they compare as text: "1.0".
std::string Bound(double value) {
  std::string text = Number(value);
  return text.find_first_not_of("0123456789") == std::string::npos ? text + ".0" : text;
}

void AppendEscaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '"') {
      out += "\\\"";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void Write(const MetricFamily& family, const ExemplarTexts* exemplars) {
    name_ = FamilyName(family);
    WriteHead(family);
    for (size_t index = 0; index < family.metric.size(); ++index) {
      const bool has_exemplars = exemplars != nullptr && index < exemplars->size();
      WriteMetric(family, family.metric[index], has_exemplars ? &(*exemplars)[index] : nullptr);
    }
  }

 private:
  void WriteHead(const MetricFamily& family) {
    fmt::format_to(std::back_inserter(out_), "# TYPE {} {}\n", name_, TypeName(family));
    for (const std::string_view unit : kUnits) {
      if (name_.ends_with(unit) && name_.ends_with("_" + std::string(unit))) {
        fmt::format_to(std::back_inserter(out_), "# UNIT {} {}\n", name_, unit);
      }
    }
    fmt::format_to(std::back_inserter(out_), "# HELP {} ", name_);
    AppendEscaped(out_, family.help);
    out_ += '\n';
  }

  void WriteMetric(const MetricFamily& family, const ClientMetric& metric,
                   const std::vector<std::string>* exemplars) {
    switch (family.type) {
      case MetricType::Counter:
        return WriteSample("_total", metric.label, Number(metric.counter.value));
      case MetricType::Gauge:
        return WriteSample(IsInfo(family) ? "_info" : "", metric.label, Number(metric.gauge.value));
      case MetricType::Histogram:
        return WriteHistogram(metric, exemplars);
      case MetricType::Summary:
        WriteSample("_count", metric.label, fmt::format("{}", metric.summary.sample_count));
        return WriteSample("_sum", metric.label, Number(metric.summary.sample_sum));
      case MetricType::Untyped:
        return WriteSample("", metric.label, Number(metric.untyped.value));
    }
  }

  void WriteHistogram(const ClientMetric& metric, const std::vector<std::string>* exemplars) {
    const auto& buckets = metric.histogram.bucket;
    for (size_t index = 0; index < buckets.size(); ++index) {
      Labels labels = metric.label;
      labels.push_back({"le", Bound(buckets[index].upper_bound)});
      std::string value = fmt::format("{}", buckets[index].cumulative_count);
      if (exemplars != nullptr && index < exemplars->size() && !(*exemplars)[index].empty()) {
        value += " # " + (*exemplars)[index];
      }
      WriteSample("_bucket", labels, value);
    }
    WriteSample("_count", metric.label, fmt::format("{}", metric.histogram.sample_count));
    WriteSample("_sum", metric.label, Number(metric.histogram.sample_sum));
  }

  void WriteSample(std::string_view suffix, const Labels& labels, std::string_view value) {
    out_.append(name_).append(suffix);
    char before = '{';
    for (const ClientMetric::Label& label : labels) {
      out_.append(1, std::exchange(before, ',')).append(label.name).append("=\"");
      AppendEscaped(out_, label.value);
      out_ += '"';
    }
    if (!labels.empty()) out_ += '}';
    out_.append(" ").append(value).append("\n");
  }

  std::string& out_;
  std::string_view name_;
};

}  // namespace

std::string SerializeOpenMetrics(const Exposition& exposition) {
  std::string out;
  Writer writer(out);
  for (const MetricFamily& family : exposition.families) {
    const auto exemplars = exposition.exemplars.find(family.name);
    writer.Write(family, exemplars == exposition.exemplars.end() ? nullptr : &exemplars->second);
  }
  return out + "# EOF\n";
}

}  // namespace monoceros::agent
