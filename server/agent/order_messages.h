// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"

namespace monoceros::control::v1 {
class ApplyRequest;
class DrainRequest;
class DumpStacksRequest;
class ReloadRequest;
class RestartWorkerRequest;
}  // namespace monoceros::control::v1

namespace monoceros::agent {

// Requests of control.proto as orders to the master (docs/control_messages.md), without `id`. The
// error names the field that is not allowed; values of settings are the master's to judge.
base::Result<nlohmann::json> ToOrder(const control::v1::ApplyRequest& request);
base::Result<nlohmann::json> ToOrder(const control::v1::ReloadRequest& request);
base::Result<nlohmann::json> ToOrder(const control::v1::RestartWorkerRequest& request);
base::Result<nlohmann::json> ToOrder(const control::v1::DrainRequest& request);
base::Result<nlohmann::json> ToOrder(const control::v1::DumpStacksRequest& request);
base::Result<nlohmann::json> GetConfigOrder();

}  // namespace monoceros::agent
