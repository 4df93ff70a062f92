// SPDX-License-Identifier: Apache-2.0
#include "workerpool/pods.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "api/worker_pool.h"
#include "workerpool/observed.h"

namespace monoceros::workerpool {
namespace {

using kube::Json;

constexpr size_t kMessageBytes = 700;
constexpr char kServer[] = "server";

// Reasons of a waiting container that do not pass by themselves.
constexpr std::array<std::string_view, 10> kFailures = {
    "CrashLoopBackOff",  "ErrImagePull",      "ImagePullBackOff",           "ErrImageNeverPull",
    "InvalidImageName",  "ImageInspectError", "CreateContainerConfigError", "CreateContainerError",
    "RunContainerError", "StartError"};

bool IsTrue(const Json& value) { return value.is_boolean() && value.get<bool>(); }

bool IsReady(const Json& pod) {
  const Json& conditions = kube::At(pod, "/status/conditions");
  return std::ranges::any_of(conditions, [](const Json& condition) {
    return kube::TextAt(condition, "/type") == "Ready" &&
           kube::TextAt(condition, "/status") == "True";
  });
}

std::string AddressOf(const std::string& ip) {
  if (ip.empty()) return {};
  const bool six = ip.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", six ? "[" : "", ip, six ? "]" : "", api::kControlPort);
}

// How the container ended last, if that was a failure; else null.
const Json& LastFailure(const Json& container) {
  static const Json kNone;
  for (const char* where : {"/state/terminated", "/lastState/terminated"}) {
    const Json& end = kube::At(container, where);
    if (end.is_object() && kube::NumberAt(end, "/exitCode") != 0) return end;
  }
  return kNone;
}

void ReadFailure(const Json& container, PodFacts& facts) {
  const std::string waiting = kube::TextAt(container, "/state/waiting/reason");
  const bool stuck = std::ranges::find(kFailures, waiting) != kFailures.end();
  const Json& end = LastFailure(container);
  if (!stuck && (end.is_null() || IsTrue(kube::At(container, "/ready")))) return;
  facts.failure = stuck ? waiting : kube::TextAt(end, "/reason", "Error");
  const std::string said = LastLines(kube::TextAt(end, "/message"), kMessageBytes);
  const std::string words = kube::TextAt(container, "/state/waiting/message");
  facts.message = fmt::format("container {}: {}", kube::TextAt(container, "/name"),
                              !said.empty() ? said : LastLines(words, kMessageBytes));
}

void ReadServer(const Json& container, PodFacts& facts) {
  facts.started = IsTrue(kube::At(container, "/started"));
  facts.restarts = kube::NumberAt(container, "/restartCount");
}

void ReadContainers(const Json& pod, PodFacts& facts) {
  for (const char* where : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
    for (const Json& container : kube::At(pod, where)) {
      if (kube::TextAt(container, "/name") == kServer) ReadServer(container, facts);
      if (facts.failure.empty()) ReadFailure(container, facts);
    }
  }
}

bool Stays(const Json& pod) {
  const std::string phase = kube::TextAt(pod, "/status/phase");
  return kube::At(pod, "/metadata/deletionTimestamp").is_null() && phase != "Failed" &&
         phase != "Succeeded";
}

}  // namespace

std::string LastLines(const std::string& text, size_t bytes) {
  const size_t end = text.find_last_not_of(" \r\n\t") + 1;
  if (end <= bytes) return text.substr(0, end);
  size_t begin = end - bytes;
  const size_t line = text.find('\n', begin);
  if (line != std::string::npos && line + 1 < end) return text.substr(line + 1, end - line - 1);
  while ((static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
  return text.substr(begin, end - begin);
}

PodFacts FactsOf(const Json& pod) {
  PodFacts facts{.uid = kube::UidOf(pod),
                 .name = kube::KeyOf(pod).name,
                 .hash = LabelOf(pod, api::kTemplateHashLabel),
                 .address = AddressOf(kube::TextAt(pod, "/status/podIP")),
                 .ready = IsReady(pod)};
  ReadContainers(pod, facts);
  return facts;
}

std::vector<PodFacts> FactsOf(const std::vector<kube::Object>& pods) {
  std::vector<PodFacts> facts;
  for (const kube::Object& pod : pods) {
    if (Stays(*pod)) facts.push_back(FactsOf(*pod));
  }
  return facts;
}

}  // namespace monoceros::workerpool
