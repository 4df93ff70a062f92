// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/object.h"

namespace monoceros::kube {

// Everything but unreserved characters (RFC 3986) as %XX.
std::string PercentEncoded(std::string_view text);

// "/apis/apps/v1/namespaces/shop/deployments/web/status". Without a name the collection; without a
// namespace too, that of all namespaces.
std::string ResourcePath(const Resource& resource, const Key& key, std::string_view subresource);

using Query = std::vector<std::pair<std::string_view, std::string>>;
// The path with those parameters that have a value.
std::string WithQuery(std::string path, const Query& query);

// As text; bytes that are no UTF-8 are replaced, so that it never throws.
std::string Serialized(const Json& json);

}  // namespace monoceros::kube
