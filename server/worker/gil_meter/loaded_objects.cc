// SPDX-License-Identifier: Apache-2.0
#include "worker/gil_meter/loaded_objects.h"

#include <link.h>

namespace monoceros::gil_meter {
namespace {

struct Query {
  uintptr_t address;
  const std::function<void(const LoadedObject&)>& visit;
};

int Look(dl_phdr_info* info, size_t, void* data) {
  const auto& query = *static_cast<const Query*>(data);
  const LoadedObject object(info->dlpi_addr, {info->dlpi_phdr, info->dlpi_phnum}, kThisMachine);
  if (!object.Contains(query.address)) return 0;
  query.visit(object);
  return 1;
}

}  // namespace

bool VisitObjectOf(uintptr_t address, const std::function<void(const LoadedObject&)>& visit) {
  Query query{address, visit};
  return ::dl_iterate_phdr(Look, &query) != 0;
}

}  // namespace monoceros::gil_meter
