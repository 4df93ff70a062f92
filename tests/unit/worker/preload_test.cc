// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "serving.h"

namespace monoceros::worker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

class Preload : public ::testing::TestWithParam<std::string> {
 protected:
  Json Import(const std::string& application, const std::string& preload = "auto",
              Json settings = Json::object()) {
    settings["application"] = application;
    settings["preload"] = preload;
    program_ = std::make_unique<TestTemplate>(GetParam(), settings);
    return program_->NextMessage();
  }
  std::string HazardOf(const std::string& module) {
    const Json ready = Import(module, "auto", {{"pythonpath", MONOCEROS_TEST_APPS "/hazards"}});
    EXPECT_EQ(ready["op"], "ready") << ready;
    EXPECT_EQ(ready["hazards"].size(), 1U) << ready;
    return ready["hazards"].empty() ? "" : ready["hazards"][0];
  }
  std::string ErrorOf(const std::string& application) {
    const Json failed = Import(application);
    EXPECT_EQ(failed["op"], "failed");
    EXPECT_EQ(program_->AwaitExit(), 3);
    return failed.value("error", "");
  }
  std::string BodyOf(const std::string& application) {
    const Json ready = Import(application);
    EXPECT_EQ(ready["op"], "ready") << ready;
    return program_->Fork("sync", 1)->Run({}).body();
  }

  std::unique_ptr<TestTemplate> program_;
};

TEST_P(Preload, finds_no_hazard_in_a_clean_application) {
  const Json ready = Import("clean", "auto", {{"pythonpath", MONOCEROS_TEST_APPS "/hazards"}});
  EXPECT_EQ(ready["preloaded"], true);
  EXPECT_EQ(ready["hazards"], Json::array());
}

TEST_P(Preload, names_a_thread) {
  EXPECT_EQ(HazardOf("thread"), "the thread 'metrics-sender' runs");
}
TEST_P(Preload, names_a_socket) {
  EXPECT_THAT(HazardOf("socket_open"), HasSubstr("is a socket (socket:["));
}
TEST_P(Preload, names_an_epoll_instance) {
  EXPECT_THAT(HazardOf("epoll"), HasSubstr("is an epoll instance"));
}
TEST_P(Preload, names_an_inotify_instance) {
  EXPECT_THAT(HazardOf("inotify"), HasSubstr("is an inotify instance"));
}
TEST_P(Preload, names_an_io_uring_instance) {
  char parameters[120] = {};
  const base::Fd ring(static_cast<int>(::syscall(SYS_io_uring_setup, 1, parameters)));
  if (!ring) GTEST_SKIP() << "this kernel, or its policy, has no io_uring";
  EXPECT_THAT(HazardOf("io_uring"), HasSubstr("is an io_uring instance"));
}
TEST_P(Preload, names_a_writable_file) {
  const std::string hazard = HazardOf("writable_file");
  EXPECT_THAT(hazard, HasSubstr("is a regular file open for writing"));
  EXPECT_THAT(hazard, HasSubstr("/journal-"));
}
TEST_P(Preload, names_a_child_process) {
  EXPECT_THAT(HazardOf("child"), HasSubstr("('cat') runs"));
}

TEST_P(Preload, on_only_warns_of_hazards) {
  const Json ready = Import("thread", "on", {{"pythonpath", MONOCEROS_TEST_APPS "/hazards"}});
  EXPECT_EQ(ready["preloaded"], true);
  EXPECT_EQ(ready["hazards"], Json::array());
  EXPECT_THAT(program_->ErrorLog(), HasSubstr("the thread 'metrics-sender' runs"));
  EXPECT_EQ(program_->Fork("sync", 1)->Run({}).body(), "ok");
}

TEST_P(Preload, off_imports_in_the_worker) {
  const Json ready = Import("broken", "off");
  EXPECT_EQ(ready["op"], "ready");
  EXPECT_EQ(ready["preloaded"], false);
  auto worker = program_->Fork("sync", 1, /*ready=*/false);
  const Json failed = worker->NextMessage();
  EXPECT_EQ(failed["op"], "failed");
  EXPECT_THAT(failed.value("error", ""), HasSubstr("JSONDecodeError"));
  EXPECT_EQ(worker->AwaitExit(), 3);
  EXPECT_NE(program_->Fork("sync", 1, false)->pid, -1);
}

TEST_P(Preload, shows_the_applications_own_frames) {
  const std::string error = ErrorOf("broken");
  EXPECT_THAT(error, HasSubstr("settings = json.loads(\"{\")"));
  EXPECT_THAT(error, HasSubstr("JSONDecodeError"));
  EXPECT_THAT(error, Not(HasSubstr("_application.py")));
  EXPECT_THAT(error, Not(HasSubstr("importlib")));
}

TEST_P(Preload, says_in_a_sentence_what_it_does_not_find) {
  EXPECT_THAT(ErrorOf("nowhere:application"), HasSubstr("there is no module 'nowhere' in "));
  EXPECT_THAT(ErrorOf("hello.py"), HasSubstr("did you mean 'hello:application'?"));
  EXPECT_EQ(ErrorOf("hello:app"), "the module 'hello' has no 'app' (application 'hello:app')");
  EXPECT_EQ(ErrorOf("loads:number"), "the application 'loads:number' is not callable: 7");
  EXPECT_THAT(ErrorOf("loads:make_nothing()"), HasSubstr("returned None"));
  EXPECT_THAT(ErrorOf("loads:make(open('/'))"), HasSubstr("a call with literal arguments"));
  EXPECT_THAT(ErrorOf("loads:make("), HasSubstr("a call with literal arguments"));
}

TEST_P(Preload, calls_a_factory) {
  EXPECT_EQ(BodyOf("loads:make('ab', times=2)"), "abab");
  EXPECT_EQ(BodyOf("hello"), "Hello, world\n");
}

TEST_P(Preload, puts_the_applications_directories_first) {
  Import("clean", "auto", {{"pythonpath", MONOCEROS_TEST_APPS "/hazards"}});
  EXPECT_EQ(program_->Fork("sync", 1)->Run({}).body(),
            "['" MONOCEROS_TEST_APPS "/hazards', '" MONOCEROS_TEST_APPS "']");
}

TEST_P(Preload, refuses_a_directory_that_is_not_there) {
  const Json failed = Import("hello", "auto", {{"chdir", "/nowhere"}});
  EXPECT_EQ(failed["error"],
            "cannot change to the directory '/nowhere' (setting chdir): No such file or directory");
}

MONOCEROS_EVERY_PYTHON(Preload);

}  // namespace
}  // namespace monoceros::worker::testing
