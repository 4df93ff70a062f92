// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/help.h"
#include "config/settings_table.h"
#include "files.h"

namespace monoceros::config {
namespace {

using testing::HasSubstr;

TEST_F(LoadTest, without_any_source_defaults_hold) {
  const Settings settings = Read({});
  EXPECT_EQ(settings.application, "app:app");
  EXPECT_EQ(settings.bind, std::vector<std::string>{"127.0.0.1:8000"});
  EXPECT_EQ(settings.workers, 1);
  EXPECT_EQ(settings.preload, Preload::kAuto);
}

TEST_F(LoadTest, later_sources_win_one_by_one) {
  directory_.Write("monoceros.yaml", "workers: 2\nthreads: 2\nbacklog: 2\ntimeout: 2\n");
  EXPECT_EQ(Read({}).workers, 2);
  environment_.variables = {{"MONOCEROS_WORKERS", "3"},
                            {"MONOCEROS_THREADS", "3"},
                            {"MONOCEROS_BACKLOG", "3"},
                            {"GUNICORN_CMD_ARGS", "--workers 4 --threads=4"}};
  const Settings settings = Read({"-w", "5"});
  EXPECT_EQ(settings.workers, 5);
  EXPECT_EQ(settings.threads, 4);
  EXPECT_EQ(settings.backlog, 3);
  EXPECT_EQ(settings.timeout, 2);
  EXPECT_EQ(settings.keepalive, 2);
  EXPECT_EQ(settings.sources.at("workers"), "command line");
  EXPECT_EQ(settings.sources.at("threads"), "GUNICORN_CMD_ARGS");
  EXPECT_EQ(settings.sources.at("backlog"), "environment variable MONOCEROS_BACKLOG");
  EXPECT_EQ(settings.sources.at("timeout"), "monoceros.yaml line 4");
  EXPECT_EQ(settings.sources.count("keepalive"), 0u);
}

TEST_F(LoadTest, a_later_list_replaces_an_earlier_one) {
  environment_.variables = {{"PORT", "5000"}};
  EXPECT_EQ(Read({"-b", ":81", "-b", "[::1]"}).bind,
            (std::vector<std::string>{"0.0.0.0:81", "[::1]:8000"}));
}

TEST_F(LoadTest, a_named_file_replaces_the_one_of_the_directory) {
  directory_.Write("monoceros.yaml", "workers: 2\n");
  directory_.Write("other.yaml", "threads: 2\n");
  for (const char* name : {"other.yaml", "file:other.yaml"}) {
    const Settings settings = Read({"-c", name});
    EXPECT_EQ(settings.workers, 1);
    EXPECT_EQ(settings.threads, 2);
  }
  environment_.variables = {{"MONOCEROS_CONFIG", "other.yaml"}};
  EXPECT_EQ(Read({}).threads, 2);
  environment_.variables = {{"GUNICORN_CMD_ARGS", "-c other.yaml"}};
  EXPECT_EQ(Read({}).threads, 2);
}

TEST_F(LoadTest, a_named_file_that_is_missing_is_an_error) {
  EXPECT_EQ(Error({"-c", "none.yaml"}), "cannot read none.yaml: No such file or directory");
}

TEST_F(LoadTest, refuses_python_files_and_says_so) {
  for (const char* name : {"gunicorn.conf.py", "python:shop.conf", "file:x.py"}) {
    EXPECT_THAT(Error({"-c", name}),
                HasSubstr("Python configuration files are not supported in this release"));
  }
}

TEST_F(LoadTest, refuses_to_ignore_a_file_that_gunicorn_would_read) {
  directory_.Write("gunicorn.conf.py", "workers = 4\n");
  EXPECT_THAT(Error({}), HasSubstr("gunicorn.conf.py is here"));
  directory_.Write("monoceros.yaml", "workers: 2\n");
  EXPECT_EQ(Read({}).workers, 2);
}

TEST_F(LoadTest, errors_name_setting_source_value_and_what_is_allowed) {
  EXPECT_EQ(Error({"--timeout", "soon"}),
            "timeout: \"soon\" (command line) is not allowed: a time of at most a year: seconds "
            "(30, 0.5), or with a unit (500ms, 30s, 2m, 1h)");
  directory_.Write("monoceros.yaml", "max_body: 10 MB\n");
  EXPECT_EQ(Error({}),
            "max_body: \"10 MB\" (monoceros.yaml line 1) is not allowed: a size in bytes (1048576) "
            "or with a unit (64k, 64KiB, 1MiB, 1G)");
}

TEST_F(LoadTest, refuses_values_out_of_range) {
  const std::vector<std::vector<const char*>> refused = {
      {"-w", "4097"},
      {"--threads", "0"},
      {"--threads", "4097"},
      {"--backlog", "0"},
      {"--max-requests=-1"},
      {"--timeout=-1"},
      {"--reload-surge", "0"},
      {"--limit-request-line", "0"},
      {"--limit-request-line", "8191"},
      {"--limit-request-fields", "32769"},
      {"--limit-request-field_size", "0"},
      {"--router-memory", "1k"},
      {"--queue-limit", "0"},
      {"--log-level", "loud"},
      {"-b", "8000"},
      {"-b", ","},
      {"-k", "fast"},
      {"--preload=maybe"},
      {"--chdir", "not-here"},
      {"--tmp-upload-dir", "not-here"},
  };
  for (const auto& arguments : refused) {
    EXPECT_THAT(Error(arguments), HasSubstr("is not allowed: ")) << arguments[0];
  }
}

TEST_F(LoadTest, one_value_is_no_list) {
  directory_.Write("monoceros.yaml", "workers: [1, 2]\n");
  EXPECT_THAT(Error({}), HasSubstr("one value, not a list"));
}

TEST_F(LoadTest, sync_with_threads_is_gthread_and_says_so) {
  const Settings settings = Read({"--threads", "4"});
  EXPECT_EQ(settings.worker_class, "gthread");
  EXPECT_EQ(settings.sources.at("worker_class"), "sync with 4 threads is gthread; sync is default");
  EXPECT_EQ(Read({"-k", "gthread"}).worker_class, "gthread");
  EXPECT_EQ(Read({"-k", "sync"}).worker_class, "sync");
}

TEST_F(LoadTest, workers_auto_is_the_quota_or_else_the_affinity) {
  EXPECT_EQ(Read({"-w", "auto"}).workers, 3);
  directory_.Write("root/proc/self/cgroup", "0::/\n");
  directory_.Write("root/sys/fs/cgroup/cpu.max", "150000 100000\n");
  const Settings settings = Read({"-w", "auto"});
  EXPECT_EQ(settings.workers, 2);
  EXPECT_THAT(settings.sources.at("workers"), HasSubstr("command line: auto"));
}

TEST_F(LoadTest, no_workers_are_allowed) { EXPECT_EQ(Read({"-w", "0"}).workers, 0); }

TEST_F(LoadTest, directories_are_made_absolute) {
  directory_.Write("site/x", "");
  EXPECT_EQ(Read({"--chdir", "site"}).chdir, (directory_.path() / "site").string());
}

TEST_F(LoadTest, body_memory_fits_into_router_memory) {
  EXPECT_EQ(Error({"--body-memory", "2M", "--router-memory", "1M"}),
            "body_memory: \"2MiB\" (command line) is not allowed: at most router_memory, which is "
            "1MiB (command line)");
}

TEST_F(LoadTest, a_pool_beyond_all_measure_is_refused) {
  EXPECT_THAT(Error({"-w", "4096", "--threads", "4096"}), HasSubstr("more than 65536 threads"));
}

TEST_F(LoadTest, the_application_is_needed_to_serve_only) {
  EXPECT_THAT(Try({}).error().message, HasSubstr("no application was given"));
  EXPECT_FALSE(Try({"--check-config"}));
  EXPECT_TRUE(Try({"--print-config"}));
  directory_.Write("monoceros.yaml", "wsgi_app: shop.wsgi\n");
  EXPECT_EQ(Try({})->settings.application, "shop.wsgi");
}

TEST_F(LoadTest, says_what_to_do) {
  EXPECT_EQ(Try({"app"})->action, Action::kServe);
  EXPECT_EQ(Try({"app", "--check-config"})->action, Action::kCheckConfig);
  const auto print = Try({"--print-config"});
  EXPECT_EQ(print->action, Action::kPrintConfig);
  EXPECT_THAT(print->text, HasSubstr("workers: 1 "));
  EXPECT_EQ(Try({"--version"})->text, VersionText());
  EXPECT_EQ(Try({"--help", "-w", "4"})->action, Action::kShowText);
}

TEST_F(LoadTest, errors_in_gunicorn_cmd_args_name_it) {
  environment_.variables = {{"GUNICORN_CMD_ARGS", "--certfile x"}};
  EXPECT_THAT(Error({}), HasSubstr("GUNICORN_CMD_ARGS: --certfile cannot be used"));
  environment_.variables = {{"GUNICORN_CMD_ARGS", "--bind ':80"}};
  EXPECT_EQ(Error({}), "GUNICORN_CMD_ARGS: a quote (') is not closed");
}

TEST(HelpText, names_every_flag_and_fits_the_screen) {
  const std::string help = HelpText();
  for (const Setting& setting : SettingsTable()) {
    EXPECT_THAT(help, HasSubstr("  " + std::string(setting.flags))) << setting.name;
  }
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

}  // namespace
}  // namespace monoceros::config
