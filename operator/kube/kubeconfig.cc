// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <optional>

#include "kube/access.h"
#include "kube/api_server_url.h"
#include "kube/base64.h"
#include "kube/text_file.h"

namespace monoceros::kube {
namespace {

// One section of the file; it knows where it is, for errors.
struct Section {
  YAML::Node node;
  std::string where;      // "kubeconfig: cluster 'kind'"
  std::string directory;  // relative files are meant from here

  std::string Text(const char* name) const {
    const YAML::Node value = node[name];
    return value && value.IsScalar() ? value.Scalar() : "";
  }
  bool Has(const char* name) const { return node[name] && !node[name].IsNull(); }
  std::string File(const char* name) const {
    const std::string path = Text(name);
    return path.empty() ? "" : (std::filesystem::path(directory) / path).string();
  }
  tl::unexpected<base::Error> Fail(const std::string& why) const {
    return base::Fail(fmt::format("{}: {}", where, why));
  }
};

// The entry of clusters, users or contexts with that name.
base::Result<Section> Entry(const Section& file, const char* list, const char* kind,
                            const std::string& name) {
  for (const YAML::Node& entry : file.node[list]) {
    if (!entry["name"] || entry["name"].Scalar() != name) continue;
    const std::string where = fmt::format("{}: {} '{}'", file.where, kind, name);
    if (entry[kind] && entry[kind].IsMap()) return Section{entry[kind], where, file.directory};
  }
  return file.Fail(fmt::format("no {} named '{}' in {}", kind, name, list));
}

// X-data as it is, or the file that X names; empty when neither is there.
base::Result<std::string> Pem(const Section& section, const std::string& name) {
  const std::string data = section.Text((name + "-data").c_str());
  if (!data.empty()) {
    std::optional<std::string> decoded = Base64Decoded(data);
    if (decoded) return std::move(*decoded);
    return section.Fail(name + "-data is not base64");
  }
  const std::string path = section.File(name.c_str());
  if (path.empty()) return std::string();
  std::optional<std::string> text = ReadTextFile(path);
  if (text) return std::move(*text);
  return section.Fail(fmt::format("{}: {} cannot be read", name, path));
}

base::Result<void> TakeServer(const Section& cluster, Access& access) {
  if (cluster.Has("proxy-url")) return cluster.Fail("proxy-url is not supported");
  base::Result<ApiServerUrl> url = ParseApiServerUrl(cluster.Text("server"));
  if (!url) return cluster.Fail(url.error().message);
  access.host = url->host;
  access.port = url->port;
  access.plain = url->plain;
  access.base_path = url->base_path;
  return {};
}

base::Result<void> TakeCluster(const Section& cluster, Access& access) {
  if (const auto server = TakeServer(cluster, access); !server) return server;
  access.server_name = cluster.Text("tls-server-name");
  access.insecure = cluster.Text("insecure-skip-tls-verify") == "true";
  if (cluster.Has("certificate-authority-data")) {
    base::Result<std::string> pem = Pem(cluster, "certificate-authority");
    if (!pem) return tl::make_unexpected(pem.error());
    access.ca_pem = std::move(*pem);
    return {};
  }
  access.ca_file = cluster.File("certificate-authority");
  return {};
}

base::Result<void> RefuseOthers(const Section& user) {
  for (const char* name : {"exec", "auth-provider", "username", "as"}) {
    if (!user.Has(name)) continue;
    return user.Fail(fmt::format(
        "'{}' is not supported; use a token, a tokenFile or a client certificate", name));
  }
  return {};
}

base::Result<void> TakeUser(const Section& user, Access& access) {
  if (const auto plain = RefuseOthers(user); !plain) return plain;
  access.token_file = user.File("tokenFile");
  if (access.token_file.empty()) access.token = user.Text("token");
  base::Result<std::string> certificate = Pem(user, "client-certificate");
  if (!certificate) return tl::make_unexpected(certificate.error());
  base::Result<std::string> key = Pem(user, "client-key");
  if (!key) return tl::make_unexpected(key.error());
  if (certificate->empty() != key->empty()) {
    return user.Fail("client-certificate and client-key belong together; one is missing");
  }
  access.certificate_pem = std::move(*certificate);
  access.key_pem = std::move(*key);
  return {};
}

base::Result<Access> TakeContext(const Section& file, const Section& context) {
  Access access;
  const auto cluster = Entry(file, "clusters", "cluster", context.Text("cluster"));
  if (!cluster) return tl::make_unexpected(cluster.error());
  if (const auto taken = TakeCluster(*cluster, access); !taken) {
    return tl::make_unexpected(taken.error());
  }
  const auto user = Entry(file, "users", "user", context.Text("user"));
  if (!user) return tl::make_unexpected(user.error());
  if (const auto taken = TakeUser(*user, access); !taken) {
    return tl::make_unexpected(taken.error());
  }
  access.default_namespace = context.Text("namespace");
  if (access.default_namespace.empty()) access.default_namespace = "default";
  return access;
}

base::Result<Access> Read(const std::string& path, const std::string& context) {
  const std::string directory = std::filesystem::absolute(path).parent_path().string();
  const Section file{YAML::LoadFile(path), path, directory};
  if (!file.node.IsMap()) return file.Fail("not a kubeconfig: no map at its top");
  const std::string name = context.empty() ? file.Text("current-context") : context;
  if (name.empty()) return file.Fail("no current-context; give --context NAME");
  const auto entry = Entry(file, "contexts", "context", name);
  if (!entry) return tl::make_unexpected(entry.error());
  return TakeContext(file, *entry);
}

}  // namespace

base::Result<Access> KubeconfigAccess(const std::string& path, const std::string& context) {
  try {
    return Read(path, context);
  } catch (const YAML::BadFile&) {
    return base::Fail(fmt::format("{}: cannot be read; give --kubeconfig FILE", path));
  } catch (const YAML::Exception& error) {
    return base::Fail(fmt::format("{}: not a kubeconfig: {}", path, error.what()));
  }
}

}  // namespace monoceros::kube
