// SPDX-License-Identifier: Apache-2.0
#include "serving.h"

namespace monoceros::worker::testing {
namespace {

using Json = nlohmann::json;

class Environ : public ViewsTest {
 protected:
  Json Ask(Request request) {
    if (request.target == "/") request.target = "/environ";
    const Reply reply = worker_->Run(request);
    EXPECT_EQ(reply.status, 200) << ErrorLog();
    return Json::parse(reply.body());
  }
};

TEST_P(Environ, is_complete_and_exact) {
  Start();
  const Json environ = Ask({.target = "/environ?a=%20b&c",
                            .fields = {{"Host", "shop.example"}, {"User-Agent", "test/1"}}});
  const Json expected = {{"REQUEST_METHOD", "GET"},
                         {"SCRIPT_NAME", ""},
                         {"PATH_INFO", "/environ"},
                         {"QUERY_STRING", "a=%20b&c"},
                         {"RAW_URI", "/environ?a=%20b&c"},
                         {"SERVER_NAME", "127.0.0.1"},
                         {"SERVER_PORT", "8000"},
                         {"SERVER_PROTOCOL", "HTTP/1.1"},
                         {"SERVER_SOFTWARE", "monoceros/" MONOCEROS_VERSION},
                         {"REMOTE_ADDR", "192.0.2.7"},
                         {"REMOTE_PORT", "4711"},
                         {"HTTP_HOST", "shop.example"},
                         {"HTTP_USER_AGENT", "test/1"},
                         {"wsgi.version", {1, 0}},
                         {"wsgi.url_scheme", "http"},
                         {"wsgi.input", "Input"},
                         {"wsgi.errors", "TextIOWrapper"},
                         {"wsgi.early_hints", "Callback"},
                         {"wsgi.file_wrapper", "FileWrapper"},
                         {"wsgi.input_terminated", true},
                         {"wsgi.multithread", false},
                         {"wsgi.multiprocess", true},
                         {"wsgi.run_once", false}};
  EXPECT_EQ(environ, expected) << Json::diff(expected, environ);
}

TEST_P(Environ, says_multithread_in_gthread) {
  Start("gthread", 2);
  EXPECT_EQ(Ask({})["wsgi.multithread"], true);
}

TEST_P(Environ, has_content_type_and_length_without_prefix) {
  Start();
  const Json environ = Ask({.method = "POST",
                            .fields = {{"content-type", "text/csv"}, {"Content-Length", "3"}},
                            .body = "a,b"});
  EXPECT_EQ(environ["CONTENT_TYPE"], "text/csv");
  EXPECT_EQ(environ["CONTENT_LENGTH"], "3");
  EXPECT_FALSE(environ.contains("HTTP_CONTENT_TYPE"));
  EXPECT_FALSE(environ.contains("HTTP_CONTENT_LENGTH"));
  EXPECT_FALSE(environ.contains("HTTP_HOST"));
}

TEST_P(Environ, gives_a_decoded_chunked_body_its_length) {
  Start();
  const Json environ =
      Ask({.method = "POST", .fields = {{"Transfer-Encoding", "chunked"}}, .body = "abc"});
  EXPECT_EQ(environ["CONTENT_LENGTH"], "3");
  EXPECT_FALSE(environ.contains("HTTP_TRANSFER_ENCODING"));
}

TEST_P(Environ, joins_repeated_fields) {
  Start();
  const Json environ = Ask({.fields = {{"Accept", "text/html"},
                                       {"Cookie", "a=1"},
                                       {"accept", "text/html"},
                                       {"Cookie", "b=2"},
                                       {"Accept", "*/*"}}});
  EXPECT_EQ(environ["HTTP_ACCEPT"], "text/html,text/html,*/*");
  EXPECT_EQ(environ["HTTP_COOKIE"], "a=1; b=2");
}

TEST_P(Environ, decodes_the_path_but_not_the_query) {
  Start();
  const Json environ = Ask({.target = "/en%76iron?x=%76"});
  EXPECT_EQ(environ["PATH_INFO"], "/environ");
  EXPECT_EQ(environ["RAW_URI"], "/en%76iron?x=%76");
  EXPECT_EQ(environ["QUERY_STRING"], "x=%76");
}

TEST_P(Environ, carries_bytes_above_ascii_as_latin_1) {
  Start();
  const Json environ = Ask({.fields = {{"X-Name", "caf\xc3\xa9"}}});
  // Two characters, one for each byte, in JSON's own UTF-8.
  EXPECT_EQ(environ["HTTP_X_NAME"], "caf\xc3\x83\xc2\xa9");
}

TEST_P(Environ, takes_a_unix_sockets_server_from_host) {
  Start();
  const Json named = Ask({.fields = {{"Host", "shop.example:8443"}},
                          .server_address = "/run/shop.sock",
                          .server_port = 0});
  EXPECT_EQ(named["SERVER_NAME"], "shop.example");
  EXPECT_EQ(named["SERVER_PORT"], "8443");
  EXPECT_EQ(named["REMOTE_ADDR"], "");
  EXPECT_FALSE(named.contains("REMOTE_PORT"));
  const Json bare = Ask({.fields = {{"Host", "[::1]"}}, .server_port = 0});
  EXPECT_EQ(bare["SERVER_NAME"], "[::1]");
  EXPECT_EQ(bare["SERVER_PORT"], "80");
}

TEST_P(Environ, of_one_request_does_not_leak_into_the_next) {
  Start();
  Ask({.method = "POST", .fields = {{"X-Secret", "1"}, {"Content-Type", "a/b"}}, .body = "x"});
  const Json environ = Ask({});
  EXPECT_FALSE(environ.contains("HTTP_X_SECRET"));
  EXPECT_FALSE(environ.contains("CONTENT_TYPE"));
  EXPECT_FALSE(environ.contains("CONTENT_LENGTH"));
}

MONOCEROS_EVERY_PYTHON(Environ);

}  // namespace
}  // namespace monoceros::worker::testing
