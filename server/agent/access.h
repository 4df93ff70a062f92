// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/token_file.h"
#include "base/result.h"
#include "config/settings.h"

namespace monoceros::agent {

enum class Right { kRead, kChange };

enum class Decision {
  kAllowed,
  kUnauthenticated,  // no credential that we know
  kDenied,           // a known one that does not suffice
};

// What a caller showed.
struct Caller {
  std::string_view token;          // of "Authorization: Bearer"; empty: none
  std::vector<std::string> names;  // of its verified certificate
};

// The credentials that the settings name: tokens, and names of certificates. Thread-safe.
struct Credentials {
  std::unique_ptr<TokenFile> read_token;  // null: none configured
  std::unique_ptr<TokenFile> change_token;
  std::vector<std::string> read_names;
  std::vector<std::string> change_names;

  // The error names the setting whose file cannot be used.
  static base::Result<Credentials> Open(const config::Settings& settings);
  bool any() const {
    return read_token || change_token || !read_names.empty() || !change_names.empty();
  }
};

// Who may do what at one address. Whoever may change may read. Thread-safe.
class Access {
 public:
  enum class Policy {
    kLocal,     // a Unix socket: its mode and group decide, everybody who connects may do all
    kLoopback,  // without configured credentials everything is open; without one to read, reading
    kOpenRead,  // reading is open without a credential for it, changing never is
    kClosed,    // both need a credential
  };

  // `credentials` outlives it.
  Access(Policy policy, const Credentials& credentials)
      : policy_(policy), credentials_(credentials) {}

  Decision Judge(Right right, const Caller& caller) const;
  // Whether control_change_sans has a name of the caller's certificate.
  bool MayChangeByName(const Caller& caller) const;
  // Whether a caller without any credential may.
  bool Open(Right right) const;

 private:
  Policy policy_;
  const Credentials& credentials_;
};

// "a, b" -> {"a", "b"}.
std::vector<std::string> SplitNames(std::string_view text);

// The token of the value of an Authorization header (RFC 6750 section 2.1); empty: there is none.
std::string_view BearerToken(std::string_view header);

}  // namespace monoceros::agent
