// SPDX-License-Identifier: Apache-2.0
#include "worker/websocket/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/websocket/deflate_offer.h"
#include "worker/websocket/utf8.h"

namespace monoceros::websocket {
namespace {

using testing::ElementsAre;

// The handshake of RFC 6455 section 1.2.
channel::RequestHead Example() {
  channel::RequestHead head;
  head.method = "GET";
  head.fields = {{"Host", "server.example.com"},
                 {"Upgrade", "websocket"},
                 {"Connection", "Upgrade"},
                 {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                 {"Sec-WebSocket-Protocol", "chat, superchat"},
                 {"Sec-WebSocket-Version", "13"}};
  return head;
}

channel::RequestHead With(std::string_view name, std::string_view value) {
  channel::RequestHead head = Example();
  for (channel::Field& field : head.fields) {
    if (field.name == name) field.value = value;
  }
  return head;
}

// RFC 6455 section 1.3.
TEST(WebSocketHandshake, AcceptsTheKeyOfTheRfc) {
  EXPECT_EQ(AcceptValue("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

// Section 4.2.1.
TEST(WebSocketHandshake, KnowsARequestForAWebSocket) {
  EXPECT_TRUE(AsksForWebSocket(Example()));
  EXPECT_TRUE(AsksForWebSocket(With("Connection", "keep-alive, UPGRADE")));
  EXPECT_TRUE(AsksForWebSocket(With("Upgrade", "h2c, WebSocket")));
  EXPECT_FALSE(AsksForWebSocket(With("Connection", "keep-alive")));
  EXPECT_FALSE(AsksForWebSocket(With("Upgrade", "h2c")));
  channel::RequestHead head = Example();
  head.method = "POST";
  EXPECT_FALSE(AsksForWebSocket(head));
  head = Example();
  head.version_minor = 0;
  EXPECT_FALSE(AsksForWebSocket(head));
}

TEST(WebSocketHandshake, ReadsSubprotocolsInTheirOrder) {
  EXPECT_THAT(ReadHandshake(Example()).subprotocols, ElementsAre("chat", "superchat"));
  channel::RequestHead head = Example();
  head.fields.push_back({"sec-websocket-protocol", "third"});
  EXPECT_THAT(ReadHandshake(head).subprotocols, ElementsAre("chat", "superchat", "third"));
}

// Sections 4.2.1 (the key), 4.4 (the version), 11.3.1 (one key).
TEST(WebSocketHandshake, RefusesBadKeysAndOtherVersions) {
  EXPECT_EQ(RefusalOf(ReadHandshake(Example())), 0);
  EXPECT_EQ(RefusalOf(ReadHandshake(With("Sec-WebSocket-Key", "short"))), 400);
  EXPECT_EQ(RefusalOf(ReadHandshake(With("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j*Q=="))), 400);
  EXPECT_EQ(RefusalOf(ReadHandshake(With("Sec-WebSocket-Version", "8"))), 426);
  channel::RequestHead head = Example();
  head.fields.push_back({"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="});
  EXPECT_EQ(RefusalOf(ReadHandshake(head)), 400);
}

std::string AnswerTo(std::string_view offers) {
  std::string answer;
  return AcceptDeflate(offers, answer) ? answer : "declined";
}

// RFC 7692 section 7.1: what the answer may and must name.
TEST(DeflateOffer, IsAnsweredWithCappedWindows) {
  EXPECT_EQ(AnswerTo("permessage-deflate"), "permessage-deflate; server_max_window_bits=12");
  EXPECT_EQ(AnswerTo("permessage-deflate; client_max_window_bits"),
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12");
  EXPECT_EQ(AnswerTo("permessage-deflate; client_max_window_bits=9; server_max_window_bits=\"10\""),
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=9");
  EXPECT_EQ(AnswerTo("permessage-deflate;server_no_context_takeover;client_no_context_takeover"),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
            "server_max_window_bits=12");
}

// Section 7.1: a parameter that is unknown, twice, or has a bad value declines the offer; section
// 5.1: the next one is looked at.
TEST(DeflateOffer, IsDeclinedWhenItIsNotWellFormed) {
  for (const char* parameter :
       {"x", "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
        "server_max_window_bits=010", "client_max_window_bits=", "client_max_window_bits=a",
        "server_no_context_takeover=1", "server_no_context_takeover; server_no_context_takeover"}) {
    const std::string offer = std::string("permessage-deflate; ") + parameter;
    EXPECT_EQ(AnswerTo(offer), "declined") << offer;
    EXPECT_EQ(AnswerTo(offer + ", permessage-deflate"),
              "permessage-deflate; server_max_window_bits=12");
  }
  EXPECT_EQ(AnswerTo(""), "declined");
  EXPECT_EQ(AnswerTo("x-webkit-deflate-frame"), "declined");
}

// zlib's raw streams have at least 512 bytes of window.
TEST(DeflateOffer, IsDeclinedWhenTheWindowIsTooSmallForZlib) {
  EXPECT_EQ(AnswerTo("permessage-deflate; server_max_window_bits=8"), "declined");
}

// RFC 3629 section 4.
TEST(Utf8, IsTheRfcs) {
  for (const char* good : {"", "ascii and more than eight", "\u00e9", "12345678\u00e9", "\u20ac",
                           "\U0001f600", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xc3", "12345678\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf",
                          "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x28\xa1", "\xf0\x9f\x98"}) {
    EXPECT_FALSE(IsUtf8(bad)) << bad;
  }
}

}  // namespace
}  // namespace monoceros::websocket
