// SPDX-License-Identifier: Apache-2.0
#include "config/settings_doc.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace monoceros::config {
namespace {

// MONOCEROS_UPDATE_DOCS=1 writes the file instead.
TEST(SettingsDocument, docs_settings_md_is_what_the_table_gives) {
  if (std::getenv("MONOCEROS_UPDATE_DOCS") != nullptr) {
    std::ofstream(SETTINGS_DOC) << SettingsDocument();
  }
  std::ifstream file(SETTINGS_DOC);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, SettingsDocument());
}

}  // namespace
}  // namespace monoceros::config
