// SPDX-License-Identifier: Apache-2.0
// Which calls share a connection.
#include "agents_fixture.h"

namespace monoceros::agents {
namespace {

class ChannelsTest : public AgentsTest {
 protected:
  // The connection that a call comes by.
  std::string Peer() {
    const auto state = Status();
    EXPECT_TRUE(state) << state.error().message;
    return agent.calls().back().peer;
  }
};

TEST_F(ChannelsTest, calls_to_one_address_share_a_connection) {
  const std::string first = Peer();
  EXPECT_EQ(Peer(), first);
}

TEST_F(ChannelsTest, an_address_that_is_not_kept_is_connected_anew) {
  const std::string first = Peer();
  agents->KeepOnly({agent.address()});
  EXPECT_EQ(Peer(), first);
  agents->KeepOnly({"10.0.0.1:9103"});
  EXPECT_NE(Peer(), first);
}

TEST_F(ChannelsTest, another_identity_is_shown_by_a_new_connection_the_same_by_the_old) {
  const KeyPair leaf = LeafOf(authority);
  agents->SetIdentity(leaf);
  const std::string first = Peer();
  agents->SetIdentity(leaf);
  EXPECT_EQ(Peer(), first);
  agents->SetIdentity(LeafOf(authority));
  EXPECT_NE(Peer(), first);
}

}  // namespace
}  // namespace monoceros::agents
