// SPDX-License-Identifier: Apache-2.0
#include "agent/http_guard.h"

#include <gtest/gtest.h>

namespace monoceros::agent {
namespace {

HttpRequest Post(const std::string& origin, const std::string& site = "") {
  HttpRequest request;
  request.method = HttpRequest::Method::kPost;
  request.host = "localhost:9102";
  request.origin = origin;
  request.sec_fetch_site = site;
  request.content_type = "application/json; charset=utf-8";
  return request;
}

bool HostAllowed(const std::string& host, bool loopback) {
  HttpRequest request;
  request.host = host;
  return CheckHost(request, loopback).has_value();
}

TEST(CheckHost, accepts_only_the_names_of_loopback_there) {
  EXPECT_TRUE(HostAllowed("localhost:9102", true));
  EXPECT_TRUE(HostAllowed("127.0.0.1:9102", true));
  EXPECT_TRUE(HostAllowed("[::1]:9102", true));
  EXPECT_FALSE(HostAllowed("rebound.example:9102", true));
  EXPECT_FALSE(HostAllowed("127.0.0.1.rebound.example", true));
  EXPECT_FALSE(HostAllowed("localhost.rebound.example", true));
  EXPECT_FALSE(HostAllowed("", true));
  EXPECT_TRUE(HostAllowed("shop.example:9102", false));
}

TEST(CheckChange, accepts_the_own_page_and_what_is_no_browser) {
  EXPECT_TRUE(CheckChange(Post("http://localhost:9102", "same-origin")));
  EXPECT_TRUE(CheckChange(Post("")));
}

TEST(CheckChange, refuses_pages_of_others) {
  EXPECT_FALSE(CheckChange(Post("http://evil.example")));
  EXPECT_FALSE(CheckChange(Post("http://localhost:8000")));
  EXPECT_FALSE(CheckChange(Post("null")));
  EXPECT_FALSE(CheckChange(Post("", "cross-site")));
  EXPECT_FALSE(CheckChange(Post("http://localhost:9102", "same-site")));
}

TEST(CheckChange, refuses_bodies_that_a_form_can_send) {
  HttpRequest request = Post("");
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded"}) {
    request.content_type = type;
    EXPECT_FALSE(CheckChange(request)) << type;
  }
}

TEST(ContentSecurityPolicy, allows_the_page_its_own_scripts_by_hash) {
  const std::string policy = ContentSecurityPolicy("<p><script>alert(1)</script><script></script>");
  // echo -n 'alert(1)' | openssl dgst -sha256 -binary | base64
  EXPECT_NE(policy.find("'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"),
            std::string::npos);
  EXPECT_NE(policy.find("default-src 'self'; "), std::string::npos);
  EXPECT_EQ(policy.find("script-src 'self' 'unsafe-inline'"), std::string::npos);
}

}  // namespace
}  // namespace monoceros::agent
