// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "pool.h"

namespace monoceros::worker::testing {

// Tests of one worker of every interpreter, running apps/views.py.
class ViewsTest : public ::testing::TestWithParam<std::string> {
 protected:
  TestWorker& Start(const std::string& worker_class = "sync", uint32_t threads = 1,
                    nlohmann::json settings = nlohmann::json::object(), uint32_t room = 0) {
    if (!settings.contains("application")) settings["application"] = "views";
    program_ = std::make_unique<TestTemplate>(GetParam(), settings);
    const nlohmann::json ready = program_->NextMessage();
    EXPECT_EQ(ready["op"], "ready") << ready << program_->ErrorLog();
    worker_ = program_->Fork(worker_class, threads, true, room);
    return *worker_;
  }
  TestWorker& StartValidated() { return Start("sync", 1, {{"application", "views:validated"}}); }

  Reply Get(const std::string& path) { return worker_->Run({.target = path}); }
  std::string ErrorLog() const { return program_->ErrorLog(); }

  std::unique_ptr<TestTemplate> program_;
  std::unique_ptr<TestWorker> worker_;
};

inline std::string NameOf(const ::testing::TestParamInfo<std::string>& info) {
  return PythonName(info.param);
}

}  // namespace monoceros::worker::testing

#define MONOCEROS_EVERY_PYTHON(suite) \
  INSTANTIATE_TEST_SUITE_P(Every, suite, ::testing::ValuesIn(Pythons()), NameOf)
