# The HTTP parser. Debian 13 has a library (9.x: strict unless a lenient flag is set); Debian 12
# ships only the generated C sources (8.x), which are strict when built with LLHTTP_STRICT_MODE=1.
find_path(LLHTTP_INCLUDE_DIR llhttp.h PATHS /usr/share/include PATH_SUFFIXES llhttp)
find_library(LLHTTP_LIBRARY llhttp)
if(LLHTTP_LIBRARY)
  add_library(llhttp INTERFACE)
  target_link_libraries(llhttp INTERFACE ${LLHTTP_LIBRARY})
else()
  find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp REQUIRED)
  add_library(llhttp STATIC ${LLHTTP_SOURCE_DIR}/api.c ${LLHTTP_SOURCE_DIR}/http.c
                            ${LLHTTP_SOURCE_DIR}/llhttp.c)
  target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)
endif()
target_include_directories(llhttp SYSTEM INTERFACE ${LLHTTP_INCLUDE_DIR})
if(NOT LLHTTP_LIBRARY)
  target_include_directories(llhttp SYSTEM PRIVATE ${LLHTTP_INCLUDE_DIR})
endif()
