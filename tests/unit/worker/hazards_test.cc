// SPDX-License-Identifier: Apache-2.0
#include "worker/template/hazards.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "worker/template/snapshot.h"

namespace monoceros::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Snapshot WithFile(OpenFile file) {
  Snapshot snapshot;
  snapshot.files[5] = std::move(file);
  return snapshot;
}

TEST(Hazards, compares_with_what_was_there_before) {
  const Snapshot snapshot = {
      .threads = {{7, "old"}}, .files = {{3, {.target = "socket:[1]"}}}, .children = {{9, "old"}}};
  EXPECT_THAT(FindHazards(snapshot, snapshot, {}, 0), IsEmpty());
}

TEST(Hazards, notices_that_a_descriptor_was_used_again) {
  const Snapshot before = WithFile({.target = "pipe:[1]"});
  const Snapshot after = WithFile({.target = "socket:[2]"});
  EXPECT_THAT(FindHazards(before, after, {}, 0),
              ElementsAre("descriptor 5 is a socket (socket:[2])"));
}

TEST(Hazards, says_what_a_socket_is_connected_to) {
  EXPECT_THAT(FindHazards({}, WithFile({.target = "socket:[2]", .peer = "192.0.2.1:5432"}), {}, 0),
              ElementsAre("descriptor 5 is a socket connected to 192.0.2.1:5432 (socket:[2])"));
}

TEST(Hazards, names_gpu_devices_and_io_uring) {
  for (const char* device : {"/dev/nvidia0", "/dev/nvidiactl", "/dev/dri/renderD128", "/dev/kfd"}) {
    EXPECT_THAT(FindHazards({}, WithFile({.target = device}), {}, 0),
                ElementsAre("descriptor 5 is a GPU device (" + std::string(device) + ")"));
  }
  EXPECT_THAT(FindHazards({}, WithFile({.target = "anon_inode:[io_uring]"}), {}, 0),
              ElementsAre("descriptor 5 is an io_uring instance (anon_inode:[io_uring])"));
}

TEST(Hazards, lets_files_that_are_only_read_and_pipes_pass) {
  EXPECT_THAT(FindHazards({}, WithFile({.target = "/etc/hosts", .regular = true}), {}, 0),
              IsEmpty());
  EXPECT_THAT(FindHazards({}, WithFile({.target = "/dev/null", .writable = true}), {}, 0),
              IsEmpty());
  EXPECT_THAT(FindHazards({}, WithFile({.target = "pipe:[1]", .writable = true}), {}, 0),
              IsEmpty());
}

TEST(Hazards, excepts_as_many_threads_as_fork_safe_pools_have_but_never_pythons) {
  const Snapshot after = {.threads = {{11, "python3"}, {12, "python3"}, {13, "python3"}}};
  EXPECT_THAT(FindHazards({}, after, {{13, "sender"}}, 2), ElementsAre("the thread 'sender' runs"));
  EXPECT_THAT(FindHazards({}, after, {{13, "sender"}}, 1),
              ElementsAre("a thread that Python does not know runs ('python3', id 12)",
                          "the thread 'sender' runs"));
}

TEST(Snapshot, sees_open_files_and_how_they_are_open) {
  const base::Fd file(::memfd_create("journal", MFD_CLOEXEC));
  const base::Fd reader(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const Snapshot snapshot = TakeSnapshot();
  EXPECT_TRUE(snapshot.files.at(file.get()).regular);
  EXPECT_TRUE(snapshot.files.at(file.get()).writable);
  EXPECT_FALSE(snapshot.files.at(reader.get()).writable);
}

TEST(Snapshot, leaves_itself_out) {
  EXPECT_EQ(TakeSnapshot().files, TakeSnapshot().files);
  EXPECT_THAT(TakeSnapshot().threads, IsEmpty());
}

}  // namespace
}  // namespace monoceros::worker
