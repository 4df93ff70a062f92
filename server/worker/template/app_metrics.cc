// SPDX-License-Identifier: Apache-2.0
#include "worker/template/app_metrics.h"

#include <filesystem>
#include <map>
#include <system_error>

#include "worker/python/error.h"
#include "worker/python/ref.h"

namespace monoceros::worker {
namespace {

using python::Ref;

base::Result<void> Done(const Ref& result) {
  if (result) return {};
  return base::Fail("cannot keep the application's metrics (setting app_metrics): " +
                    python::Describe(python::TakeException()));
}

Ref ImportModule() { return Ref::Steal(PyImport_ImportModule("monoceros.app_metrics")); }

}  // namespace

base::Result<void> StartAppMetrics(const std::string& directory) {
  if (directory.empty()) return {};
  const Ref module = ImportModule();
  if (!module) return Done(module);
  const Ref path = Ref::Steal(PyUnicode_DecodeFSDefaultAndSize(
      directory.data(), static_cast<Py_ssize_t>(directory.size())));
  if (!path) return Done(path);
  return Done(Ref::Steal(PyObject_CallMethod(module.get(), "start", "(O)", path.get())));
}

base::Result<void> EnterAppMetrics(const std::string& directory, uint32_t row) {
  if (directory.empty()) return {};
  const Ref module = ImportModule();
  if (!module) return Done(module);
  return Done(Ref::Steal(PyObject_CallMethod(module.get(), "enter_worker", "(I)", row)));
}

void ForgetAppMetrics(const std::string& directory, Snapshot& snapshot) {
  if (directory.empty()) return;
  std::error_code error;
  const std::string prefix = std::filesystem::weakly_canonical(directory, error).string() + "/";
  std::erase_if(snapshot.files,
                [&prefix](const auto& file) { return file.second.target.starts_with(prefix); });
}

}  // namespace monoceros::worker
