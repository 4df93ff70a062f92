// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kube/error.h"
#include "kube/http.h"
#include "kube/object.h"

namespace monoceros::kube {

// An answer as JSON; or, for a status other than 2xx, the Status object in it as an error.
// `what` begins the error's message: "GET https://10.96.0.1:443/api/v1/pods".
Result<Json> Interpret(const HttpResponse& response, const std::string& what);

// A Status object ("kind": "Status") as an error; `status` where it names no code.
Error ErrorOf(const Json& status_object, int status, const std::string& what);

}  // namespace monoceros::kube
