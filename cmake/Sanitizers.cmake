# MONOCEROS_SANITIZE is a list for -fsanitize=, for example "address,undefined" or "thread".
set(MONOCEROS_SANITIZE "" CACHE STRING "Sanitizers to build with")
if(MONOCEROS_SANITIZE)
  add_compile_options(-fsanitize=${MONOCEROS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MONOCEROS_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With sanitizers g++ 12 sees uninitialised values inside <regex> and <functional>.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
endif()

# The coverage that libFuzzer steers by; its main is linked by tests/fuzz only.
if(MONOCEROS_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

option(MONOCEROS_COVERAGE "Instrument for coverage" OFF)
if(MONOCEROS_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
