#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes http/{valid,invalid}/NAME.http and NAME.json: raw requests and what must become of them.

One case is one entry in a table below: its name, the rule it stands for, the bytes, and the
outcome. Text is Latin-1, so that every byte can be written. Run it again after changing a table;
the files it writes are committed, and a unit test runs every one of them in one piece, byte by
byte and in random pieces.
"""

import json
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parent / "http"
CASES = {"valid": {}, "invalid": {}}


def head(*lines):
    """Lines with their ends, and the empty line after a head."""
    return "".join(line + "\r\n" for line in lines) + "\r\n"


def get(target="/", *fields, version="1.1", method="GET", host="a"):
    """A request without a body; `fields` are whole lines."""
    return head(f"{method} {target} HTTP/{version}", f"Host: {host}", *fields)


def post(*fields, body="", version="1.1"):
    return get("/", *fields, version=version, method="POST") + body


def chunked(framed, *fields):
    """A POST whose body is `framed`, chunk framing included."""
    return post("Transfer-Encoding: chunked", *fields, body=framed)


def want(method="GET", target="/", *fields, path=None, query="", body="", host="a", **other):
    """The request that the parser must report; `fields` are (name, value) after Host."""
    expected = {
        "method": method,
        "target": target,
        "path": target.partition("?")[0] if path is None else path,
        "query": query,
        "version_minor": 1,
        "keep_alive": True,
        "expect_continue": False,
        "upgrade": False,
        "chunked": False,
        "content_length": None,
        "fields": ([["Host", host]] if host is not None else []) + [list(f) for f in fields],
        "body": body,
        "trailers": [],
        "complete": True,
    }
    assert not set(other) - set(expected), other
    return expected | other


def want_post(*fields, body="", **other):
    length = ("Content-Length", str(len(body)))
    return want("POST", "/", length, *fields, body=body, content_length=len(body), **other)


def want_chunked(body, *fields, trailers=(), **other):
    return want("POST", "/", ("Transfer-Encoding", "chunked"), *fields, body=body, chunked=True,
                trailers=[list(t) for t in trailers], **other)


def add(kind, name, raw, expected):
    assert name not in CASES[kind], f"two cases are called {name}"
    CASES[kind][name] = (raw, expected)


def valid(name, rule, raw, *requests, **limits):
    add("valid", name, raw, {"rule": rule, "limits": limits, "requests": requests})


def invalid(name, rule, raw, status, reason=None, before=(), **limits):
    """`reason` pins the check that refuses; `before` are the requests reported until then."""
    expected = {"rule": rule, "limits": limits, "requests": list(before), "status": status}
    add("invalid", name, raw, expected | ({"reason": reason} if reason else {}))


POLICY = "project policy: "
LINE = "RFC 9112 section 3: "
METHOD = "RFC 9112 section 3.1: "
TARGET = "RFC 9112 section 3.2: "
VERSION = "RFC 9112 section 2.3: "
ENDINGS = "RFC 9112 section 2.2: "
FIELD = "RFC 9112 section 5: "
COLON = "RFC 9112 section 5.1: "
FOLD = "RFC 9112 section 5.2: "
VALUE = "RFC 9110 section 5.5: "
HOST = "RFC 9112 section 3.2: "
HOST_SYNTAX = "RFC 9110 section 7.2, RFC 3986 section 3.2.2: "
LENGTH = "RFC 9110 section 8.6, RFC 9112 section 6.3: "
CODING = "RFC 9112 section 6.1: "
CHUNK = "RFC 9112 section 7.1: "
EXTENSION = "RFC 9112 section 7.1.1: "
TRAILER = "RFC 9112 section 7.1.2, RFC 9110 section 6.5: "
PERSIST = "RFC 9112 section 9.3: "
EXPECT = "RFC 9110 section 10.1.1: "
UPGRADE = "RFC 9110 section 7.8: "
SHADOW = POLICY + "names that collide in a WSGI environ: "
LIMIT = POLICY + "limits: "


def request_lines():
    valid("get_root", LINE + "the simplest request", get(), want())
    valid("get_path", TARGET + "origin form", get("/a/b/c"), want("GET", "/a/b/c"))
    valid("get_query", TARGET + "origin form with query", get("/a?b=c&d=e"), want("GET", "/a?b=c&d=e", query="b=c&d=e"))
    valid("empty_query", TARGET + "a query may be empty", get("/a?"), want("GET", "/a?"))
    valid("two_question_marks", TARGET + "the first ? begins the query", get("/a?b?c"), want("GET", "/a?b?c", query="b?c"))
    valid("double_slash", TARGET + "a path may begin with two slashes", get("//a//b"), want("GET", "//a//b"))
    valid("dot_segments", POLICY + "paths are passed on as sent", get("/a/../b/./c"), want("GET", "/a/../b/./c"))
    valid("percent_encoded", TARGET + "escapes are passed on as sent", get("/%41%2f%00?%3F"), want("GET", "/%41%2f%00?%3F", query="%3F"))
    valid("malformed_escape", POLICY + "escapes are the application's business", get("/%zz%"), want("GET", "/%zz%"))
    valid("path_sub_delims", TARGET + "pchar", get("/a;b=c,d!e$f&g'(h)*+:@-._~"), want("GET", "/a;b=c,d!e$f&g'(h)*+:@-._~"))
    valid("path_unwise", POLICY + "visible ASCII that browsers send unescaped", get('/a{b}|c\\d^e`f[g]"<h>'), want("GET", '/a{b}|c\\d^e`f[g]"<h>'))
    valid("query_unwise", POLICY + "visible ASCII that browsers send unescaped", get('/?a[]={b}|c\\d^`"<>'), want("GET", '/?a[]={b}|c\\d^`"<>', query='a[]={b}|c\\d^`"<>'))
    valid("path_with_colon", TARGET + "origin form may look like a scheme", get("/http://b/"), want("GET", "/http://b/"))
    valid("absolute_form", TARGET + "absolute form", get("http://a/b?c"), want("GET", "http://a/b?c", path="/b", query="c"))
    valid("absolute_form_upper_case", TARGET + "schemes ignore case", get("HTTP://a/b"), want("GET", "HTTP://a/b", path="/b"))
    valid("absolute_form_https", TARGET + "absolute form with https", get("https://a/b"), want("GET", "https://a/b", path="/b"))
    valid("absolute_form_no_path", "RFC 9110 section 4.2.3: an empty path is /", get("http://a"), want("GET", "http://a", path="/"))
    valid("absolute_form_query_only", "RFC 9110 section 4.2.3: an empty path is /", get("http://a?b"), want("GET", "http://a?b", path="/", query="b"))
    valid("absolute_form_port", TARGET + "absolute form with port", get("http://a:8000/"), want("GET", "http://a:8000/", path="/", host="a:8000"))
    valid("absolute_form_ipv6", TARGET + "absolute form with an IPv6 address", get("http://[::1]:80/"), want("GET", "http://[::1]:80/", path="/", host="[::1]:80"))
    valid("absolute_form_other_host", "RFC 9112 section 3.2.2: the target's authority replaces Host", get("http://b/c"), want("GET", "http://b/c", path="/c", host="b"))
    valid("absolute_form_http_1_0", "RFC 9112 section 3.2.2: absolute form without Host", head("GET http://b/c HTTP/1.0"), want("GET", "http://b/c", path="/c", host=None, version_minor=0, keep_alive=False))
    valid("options_asterisk", "RFC 9112 section 3.2.4: asterisk form", get("*", method="OPTIONS"), want("OPTIONS", "*"))
    valid("options_path", METHOD + "OPTIONS in origin form", get("/a", method="OPTIONS"), want("OPTIONS", "/a"))
    valid("http_1_0", VERSION + "HTTP/1.0 without Host", head("GET / HTTP/1.0"), want(host=None, version_minor=0, keep_alive=False))
    for method in ("HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE"):
        valid(f"method_{method.lower()}", METHOD + "registered methods", get(method=method), want(method))
    for method in ("PROPFIND", "M-SEARCH", "BASELINE-CONTROL", "QUERY", "FOO", "A1.B_C~", "ABCDEFGHIJKLMNOPQRST"):
        name = "".join(c if c.isalnum() else "_" for c in method.lower())
        valid(f"method_{name}", METHOD + "any token, known or not", get(method=method), want(method))
    for method in ("get", "Get", "GEt", "foo"):
        invalid(f"method_case_{''.join('u' if c.isupper() else 'l' for c in method)}_{method.lower()}", POLICY + "no lower case in methods", get(method=method), 400, "invalid character in method")
    for name, method in dict(at="G@T", colon="GE:T", slash="G/T", paren="G(T", quote='G"T', comma="G,T", bracket="G[T", brace="G{T", hash="G#T", high="G\xc9T", equals="GE=T", semicolon="GE;T").items():
        invalid(f"method_with_{name}", METHOD + "a method is a token, and not unconventional", get(method=method), 400, "invalid character in method")
    invalid("method_too_short", POLICY + "methods have 3 to 20 characters", get(method="GE"), 400, "method of an unusual length")
    invalid("method_too_long", POLICY + "methods have 3 to 20 characters", get(method="ABCDEFGHIJKLMNOPQRSTU"), 400, "method of an unusual length")
    invalid("method_missing", LINE + "a request line has three parts", head("/ HTTP/1.1", "Host: a"), 400, "malformed request line")
    invalid("method_empty", LINE + "a request line begins with a method", head(" / HTTP/1.1", "Host: a"), 400, "method of an unusual length")
    invalid("method_quoted", METHOD + "a method is a token", get(method='"GET"'), 400, "invalid character in method")
    invalid("connect_authority", POLICY + "no tunnels: 501", head("CONNECT a:443 HTTP/1.1", "Host: a:443"), 501, "CONNECT is not supported")
    invalid("connect_path", POLICY + "no tunnels: 501", get("/a", method="CONNECT"), 501, "CONNECT is not supported")
    invalid("version_missing", VERSION + "no HTTP/0.9", head("GET /"), 400, "malformed request line")
    invalid("version_missing_space_after", LINE + "no HTTP/0.9", head("GET / "), 400, "malformed HTTP version")
    for version in ("0.9", "1.2", "1.9", "2.0", "3.0", "9.9", "0.0", "0.1"):
        invalid(f"version_{version.replace('.', '_')}", "RFC 9110 section 15.6.6: other versions", get(version=version), 505, "HTTP version not supported")
    for name, version in dict(lower="http/1.1", mixed="Http/1.1", two_digits="HTTP/1.10", leading_zero="HTTP/01.1", no_minor="HTTP/1", no_dot="HTTP/11", comma="HTTP/1,1", letter="HTTP/1.x", no_slash="HTTP1.1", other="ICE/1.0", rtsp="RTSP/1.0", sign="HTTP/+1.1", trailing="HTTP/1.1x", hex="HTTP/1.a", empty="HTTP/", dash="HTTP-1.1", scheme="HTTPS/1.1").items():
        invalid(f"version_malformed_{name}", VERSION + "HTTP-version is case-sensitive, digit.digit", head(f"GET / {version}", "Host: a"), 400, "malformed HTTP version")
    invalid("http2_preface", "RFC 9113 section 3.4: HTTP/2 is not spoken here", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HTTP version not supported")
    invalid("tls_client_hello", LINE + "TLS on a plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "control character")
    invalid("two_spaces_before_target", LINE + "exactly one space", head("GET  / HTTP/1.1", "Host: a"), 400, "invalid character in target")
    invalid("two_spaces_after_target", LINE + "exactly one space", head("GET /  HTTP/1.1", "Host: a"), 400, "invalid character in target")
    invalid("space_in_target", LINE + "no white space in the target", head("GET /a b HTTP/1.1", "Host: a"), 400, "invalid character in target")
    invalid("tab_before_target", LINE + "a space, not a tab", head("GET\t/ HTTP/1.1", "Host: a"), 400)
    invalid("tab_after_target", LINE + "a space, not a tab", head("GET /\tHTTP/1.1", "Host: a"), 400)
    invalid("tabs_only", LINE + "a space, not a tab", head("GET\t/\tHTTP/1.1", "Host: a"), 400, "malformed request line")
    invalid("tab_in_target", LINE + "no white space in the target", get("/a\tb"), 400, "invalid character in target")
    invalid("space_before_method", LINE + "no white space before the method", " " + get(), 400)
    invalid("space_after_version", LINE + "no white space after the version", head("GET / HTTP/1.1 ", "Host: a"), 400, "malformed HTTP version")
    invalid("tab_after_version", LINE + "no white space after the version", head("GET / HTTP/1.1\t", "Host: a"), 400, "malformed HTTP version")
    invalid("target_missing", LINE + "a request line has three parts", head("GET HTTP/1.1", "Host: a"), 400, "malformed request line")
    invalid("target_empty", LINE + "a target is not empty", head("GET  HTTP/1.1", "Host: a"), 400, "empty target")
    invalid("target_fragment", TARGET + "a fragment is never sent", get("/a#b"), 400, "fragment in target")
    invalid("target_fragment_in_query", TARGET + "a fragment is never sent", get("/a?b#c"), 400, "fragment in target")
    invalid("target_fragment_absolute", TARGET + "a fragment is never sent", get("http://a/#b"), 400, "fragment in target")
    invalid("target_high_byte", "RFC 3986 section 2: a URI is ASCII", get("/\xe9"), 400, "invalid character in target")
    invalid("target_utf_8", "RFC 3986 section 2: a URI is ASCII", get("/\xc3\xa9"), 400, "invalid character in target")
    invalid("target_high_byte_query", "RFC 3986 section 2: a URI is ASCII", get("/?\xff"), 400, "invalid character in target")
    invalid("target_no_break_space", "RFC 3986 section 2: a URI is ASCII", get("/a\xa0b"), 400, "invalid character in target")
    invalid("target_nul", TARGET + "no control characters", get("/a\0b"), 400, "control character")
    invalid("target_escape", TARGET + "no control characters", get("/a\x1bb"), 400, "control character")
    invalid("target_delete", TARGET + "no control characters", get("/a\x7fb"), 400, "control character")
    invalid("target_relative", TARGET + "a path begins with a slash", get("a/b"), 400, "target is neither a path nor an http URI")
    invalid("target_query_only", TARGET + "a path begins with a slash", get("?a=b"), 400, "target is neither a path nor an http URI")
    invalid("target_backslash", TARGET + "a path begins with a slash", get("\\a"), 400, "target is neither a path nor an http URI")
    invalid("target_ftp", POLICY + "http and https only", get("ftp://a/"), 400, "target is neither a path nor an http URI")
    invalid("target_scheme_only", TARGET + "absolute form has an authority", get("http:/a"), 400, "target is neither a path nor an http URI")
    invalid("target_authority_form", TARGET + "authority form is for CONNECT", get("a:80"), 400, "target is neither a path nor an http URI")
    invalid("target_asterisk_get", "RFC 9112 section 3.2.4: * is for OPTIONS", get("*"), 400, "target * is for OPTIONS only")
    invalid("target_asterisk_path", TARGET + "asterisk form is one character", get("*/a", method="OPTIONS"), 400, "target is neither a path nor an http URI")
    for name, authority in dict(empty="", port_only=":80", userinfo="u@a", password="u:p@a", bad_port="a:8x", large_port="a:65536", open_bracket="[::1", bad_ipv6="[::g]", backslash="a\\b", quote='a"', bad_escape="a%2").items():
        invalid(f"target_authority_{name}", TARGET + "the authority is host[:port]", get(f"http://{authority}/"), 400, "invalid authority in target")


def line_ends():
    valid("empty_line_before", ENDINGS + "an empty line before the request line is skipped", "\r\n" + get(), want())
    valid("four_empty_lines_before", POLICY + "up to four empty lines", "\r\n" * 4 + get(), want())
    valid("only_empty_lines", ENDINGS + "empty lines are not a request", "\r\n\r\n")
    valid("lone_carriage_return_pending", ENDINGS + "its line feed may yet come", "\r")
    valid("nothing", LINE + "no bytes, no request", "")
    valid("partial_request_line", LINE + "an incomplete request is waited for", "GET / HT")
    valid("partial_head", LINE + "an incomplete request is waited for", "GET / HTTP/1.1\r\nHost: a\r\n")
    valid("partial_head_end", LINE + "an incomplete request is waited for", "GET / HTTP/1.1\r\nHost: a\r\n\r")
    invalid("five_empty_lines_before", POLICY + "up to four empty lines", "\r\n" * 5 + get(), 400, "too many empty lines before the request")
    invalid("bare_lf_before", ENDINGS + "bare LF", "\n" + get(), 400, "line feed without carriage return")
    invalid("bare_cr_before", ENDINGS + "bare CR", "\r" + get(), 400, "carriage return without line feed")
    invalid("bare_lf_request_line", ENDINGS + "bare LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "line feed without carriage return")
    invalid("bare_cr_request_line", ENDINGS + "bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400, "carriage return without line feed")
    invalid("bare_lf_everywhere", ENDINGS + "bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400, "line feed without carriage return")
    invalid("bare_lf_field", ENDINGS + "bare LF", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "line feed without carriage return")
    invalid("bare_lf_second_field", ENDINGS + "bare LF", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\nX-C: d\r\n\r\n", 400, "line feed without carriage return")
    invalid("bare_cr_field", ENDINGS + "bare CR", "GET / HTTP/1.1\r\nHost: a\rX-A: b\r\n\r\n", 400, "carriage return without line feed")
    invalid("bare_cr_in_value", ENDINGS + "bare CR", get("/", "X-A: b\rc"), 400, "carriage return without line feed")
    invalid("bare_cr_in_target", ENDINGS + "bare CR", get("/a\rb"), 400, "carriage return without line feed")
    invalid("double_cr", ENDINGS + "bare CR", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400, "carriage return without line feed")
    invalid("double_cr_field", ENDINGS + "bare CR", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400, "carriage return without line feed")
    invalid("bare_lf_head_end", ENDINGS + "bare LF", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "line feed without carriage return")
    invalid("bare_cr_head_end", ENDINGS + "bare CR", "GET / HTTP/1.1\r\nHost: a\r\n\rX", 400, "carriage return without line feed")
    invalid("lf_cr", ENDINGS + "bare LF", "GET / HTTP/1.1\n\rHost: a\r\n\r\n", 400, "line feed without carriage return")
    invalid("unicode_line_separator", ENDINGS + "only CRLF ends a line", head("GET / HTTP/1.1\x85Host: a"), 400)


def fields():
    valid("field_no_space", FIELD + "white space after the colon is optional", get("/", "X-A:b"), want("GET", "/", ("X-A", "b")))
    valid("field_spaces_around", FIELD + "white space around a value is not part of it", get("/", "X-A: \t  b \t "), want("GET", "/", ("X-A", "b")))
    valid("field_inner_spaces", VALUE + "white space inside a value is", get("/", "X-A: b \t c"), want("GET", "/", ("X-A", "b \t c")))
    valid("field_empty", VALUE + "a value may be empty", get("/", "X-A:"), want("GET", "/", ("X-A", "")))
    valid("field_only_spaces", VALUE + "a value may be empty", get("/", "X-A: \t "), want("GET", "/", ("X-A", "")))
    valid("field_colons_in_value", FIELD + "the first colon ends the name", get("/", "X-A: b:c: d"), want("GET", "/", ("X-A", "b:c: d")))
    valid("field_value_begins_with_colon", FIELD + "the first colon ends the name", get("/", "X-A::b"), want("GET", "/", ("X-A", ":b")))
    valid("field_high_bytes", VALUE + "obs-text", get("/", "X-A: \x80\xe9\xff"), want("GET", "/", ("X-A", "\x80\xe9\xff")))
    valid("field_visible_ascii", VALUE + "VCHAR", get("/", "X-A: " + "".join(map(chr, range(0x21, 0x7f)))), want("GET", "/", ("X-A", "".join(map(chr, range(0x21, 0x7f))))))
    valid("field_token_characters", FIELD + "a name is a token", get("/", "!#$%&'*+-.^`|~09azAZ: b"), want("GET", "/", ("!#$%&'*+-.^`|~09azAZ", "b")))
    valid("field_one_letter", FIELD + "a name has one character or more", get("/", "X: b"), want("GET", "/", ("X", "b")))
    valid("field_repeated", FIELD + "repeated fields are kept in order", get("/", "X-A: b", "X-A: c", "x-a: d"), want("GET", "/", ("X-A", "b"), ("X-A", "c"), ("x-a", "d")))
    valid("field_order", FIELD + "fields are kept in order", get("/", "B: 1", "A: 2", "C: 3"), want("GET", "/", ("B", "1"), ("A", "2"), ("C", "3")))
    valid("field_quoted_comma", VALUE + "values are passed on as sent", get("/", 'X-A: "b,c", d'), want("GET", "/", ("X-A", '"b,c", d')))
    valid("two_cookies", FIELD + "repeated fields are kept apart", get("/", "Cookie: a=b", "Cookie: c=d"), want("GET", "/", ("Cookie", "a=b"), ("Cookie", "c=d")))
    valid("long_value", FIELD + "a value within the limit", get("/", "X-A: " + "b" * 4000), want("GET", "/", ("X-A", "b" * 4000)))
    invalid("space_before_colon", COLON + "no white space between name and colon", get("/", "X-A : b"), 400, "white space in field name")
    invalid("tab_before_colon", COLON + "no white space between name and colon", get("/", "X-A\t: b"), 400, "white space in field name")
    invalid("space_before_colon_length", COLON + "no white space between name and colon", post("Content-Length : 3", body="abc"), 400, "white space in field name")
    invalid("space_before_colon_coding", COLON + "no white space between name and colon", post("Transfer-Encoding : chunked", body="0\r\n\r\n"), 400, "white space in field name")
    invalid("space_before_colon_host", COLON + "no white space between name and colon", head("GET / HTTP/1.1", "Host : a"), 400, "white space in field name")
    invalid("space_in_name", FIELD + "a name is a token", get("/", "X A: b"), 400, "white space in field name")
    invalid("space_before_first_field", "RFC 9112 section 2.2: white space before the first field", head("GET / HTTP/1.1", " Host: a"), 400, "folded field or white space before a field")
    invalid("tab_before_first_field", "RFC 9112 section 2.2: white space before the first field", head("GET / HTTP/1.1", "\tHost: a"), 400, "folded field or white space before a field")
    invalid("fold_space", FOLD + "obs-fold", get("/", "X-A: b", " c"), 400, "folded field or white space before a field")
    invalid("fold_tab", FOLD + "obs-fold", get("/", "X-A: b", "\tc"), 400, "folded field or white space before a field")
    invalid("fold_empty", FOLD + "obs-fold", get("/", "X-A: b", " "), 400, "folded field or white space before a field")
    invalid("fold_after_empty_value", FOLD + "obs-fold", get("/", "X-A:", " b"), 400, "folded field or white space before a field")
    invalid("fold_field_like", FOLD + "obs-fold", get("/", "X-A: b", " X-C: d"), 400, "folded field or white space before a field")
    invalid("fold_length", FOLD + "obs-fold", post("Content-Length:", " 3", body="abc"), 400)
    invalid("fold_coding", FOLD + "obs-fold", post("Transfer-Encoding:", " chunked", body="0\r\n\r\n"), 400)
    invalid("no_colon", FIELD + "a field has a colon", get("/", "X-A"), 400, "field without colon")
    invalid("no_colon_but_space", FIELD + "a field has a colon", get("/", "X-A b"), 400, "white space in field name")
    invalid("empty_name", FIELD + "a name is not empty", get("/", ": b"), 400, "empty field name")
    invalid("only_colon", FIELD + "a name is not empty", get("/", ":"), 400, "empty field name")
    for name, c in dict(paren="(", close_paren=")", comma=",", slash="/", semicolon=";", less="<", equals="=", greater=">", question="?", at="@", bracket="[", backslash="\\", close_bracket="]", brace="{", close_brace="}", quote='"', high="\xe9", utf_8="\xc3\xa9").items():
        invalid(f"name_with_{name}", FIELD + "a name is a token", get("/", f"X{c}A: b"), 400, "invalid character in field name")
    for code in (*range(0x00, 0x09), 0x0b, 0x0c, *range(0x0e, 0x20), 0x7f):
        invalid(f"value_control_{code:02x}", VALUE + "control characters", get("/", f"X-A: b{chr(code)}c"), 400, "control character")
    for name, code in dict(nul=0, vertical_tab=0x0b, form_feed=0x0c, escape=0x1b, delete=0x7f).items():
        invalid(f"name_control_{name}", FIELD + "a name is a token", get("/", f"X{chr(code)}A: b"), 400, "control character")
    invalid("value_begins_with_nul", VALUE + "control characters", get("/", "X-A: \0"), 400, "control character")
    invalid("value_ends_with_form_feed", VALUE + "control characters", get("/", "X-A: b\x0c"), 400, "control character")
    invalid("nul_after_head", LINE + "control characters", get() + "\0", 400, "control character", before=[want()])


def hosts():
    for name, host in dict(name="example.org", port="a:8000", ipv4="127.0.0.1", ipv4_port="127.0.0.1:80", ipv6="[::1]", ipv6_port="[2001:db8::1]:8000", ipv6_mapped="[::ffff:10.0.0.1]", empty_port="a:", largest_port="a:65535", underscore="a_b", dash="a-b", upper="EXAMPLE.org", dot_end="a.", escape="a%2Db", sub_delims="a!$&'()*+,;=b", digits="1234", tilde="~a").items():
        valid(f"host_{name}", HOST_SYNTAX + "host[:port]", get(host=host), want(host=host))
    valid("host_spaces_around", HOST_SYNTAX + "white space around a value", get(host=" a  "), want(host="a"))
    valid("host_any_case", FIELD + "names ignore case", head("GET / HTTP/1.1", "hOsT: a"), want("GET", "/", ("hOsT", "a"), host=None))
    valid("host_last", FIELD + "the order of names is free", head("GET / HTTP/1.1", "X-A: b", "Host: a"), want("GET", "/", ("X-A", "b"), ("Host", "a"), host=None))
    valid("host_http_1_0", HOST + "HTTP/1.0 may send Host", get(version="1.0"), want(version_minor=0, keep_alive=False))
    invalid("host_missing", HOST + "HTTP/1.1 needs Host", head("GET / HTTP/1.1"), 400, "missing Host")
    invalid("host_missing_absolute", HOST + "HTTP/1.1 needs Host in absolute form too", head("GET http://a/ HTTP/1.1"), 400, "missing Host")
    invalid("host_missing_options", HOST + "HTTP/1.1 needs Host", head("OPTIONS * HTTP/1.1", "X-A: b"), 400, "missing Host")
    invalid("host_repeated", HOST + "one Host", get("/", "Host: b"), 400, "repeated Host")
    invalid("host_repeated_equal", HOST + "one Host", get("/", "Host: a"), 400, "repeated Host")
    invalid("host_repeated_case", HOST + "one Host", get("/", "HOST: b"), 400, "repeated Host")
    invalid("host_repeated_http_1_0", HOST + "one Host", get("/", "Host: b", version="1.0"), 400, "repeated Host")
    for name, host in dict(empty="", space="a b", list="a, b", comma_space="a ,b", slash="a/b", userinfo="u@a", fragment="a#b", query="a?b", port_letters="a:b", port_sign="a:+80", port_large="a:65536", port_long="a:000080", two_ports="a:80:80", colon_only=":80", ipv6_bare="::1", ipv6_open="[::1", ipv6_empty="[]", ipv6_letters="[::x]", ipv6_zone="[fe80::1%25eth0]", ipv6_rest="[::1]a", ipv6_colon_rest="[::1]:a", ipvfuture="[v1.a]", scheme="http://a", quote='"a"', less="<a>", backslash="a\\b", caret="a^b", pipe="a|b", brace="{a}", high="\xe9", escape_short="a%2", escape_bad="a%zz", tab="a\tb").items():
        invalid(f"host_bad_{name}", HOST_SYNTAX + "host[:port]", get(host=host), 400, "invalid Host")


def lengths():
    valid("length", LENGTH + "a body of that many bytes", post("Content-Length: 3", body="abc"), want_post(body="abc"))
    valid("length_zero", LENGTH + "an empty body", post("Content-Length: 0"), want_post())
    valid("length_get", LENGTH + "any method may have a body", get("/", "Content-Length: 2") + "ab", want("GET", "/", ("Content-Length", "2"), content_length=2, body="ab"))
    valid("length_unknown_method", LENGTH + "any method may have a body", get("/", "Content-Length: 2", method="FOO") + "ab", want("FOO", "/", ("Content-Length", "2"), content_length=2, body="ab"))
    valid("length_leading_zeros", LENGTH + "1*DIGIT", post("Content-Length: 0003", body="abc"), want("POST", "/", ("Content-Length", "0003"), content_length=3, body="abc"))
    valid("length_no_space", LENGTH + "white space is optional", post("Content-Length:3", body="abc"), want_post(body="abc"))
    valid("length_spaces_around", LENGTH + "white space around a value", post("Content-Length:  3  ", body="abc"), want_post(body="abc"))
    valid("length_any_case", FIELD + "names ignore case", post("CONTENT-length: 3", body="abc"), want("POST", "/", ("CONTENT-length", "3"), content_length=3, body="abc"))
    valid("length_binary_body", LENGTH + "a body is any bytes", post("Content-Length: 6", body="\0\r\n\r\n\xff"), want_post(body="\0\r\n\r\n\xff"))
    valid("length_body_like_a_request", LENGTH + "a body is not parsed", post("Content-Length: 18", body="GET / HTTP/1.1\r\n\r\n"), want_post(body="GET / HTTP/1.1\r\n\r\n"))
    valid("length_body_missing", LENGTH + "an incomplete body is waited for", post("Content-Length: 5", body="ab"), want("POST", "/", ("Content-Length", "5"), content_length=5, body="ab", complete=False))
    valid("length_largest", POLICY + "lengths fit a signed offset", post("Content-Length: 9223372036854775807"), want("POST", "/", ("Content-Length", "9223372036854775807"), content_length=9223372036854775807, complete=False))
    valid("length_http_1_0", LENGTH + "HTTP/1.0 bodies", post("Content-Length: 3", body="abc", version="1.0"), want_post(body="abc", version_minor=0, keep_alive=False))
    valid("no_length_no_body", "RFC 9112 section 6.3 item 7: no framing, no body", post(), want("POST"))
    valid("content_lengthy", LENGTH + "another name", get("/", "Content-Lengthy: 5", "X-Content-Length: 5"), want("GET", "/", ("Content-Lengthy", "5"), ("X-Content-Length", "5")))
    invalid("length_repeated", LENGTH + "one Content-Length", post("Content-Length: 3", "Content-Length: 4", body="abcd"), 400, "repeated Content-Length")
    invalid("length_repeated_equal", LENGTH + "one Content-Length, even if equal", post("Content-Length: 3", "Content-Length: 3", body="abc"), 400, "repeated Content-Length")
    invalid("length_repeated_case", LENGTH + "one Content-Length", post("Content-Length: 3", "content-length: 3", body="abc"), 400, "repeated Content-Length")
    for name, value in dict(list="3, 3", list_differs="3, 4", list_end="3,", sign="+3", minus="-3", minus_zero="-0", hex="0x3", empty="", blank=" ", letters="abc", letter_after="3a", letter_before="a3", inner_space="3 3", fraction="3.0", exponent="1e1", underscore="1_0", quoted='"3"', semicolon="3;4", too_large="9223372036854775808", overflow_64="18446744073709551616", overflow_by_3="18446744073709551619", very_long="1" * 60, superscript="\xb3", tab_inside="3\t3", plus_after="3+", bool="true", nan="nan").items():
        invalid(f"length_{name}", LENGTH + "digits only", post(f"Content-Length: {value}", body="abc"), 400, "invalid Content-Length")
    invalid("length_before_coding", CODING + "never both", post("Content-Length: 3", "Transfer-Encoding: chunked", body="0\r\n\r\n"), 400, "both Content-Length and Transfer-Encoding")
    invalid("length_after_coding", CODING + "never both", chunked("0\r\n\r\n", "Content-Length: 3"), 400, "both Content-Length and Transfer-Encoding")
    invalid("length_zero_and_coding", CODING + "never both", chunked("0\r\n\r\n", "Content-Length: 0"), 400, "both Content-Length and Transfer-Encoding")
    invalid("length_and_unknown_coding", CODING + "never both", post("Content-Length: 3", "Transfer-Encoding: gzip", body="abc"), 400, "both Content-Length and Transfer-Encoding")


def codings():
    valid("coding_chunked", CODING + "chunked", chunked("3\r\nabc\r\n0\r\n\r\n"), want_chunked("abc"))
    valid("coding_chunked_case", CODING + "codings ignore case", post("Transfer-Encoding: CHUNKED", body="0\r\n\r\n"), want("POST", "/", ("Transfer-Encoding", "CHUNKED"), chunked=True))
    valid("coding_chunked_no_space", CODING + "white space is optional", post("Transfer-Encoding:chunked", body="0\r\n\r\n"), want_chunked(""))
    valid("coding_chunked_spaces", CODING + "white space around a value", post("Transfer-Encoding:   chunked ", body="0\r\n\r\n"), want_chunked(""))
    valid("coding_chunked_get", CODING + "any method may have a body", get("/", "Transfer-Encoding: chunked") + "1\r\na\r\n0\r\n\r\n", want("GET", "/", ("Transfer-Encoding", "chunked"), chunked=True, body="a"))
    valid("te_field", "RFC 9110 section 10.1.4: TE is not framing", get("/", "TE: trailers, gzip"), want("GET", "/", ("TE", "trailers, gzip")))
    for name, value in dict(gzip="gzip", identity="identity", compress="compress", deflate="deflate", gzip_chunked="gzip, chunked", parameter="foo;q=1, chunked", xchunked="xchunked", chunked_x="chunkedx", chunked_dash="chunked-x", two_unknown="gzip, deflate").items():
        invalid(f"coding_unknown_{name}", CODING + "501 for codings that are not understood", post(f"Transfer-Encoding: {value}", body="0\r\n\r\n"), 501, "unknown transfer coding")
    for name, value in dict(empty="", blank=" ", comma=",", comma_before=",chunked", comma_after="chunked,", comma_space="chunked, ", twice="chunked, chunked", chunked_first="chunked, gzip", chunked_inside="gzip, chunked, gzip", parameter="chunked;q=1", semicolon="chunked;", quoted='"chunked"', single_quoted="'chunked' x", space_inside="chun ked", two_words="chunked chunked", colon=": chunked", slash="chunked/1", high="chunked\xe9", brackets="[chunked]", equals="chunked=1").items():
        invalid(f"coding_bad_{name}", CODING + "a list of codings that ends in one chunked", post(f"Transfer-Encoding: {value}", body="0\r\n\r\n"), 400, "invalid Transfer-Encoding")
    invalid("coding_vertical_tab", VALUE + "control characters", post("Transfer-Encoding: \x0bchunked", body="0\r\n\r\n"), 400, "control character")
    invalid("coding_repeated", CODING + "one Transfer-Encoding", chunked("0\r\n\r\n", "Transfer-Encoding: chunked"), 400, "repeated Transfer-Encoding")
    invalid("coding_repeated_identity", CODING + "one Transfer-Encoding", chunked("0\r\n\r\n", "Transfer-Encoding: identity"), 400, "repeated Transfer-Encoding")
    invalid("coding_split", CODING + "one Transfer-Encoding", post("Transfer-Encoding: gzip", "transfer-encoding: chunked", body="0\r\n\r\n"), 400, "repeated Transfer-Encoding")
    invalid("coding_http_1_0", CODING + "not in HTTP/1.0", post("Transfer-Encoding: chunked", body="0\r\n\r\n", version="1.0"), 400, "Transfer-Encoding in HTTP/1.0")
    invalid("coding_http_1_0_keep_alive", CODING + "not in HTTP/1.0", post("Transfer-Encoding: chunked", "Connection: keep-alive", body="0\r\n\r\n", version="1.0"), 400, "Transfer-Encoding in HTTP/1.0")


def chunks():
    started = [want_chunked("", complete=False)]
    valid("chunk_none", CHUNK + "an empty body", chunked("0\r\n\r\n"), want_chunked(""))
    valid("chunk_two", CHUNK + "chunks are joined", chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), want_chunked("abcde"))
    valid("chunk_hex_lower", CHUNK + "hexadecimal sizes", chunked("a\r\n0123456789\r\n0\r\n\r\n"), want_chunked("0123456789"))
    valid("chunk_hex_upper", CHUNK + "hexadecimal sizes", chunked("A\r\n0123456789\r\n0\r\n\r\n"), want_chunked("0123456789"))
    valid("chunk_two_digits", CHUNK + "hexadecimal sizes", chunked("1f\r\n" + "x" * 31 + "\r\n0\r\n\r\n"), want_chunked("x" * 31))
    valid("chunk_leading_zeros", CHUNK + "1*HEXDIG", chunked("0003\r\nabc\r\n0000\r\n\r\n"), want_chunked("abc"))
    valid("chunk_sixteen_digits", POLICY + "at most 16 digits", chunked("0000000000000003\r\nabc\r\n0000000000000000\r\n\r\n"), want_chunked("abc"))
    valid("chunk_binary", CHUNK + "data is any bytes", chunked("6\r\n\0\r\n0\r\n\r\n0\r\n\r\n"), want_chunked("\0\r\n0\r\n"))
    valid("chunk_unfinished_size", CHUNK + "the rest is waited for", chunked("3"), want_chunked("", complete=False))
    valid("chunk_unfinished_data", CHUNK + "the rest is waited for", chunked("3\r\nab"), want_chunked("ab", complete=False))
    valid("chunk_unfinished_end", CHUNK + "the rest is waited for", chunked("3\r\nabc"), want_chunked("abc", complete=False))
    valid("chunk_unfinished_last", CHUNK + "the rest is waited for", chunked("0\r\n"), want_chunked("", complete=False))
    valid("chunk_unfinished_trailer", CHUNK + "the rest is waited for", chunked("0\r\nX-A: b"), want_chunked("", complete=False))
    valid("chunk_extension_name", EXTENSION + "extensions are ignored", chunked("3;a\r\nabc\r\n0\r\n\r\n"), want_chunked("abc"))
    valid("chunk_extension_value", EXTENSION + "extensions are ignored", chunked("3;a=b\r\nabc\r\n0;c=d\r\n\r\n"), want_chunked("abc"))
    valid("chunk_extension_quoted", EXTENSION + "quoted values", chunked('3;a="b;c=d \\" e"\r\nabc\r\n0\r\n\r\n'), want_chunked("abc"))
    valid("chunk_extension_quoted_high", EXTENSION + "quoted values", chunked('3;a="\xe9\t"\r\nabc\r\n0\r\n\r\n'), want_chunked("abc"))
    valid("chunk_extension_two", EXTENSION + "several extensions", chunked('3;a;b=c;d="e"\r\nabc\r\n0\r\n\r\n'), want_chunked("abc"))
    valid("chunk_extension_longest", POLICY + "a chunk line has up to 256 bytes", chunked("3;" + "a" * 254 + "\r\nabc\r\n0\r\n\r\n"), want_chunked("abc"))
    for name, line in dict(empty="", letter="g", sign="+3", minus="-3", space_before=" 3", tab_before="\t3", seventeen_digits="00000000000000003", overflow="10000000000000003", quoted='"3"', semicolon=";a=b", comma=",3", high="\xb3", colon=":3").items():
        invalid(f"chunk_size_{name}", CHUNK + "1 to 16 hexadecimal digits", chunked(line + "\r\nabc\r\n0\r\n\r\n"), 400, "invalid chunk size", before=started)
    for name, line in dict(space_after="3 ", tab_after="3\t", space_before_semicolon="3 ;a=b", space_after_semicolon="3; a=b", space_before_equals="3;a =b", space_after_equals="3;a= b", space_at_end="3;a=b ", no_name="3;", no_name_value="3;=b", no_value="3;a=", double_semicolon="3;;a", open_quote='3;a="b', escape_at_end='3;a="b\\', after_quote='3;a="b"c', bad_name="3;a@b", bad_value="3;a=b@c", quote_in_name='3;a"b', high_name="3;\xe9", letter_after="3g", comma="3,a", underscore="3_0", dot="3.0", space_digits="3 3", hex_prefix="0x3").items():
        invalid(f"chunk_extension_{name}", EXTENSION + "no white space, *(;token[=value])", chunked(line + "\r\nabc\r\n0\r\n\r\n"), 400, "invalid chunk extension", before=started)
    invalid("chunk_size_nul", CHUNK + "control characters", chunked("3\0\r\nabc\r\n0\r\n\r\n"), 400, "control character", before=started)
    invalid("chunk_extension_nul", EXTENSION + "control characters", chunked("3;a=\0\r\nabc\r\n0\r\n\r\n"), 400, "control character", before=started)
    invalid("chunk_size_bare_lf", CHUNK + "bare LF", chunked("3\nabc\r\n0\r\n\r\n"), 400, "line feed without carriage return", before=started)
    invalid("chunk_size_bare_cr", CHUNK + "bare CR", chunked("3\rabc\r\n0\r\n\r\n"), 400, "carriage return without line feed", before=started)
    invalid("chunk_size_cr_cr_lf", CHUNK + "bare CR", chunked("3\r\r\nabc\r\n0\r\n\r\n"), 400, "carriage return without line feed", before=started)
    invalid("chunk_extension_bare_lf", EXTENSION + "bare LF", chunked("3;a\nabc\r\n0\r\n\r\n"), 400, "line feed without carriage return", before=started)
    invalid("chunk_extension_bare_cr", EXTENSION + "bare CR", chunked("3;a\rb\r\nabc\r\n0\r\n\r\n"), 400, "carriage return without line feed", before=started)
    invalid("chunk_extension_quoted_bare_lf", EXTENSION + "bare LF", chunked('3;a="\n"\r\nabc\r\n0\r\n\r\n'), 400, "line feed without carriage return", before=started)
    invalid("chunk_empty_line_before", CHUNK + "no empty line before the first chunk", chunked("\r\n3\r\nabc\r\n0\r\n\r\n"), 400, "invalid chunk size", before=started)
    read = [want_chunked("abc", complete=False)]
    invalid("chunk_data_too_long", CHUNK + "data ends where the size says", chunked("3\r\nabcd\r\n0\r\n\r\n"), 400, "chunk data longer than its size", before=read)
    invalid("chunk_data_too_short", CHUNK + "data ends where the size says", chunked("5\r\nabc\r\n0\r\n\r\n"), 400, "chunk data longer than its size", before=[want_chunked("abc\r\n", complete=False)])
    invalid("chunk_data_bare_lf", CHUNK + "CRLF after the data", chunked("3\r\nabc\n0\r\n\r\n"), 400, "line feed without carriage return", before=read)
    invalid("chunk_data_bare_cr", CHUNK + "CRLF after the data", chunked("3\r\nabc\r0\r\n\r\n"), 400, "carriage return without line feed", before=read)
    invalid("chunk_data_no_crlf", CHUNK + "CRLF after the data", chunked("3\r\nabc0\r\n\r\n"), 400, "chunk data longer than its size", before=read)
    invalid("chunk_data_space", CHUNK + "CRLF after the data", chunked("3\r\nabc \r\n0\r\n\r\n"), 400, "chunk data longer than its size", before=read)
    invalid("chunk_last_bare_lf", CHUNK + "bare LF", chunked("3\r\nabc\r\n0\n\n"), 400, "line feed without carriage return", before=read)
    invalid("chunk_last_end_bare_lf", CHUNK + "bare LF", chunked("3\r\nabc\r\n0\r\n\n"), 400, "line feed without carriage return", before=read)
    invalid("chunk_last_end_bare_cr", CHUNK + "bare CR", chunked("3\r\nabc\r\n0\r\n\rX"), 400, "carriage return without line feed", before=read)
    invalid("chunk_line_too_long", POLICY + "a chunk line has up to 256 bytes", chunked("3;" + "a" * 255 + "\r\nabc\r\n0\r\n\r\n"), 400, "chunk line too long", before=started)
    invalid("chunk_line_endless", POLICY + "a chunk line has up to 256 bytes", chunked("3;" + "a" * 1000), 400, "chunk line too long", before=started)
    invalid("chunk_sum_overflow", POLICY + "bodies fit a signed offset", chunked("1\r\na\r\n7fffffffffffffff\r\n"), 413, "body too large", before=[want_chunked("a", complete=False)])
    invalid("chunk_size_above_signed", POLICY + "bodies fit a signed offset", chunked("8000000000000000\r\n"), 413, "body too large", before=started)
    invalid("chunk_size_all_ones", POLICY + "bodies fit a signed offset", chunked("ffffffffffffffff\r\n"), 413, "body too large", before=started)


def trailers():
    started = [want_chunked("", complete=False)]
    valid("trailer", TRAILER + "trailers are kept", chunked("1\r\na\r\n0\r\nX-A: b\r\n\r\n"), want_chunked("a", trailers=[("X-A", "b")]))
    valid("trailer_two", TRAILER + "in order", chunked("0\r\nX-A: b\r\nX-C:  d \r\n\r\n"), want_chunked("", trailers=[("X-A", "b"), ("X-C", "d")]))
    valid("trailer_announced", TRAILER + "announced", chunked("0\r\nDigest: b\r\n\r\n", "Trailer: Digest"), want_chunked("", ("Trailer", "Digest"), trailers=[("Digest", "b")]))
    valid("trailer_empty_value", TRAILER + "a value may be empty", chunked("0\r\nX-A:\r\n\r\n"), want_chunked("", trailers=[("X-A", "")]))
    valid("trailer_high_bytes", VALUE + "obs-text", chunked("0\r\nX-A: \xff\r\n\r\n"), want_chunked("", trailers=[("X-A", "\xff")]))
    for name in ("Transfer-Encoding", "Content-Length", "Host", "Connection", "TE", "Trailer", "Upgrade", "Expect", "Authorization", "Cookie", "Content-Type", "Content-Encoding", "Content-Range", "Range", "If-Match", "Cache-Control", "X-Forwarded-For", "Sec-Fetch-Site"):
        valid(f"trailer_dropped_{name.lower().replace('-', '_')}", TRAILER + "names that may not be trailers are dropped", chunked(f"0\r\n{name}: 5\r\nX-A: b\r\n\r\n"), want_chunked("", trailers=[("X-A", "b")]))
    valid("trailer_dropped_any_case", TRAILER + "names that may not be trailers are dropped", chunked("0\r\ncontent-LENGTH: 5\r\n\r\n"), want_chunked(""))
    valid("trailer_dropped_underscore", SHADOW + "dropped in trailers", chunked("0\r\nX_A: b\r\n\r\n"), want_chunked(""))
    valid("trailer_then_request", TRAILER + "the next request is apart", chunked("0\r\nX-A: b\r\n\r\n") + get("/b"), want_chunked("", trailers=[("X-A", "b")]), want("GET", "/b"))
    invalid("trailer_no_colon", FIELD + "a field has a colon", chunked("0\r\nX-A\r\n\r\n"), 400, "field without colon", before=started)
    invalid("trailer_space_before_colon", COLON + "no white space between name and colon", chunked("0\r\nX-A : b\r\n\r\n"), 400, "white space in field name", before=started)
    invalid("trailer_fold", FOLD + "obs-fold", chunked("0\r\nX-A: b\r\n c\r\n\r\n"), 400, "folded field or white space before a field", before=started)
    invalid("trailer_leading_space", FOLD + "white space before a field", chunked("0\r\n X-A: b\r\n\r\n"), 400, "folded field or white space before a field", before=started)
    invalid("trailer_bare_lf", ENDINGS + "bare LF", chunked("0\r\nX-A: b\n\r\n"), 400, "line feed without carriage return", before=started)
    invalid("trailer_bare_cr", ENDINGS + "bare CR", chunked("0\r\nX-A: b\rX-C: d\r\n\r\n"), 400, "carriage return without line feed", before=started)
    invalid("trailer_nul", VALUE + "control characters", chunked("0\r\nX-A: \0\r\n\r\n"), 400, "control character", before=started)
    invalid("trailer_bad_name", FIELD + "a name is a token", chunked("0\r\nX@A: b\r\n\r\n"), 400, "invalid character in field name", before=started)
    invalid("trailer_smuggled_request", TRAILER + "a request line is no field", chunked("0\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n"), 400, "white space in field name", before=started)


def connections():
    valid("pipelined_two", PERSIST + "pipelining", get("/a") + get("/b"), want("GET", "/a"), want("GET", "/b"))
    valid("pipelined_three", PERSIST + "pipelining", get("/a") + post("Content-Length: 3", body="abc") + get("/b"), want("GET", "/a"), want_post(body="abc"), want("GET", "/b"))
    valid("pipelined_after_chunked", PERSIST + "pipelining", chunked("3\r\nabc\r\n0\r\n\r\n") + get("/b"), want_chunked("abc"), want("GET", "/b"))
    valid("pipelined_empty_line_between", ENDINGS + "an empty line after a body is skipped", post("Content-Length: 3", body="abc") + "\r\n" + get("/b"), want_post(body="abc"), want("GET", "/b"))
    valid("pipelined_partial", PERSIST + "pipelining", get("/a") + "GET /b HTTP/1.1\r\n", want("GET", "/a"))
    valid("close", PERSIST + "close", get("/", "Connection: close"), want("GET", "/", ("Connection", "close"), keep_alive=False))
    valid("close_any_case", PERSIST + "options ignore case", get("/", "connection: CLOSE"), want("GET", "/", ("connection", "CLOSE"), keep_alive=False))
    valid("close_in_list", PERSIST + "close in a list", get("/", "Connection: foo, close ,bar"), want("GET", "/", ("Connection", "foo, close ,bar"), keep_alive=False))
    valid("close_second_field", PERSIST + "several fields are one list", get("/", "Connection: foo", "Connection: close"), want("GET", "/", ("Connection", "foo"), ("Connection", "close"), keep_alive=False))
    valid("close_and_keep_alive", PERSIST + "close wins", get("/", "Connection: keep-alive, close"), want("GET", "/", ("Connection", "keep-alive, close"), keep_alive=False))
    valid("close_ends_pipeline", "RFC 9112 section 9.6: nothing after close is read", get("/", "Connection: close") + get("/b"), want("GET", "/", ("Connection", "close"), keep_alive=False))
    valid("close_with_body", PERSIST + "close", post("Connection: close", "Content-Length: 3", body="abc"), want("POST", "/", ("Connection", "close"), ("Content-Length", "3"), body="abc", content_length=3, keep_alive=False))
    valid("closed_is_not_close", PERSIST + "whole options only", get("/", "Connection: closed, xclose"), want("GET", "/", ("Connection", "closed, xclose")))
    valid("connection_empty_elements", "RFC 9110 section 5.6.1: empty list elements", get("/", "Connection: , ,close,"), want("GET", "/", ("Connection", ", ,close,"), keep_alive=False))
    valid("connection_empty", "RFC 9110 section 5.6.1: an empty list", get("/", "Connection:"), want("GET", "/", ("Connection", "")))
    valid("keep_alive_1_1", PERSIST + "keep-alive is the default", get("/", "Connection: keep-alive"), want("GET", "/", ("Connection", "keep-alive")))
    valid("keep_alive_1_0", PERSIST + "HTTP/1.0 asks for it", get("/", "Connection: Keep-Alive", version="1.0"), want("GET", "/", ("Connection", "Keep-Alive"), version_minor=0))
    valid("keep_alive_1_0_pipelined", PERSIST + "HTTP/1.0 asks for it", get("/", "Connection: Keep-Alive", version="1.0") + get("/b", version="1.0"), want("GET", "/", ("Connection", "Keep-Alive"), version_minor=0), want("GET", "/b", version_minor=0, keep_alive=False))
    valid("keep_alive_1_0_close", PERSIST + "close wins", get("/", "Connection: keep-alive, close", version="1.0"), want("GET", "/", ("Connection", "keep-alive, close"), version_minor=0, keep_alive=False))
    valid("proxy_connection_close", "RFC 9112 section C.2.2: Proxy-Connection means nothing here", get("/", "Proxy-Connection: close"), want("GET", "/", ("Proxy-Connection", "close")))
    valid("upgrade", UPGRADE + "upgrade", get("/", "Connection: Upgrade", "Upgrade: websocket"), want("GET", "/", ("Connection", "Upgrade"), ("Upgrade", "websocket"), upgrade=True))
    valid("upgrade_in_list", UPGRADE + "upgrade in a list", get("/", "Connection: keep-alive, Upgrade", "Upgrade: websocket"), want("GET", "/", ("Connection", "keep-alive, Upgrade"), ("Upgrade", "websocket"), upgrade=True))
    valid("upgrade_and_close", UPGRADE + "close, Upgrade", get("/", "Connection: close, Upgrade", "Upgrade: websocket"), want("GET", "/", ("Connection", "close, Upgrade"), ("Upgrade", "websocket"), upgrade=True, keep_alive=False))
    valid("upgrade_field_first", UPGRADE + "the order of names is free", get("/", "Upgrade: websocket", "Connection: upgrade"), want("GET", "/", ("Upgrade", "websocket"), ("Connection", "upgrade"), upgrade=True))
    valid("upgrade_not_listed", UPGRADE + "must be listed in Connection", get("/", "Upgrade: websocket"), want("GET", "/", ("Upgrade", "websocket")))
    valid("upgrade_without_field", UPGRADE + "needs the field", get("/", "Connection: upgrade"), want("GET", "/", ("Connection", "upgrade")))
    valid("upgrade_empty_field", UPGRADE + "needs a protocol", get("/", "Connection: upgrade", "Upgrade:"), want("GET", "/", ("Connection", "upgrade"), ("Upgrade", "")))
    valid("upgrade_1_0", UPGRADE + "ignored in HTTP/1.0", get("/", "Connection: upgrade", "Upgrade: websocket", version="1.0"), want("GET", "/", ("Connection", "upgrade"), ("Upgrade", "websocket"), version_minor=0, keep_alive=False))
    valid("upgrade_with_body", UPGRADE + "the body comes first", post("Connection: upgrade", "Upgrade: h2c", "Content-Length: 3", body="abc"), want("POST", "/", ("Connection", "upgrade"), ("Upgrade", "h2c"), ("Content-Length", "3"), upgrade=True, body="abc", content_length=3))
    valid("upgrade_with_chunked_body", UPGRADE + "the body comes first", chunked("1\r\na\r\n0\r\n\r\n", "Connection: upgrade", "Upgrade: h2c"), want_chunked("a", ("Connection", "upgrade"), ("Upgrade", "h2c"), upgrade=True))
    valid("upgrade_pipelined", UPGRADE + "an upgrade that is not taken is an ordinary request", get("/", "Connection: upgrade", "Upgrade: h2c") + get("/b"), want("GET", "/", ("Connection", "upgrade"), ("Upgrade", "h2c"), upgrade=True), want("GET", "/b"))
    invalid("pipelined_garbage", PERSIST + "pipelining", get("/a") + "garbage\r\n\r\n", 400, "malformed request line", before=[want("GET", "/a")])
    invalid("body_longer_than_length", LENGTH + "what follows is the next request", post("Content-Length: 3", body="abcdef\r\n\r\n"), 400, "malformed request line", before=[want_post(body="abc")])
    invalid("body_without_length", "RFC 9112 section 6.3 item 7: no framing, no body", post(body="a=b\r\n\r\n"), 400, "malformed request line", before=[want("POST")])


def expectations():
    expect = ("Expect", "100-continue")
    valid("expect", EXPECT + "100-continue", post("Content-Length: 3", "Expect: 100-continue", body="abc"), want_post(expect, body="abc", expect_continue=True))
    valid("expect_any_case", EXPECT + "ignores case", post("Content-Length: 3", "expect: 100-Continue", body="abc"), want_post(("expect", "100-Continue"), body="abc", expect_continue=True))
    valid("expect_chunked", EXPECT + "100-continue", chunked("0\r\n\r\n", "Expect: 100-continue"), want_chunked("", expect, expect_continue=True))
    valid("expect_without_body", EXPECT + "nothing to wait for", get("/", "Expect: 100-continue"), want("GET", "/", expect))
    valid("expect_empty_body", EXPECT + "nothing to wait for", post("Content-Length: 0", "Expect: 100-continue"), want_post(expect))
    valid("expect_1_0", EXPECT + "ignored in HTTP/1.0", post("Content-Length: 3", "Expect: 100-continue", body="abc", version="1.0"), want_post(expect, body="abc", version_minor=0, keep_alive=False))
    valid("expect_other_1_0", EXPECT + "ignored in HTTP/1.0", get("/", "Expect: foo", version="1.0"), want("GET", "/", ("Expect", "foo"), version_minor=0, keep_alive=False))
    for name, value in dict(other="200-ok", empty="", list="100-continue, foo", parameter="100-continue;q=1", twice="100-continue, 100-continue", prefix="100-continued").items():
        invalid(f"expect_{name}", EXPECT + "417 for others", post("Content-Length: 3", f"Expect: {value}", body="abc"), 417, "unknown expectation")
    invalid("expect_second_field", EXPECT + "417 for others", post("Content-Length: 3", "Expect: 100-continue", "Expect: foo", body="abc"), 417, "unknown expectation")
    invalid("expect_second_field_known", EXPECT + "417 for others", post("Content-Length: 3", "Expect: foo", "Expect: 100-continue", body="abc"), 417, "unknown expectation")
    invalid("expect_too_large", EXPECT + "413 instead of 100", post("Content-Length: 11", "Expect: 100-continue"), 413, "body too large", max_body=10)


def shadowing():
    valid("underscore_dropped", SHADOW + "dropped", get("/", "X_A: b", "X-C: d"), want("GET", "/", ("X-C", "d")))
    valid("underscore_repeated_dropped", SHADOW + "dropped", get("/", "X_A: b", "x_a: c"), want())
    valid("underscore_begin_dropped", SHADOW + "dropped", get("/", "_: b", "_A: c"), want())
    valid("underscore_forwarded_dropped", SHADOW + "dropped", get("/", "X_Forwarded_For: b"), want())
    valid("underscore_in_value", SHADOW + "values are free", get("/", "X-A: b_c"), want("GET", "/", ("X-A", "b_c")))
    for name, fields in dict(
            after=("X-Foo: b", "X_Foo: c"), before=("X_Foo: b", "X-Foo: c"), case=("x-foo: b", "X_FOO: c"),
            mixed=("X-Foo-Bar: b", "X_Foo-Bar: c"), forwarded=("X-Forwarded-For: b", "X_Forwarded_For: c"),
            content_length=("Content_Length: 3",), content_length_case=("CONTENT_length: 3",),
            content_length_with=("Content-Length: 0", "Content_Length: 3"), content_type=("Content_Type: b",),
            transfer_encoding=("Transfer_Encoding: chunked",), both_missing_dash=("Content_Type: b", "Content-Type: c"),
            accept=("Accept-Encoding: gzip", "Accept_Encoding: br"), not_next=("X-Foo: b", "X-C: d", "X_Foo: c")).items():
        invalid(f"shadow_{name}", SHADOW + "refused", get("/", *fields), 400, "field name shadows another")


def limits():
    line = "GET /" + "a" * 6 + " HTTP/1.1"
    valid("limit_line_reached", LIMIT + "the request line without its end", head(line, "Host: a"), want("GET", "/aaaaaa"), request_line=len(line))
    invalid("limit_line_exceeded", LIMIT + "414", head(line, "Host: a"), 414, "request line too long", request_line=len(line) - 1)
    valid("limit_line_default", LIMIT + "4094 bytes", get("/" + "a" * 4080), want("GET", "/" + "a" * 4080))
    invalid("limit_line_default_exceeded", LIMIT + "4094 bytes", get("/" + "a" * 4081), 414, "request line too long")
    invalid("limit_line_endless", LIMIT + "414 before the line ends", "GET /" + "a" * 5000, 414, "request line too long")
    invalid("limit_line_then_control", LIMIT + "whichever comes first", "GET /" + "a" * 20 + "\0", 414, "request line too long", request_line=20)
    invalid("limit_line_method", LIMIT + "414 before the line ends", "A" * 5000, 414, "request line too long")
    valid("limit_line_unlimited", LIMIT + "0 is no limit", get("/" + "a" * 9000), want("GET", "/" + "a" * 9000), request_line=0)
    valid("limit_line_empty_lines", LIMIT + "empty lines do not count", "\r\n\r\n" + head(line, "Host: a"), want("GET", "/aaaaaa"), request_line=len(line))
    valid("limit_fields_reached", LIMIT + "count of fields", get("/", "A: 1", "B: 2"), want("GET", "/", ("A", "1"), ("B", "2")), fields=3)
    invalid("limit_fields_exceeded", LIMIT + "431", get("/", "A: 1", "B: 2", "C: 3"), 431, "too many fields", fields=3)
    invalid("limit_fields_dropped_count", LIMIT + "dropped names count", get("/", "A_: 1", "B_: 2", "C_: 3"), 431, "too many fields", fields=3)
    valid("limit_fields_default", LIMIT + "100 fields", get("/", *["A: 1"] * 99), want("GET", "/", *[("A", "1")] * 99))
    invalid("limit_fields_default_exceeded", LIMIT + "100 fields", get("/", *["A: 1"] * 100), 431, "too many fields")
    valid("limit_fields_unlimited", LIMIT + "0 is no limit", get("/", *["A: 1"] * 150), want("GET", "/", *[("A", "1")] * 150), fields=0)
    valid("limit_field_reached", LIMIT + "name, colon, value, line end", get("/", "X-A: " + "b" * 13), want("GET", "/", ("X-A", "b" * 13)), field_size=20)
    invalid("limit_field_exceeded", LIMIT + "431", get("/", "X-A: " + "b" * 14), 431, "field too large", field_size=20)
    invalid("limit_field_spaces", LIMIT + "white space counts", get("/", "X-A: b" + " " * 20), 431, "field too large", field_size=20)
    valid("limit_field_default", LIMIT + "8190 bytes", get("/", "X-A: " + "b" * 8183), want("GET", "/", ("X-A", "b" * 8183)))
    invalid("limit_field_default_exceeded", LIMIT + "8190 bytes", get("/", "X-A: " + "b" * 8184), 431, "field too large")
    invalid("limit_field_endless", LIMIT + "431 before the line ends", "GET / HTTP/1.1\r\nX-A: " + "b" * 9000, 431, "field too large")
    invalid("limit_field_endless_name", LIMIT + "431 before the line ends", "GET / HTTP/1.1\r\n" + "b" * 9000, 431, "field too large")
    valid("limit_field_unlimited", LIMIT + "0 is no limit", get("/", "X-A: " + "b" * 9000), want("GET", "/", ("X-A", "b" * 9000)), field_size=0)
    valid("limit_body_reached", LIMIT + "max_body", post("Content-Length: 10", body="0123456789"), want_post(body="0123456789"), max_body=10)
    invalid("limit_body_exceeded", LIMIT + "413 at once", post("Content-Length: 11"), 413, "body too large", max_body=10)
    valid("limit_chunked_reached", LIMIT + "max_body", chunked("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"), want_chunked("0123456789"), max_body=10)
    invalid("limit_chunked_exceeded", LIMIT + "413", chunked("5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n"), 413, "body too large", before=[want_chunked("01234", complete=False)], max_body=10)
    invalid("limit_chunked_first", LIMIT + "413 before the data", chunked("b\r\n"), 413, "body too large", before=[want_chunked("", complete=False)], max_body=10)
    invalid("limit_chunked_huge", LIMIT + "413 before the data", chunked("ffffffffffffffff\r\n"), 413, "body too large", before=[want_chunked("", complete=False)], max_body=10)
    valid("limit_trailers_reached", LIMIT + "trailers count too", chunked("0\r\nA: 1\r\n\r\n"), want_chunked("", trailers=[("A", "1")]), fields=3)
    invalid("limit_trailers_exceeded", LIMIT + "trailers count too", chunked("0\r\nA: 1\r\nB: 2\r\n\r\n"), 431, "too many fields", before=[want_chunked("", complete=False)], fields=3)
    invalid("limit_trailers_dropped_count", LIMIT + "dropped trailers count", chunked("0\r\nHost: 1\r\nHost: 2\r\n\r\n"), 431, "too many fields", before=[want_chunked("", complete=False)], fields=3)
    invalid("limit_trailer_size", LIMIT + "size of a trailer", chunked("0\r\nX-A: " + "b" * 30 + "\r\n\r\n"), 431, "trailer too large", before=[want_chunked("", complete=False)], field_size=30)
    invalid("limit_trailer_total", POLICY + "64 KiB of trailers", chunked("0\r\n" + ("X-A: " + "b" * 8000 + "\r\n") * 9 + "\r\n"), 431, "trailer too large", before=[want_chunked("", complete=False)])


def smuggling():
    """Requests that two parsers would cut differently."""
    inner = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n"
    invalid("smuggle_cl_te", CODING + "never both", post("Content-Length: 6", "Transfer-Encoding: chunked", body="0\r\n\r\nG" + inner), 400)
    invalid("smuggle_te_cl", CODING + "never both", post("Transfer-Encoding: chunked", "Content-Length: 4", body="22\r\n" + inner + "\r\n0\r\n\r\n"), 400)
    invalid("smuggle_te_tab", VALUE + "control characters", post("Transfer-Encoding: chunked\x0c", body="0\r\n\r\n" + inner), 400)
    invalid("smuggle_te_leading_line", FOLD + "obs-fold", post("X: y", " Transfer-Encoding: chunked", body="0\r\n\r\n" + inner), 400)
    invalid("smuggle_te_bare_lf_before", ENDINGS + "bare LF", post("X: y\nTransfer-Encoding: chunked", body="0\r\n\r\n" + inner), 400)
    invalid("smuggle_te_bare_cr_before", ENDINGS + "bare CR", post("X: y\rTransfer-Encoding: chunked", body="0\r\n\r\n" + inner), 400)
    invalid("smuggle_cl_bare_lf_after", ENDINGS + "bare LF", post("Content-Length: 3\nX: y", body="abc"), 400)
    invalid("smuggle_extension_lf", EXTENSION + "bare LF", chunked("1;\nxx\r\n4c\r\n0\r\n\r\n" + inner), 400, before=[want_chunked("", complete=False)])
    invalid("smuggle_spill", CHUNK + "data ends where the size says", chunked("5\r\nAAAAAXX2\r\n45\r\n0\r\n\r\n" + inner), 400, before=[want_chunked("AAAAA", complete=False)])
    invalid("smuggle_length_nul", VALUE + "control characters", post("Content-Length: 3\0", body="abc"), 400)
    invalid("smuggle_name_nul", FIELD + "control characters", post("Content-Length\0: 3", body="abc"), 400)
    invalid("smuggle_first_line_field", LINE + "a request line has three parts", "Content-Length: 3\r\n" + get(), 400)
    valid("smuggle_body_is_data", LENGTH + "a body is not parsed", post(f"Content-Length: {len(inner)}", body=inner), want_post(body=inner))


def main():
    for table in (request_lines, line_ends, fields, hosts, lengths, codings, chunks, trailers,
                  connections, expectations, shadowing, limits, smuggling):
        table()
    for kind, cases in CASES.items():
        shutil.rmtree(ROOT / kind, ignore_errors=True)
        (ROOT / kind).mkdir(parents=True)
        for name, (raw, expected) in cases.items():
            (ROOT / kind / f"{name}.http").write_bytes(raw.encode("latin-1"))
            text = json.dumps(expected, indent=1)
            (ROOT / kind / f"{name}.json").write_text(text + "\n")
        print(f"{kind}: {len(cases)} cases")


if __name__ == "__main__":
    main()
