// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "pool.h"

namespace monoceros::worker::testing {
namespace {

class Serving : public ::testing::TestWithParam<std::string> {};

TEST_P(Serving, a_sync_worker_answers) {
  TestTemplate program(GetParam(), {{"preload", "auto"}});
  const nlohmann::json ready = program.NextMessage();
  EXPECT_EQ(ready["op"], "ready") << ready << program.ErrorLog();
  EXPECT_EQ(ready["hazards"], nlohmann::json::array());
  auto worker = program.Fork("sync", 1);
  for (int i = 0; i < 100; ++i) {
    const Reply reply = worker->Run({});
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body(), "Hello, world\n");
  }
  worker->Stop();
  EXPECT_EQ(worker->AwaitExit(), 0);
  EXPECT_EQ(program.ErrorLog(), "");
}

TEST_P(Serving, gthread_worker_answers) {
  TestTemplate program(GetParam(), {{"preload", "off"}});
  EXPECT_EQ(program.NextMessage()["op"], "ready");
  auto worker = program.Fork("gthread", 4);
  for (int i = 0; i < 100; ++i) {
    const Reply reply = worker->Run({});
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body(), "Hello, world\n");
  }
  worker->Stop();
  EXPECT_EQ(worker->AwaitExit(), 0);
  EXPECT_EQ(program.ErrorLog(), "");
}

INSTANTIATE_TEST_SUITE_P(Every, Serving, ::testing::ValuesIn(Pythons()),
                         [](const auto& info) { return PythonName(info.param); });

}  // namespace
}  // namespace monoceros::worker::testing
