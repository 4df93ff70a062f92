# Finds the interpreters that the extension is built for and builds it for each: one module per ABI,
# so that any of them can run the application.
set(MONOCEROS_PYTHONS "" CACHE STRING
    "Interpreters to build the extension for (paths or names); empty: every CPython 3.11+ found")
set(MONOCEROS_PYTHON_DIR ${CMAKE_BINARY_DIR}/python)

# Sets `result` to the interpreters worth asking.
function(monoceros_candidate_pythons result)
  if(MONOCEROS_PYTHONS)
    set(${result} ${MONOCEROS_PYTHONS} PARENT_SCOPE)
    return()
  endif()
  if(SKBUILD)
    find_package(Python REQUIRED COMPONENTS Interpreter)
    set(${result} ${Python_EXECUTABLE} PARENT_SCOPE)
    return()
  endif()
  file(GLOB pyenv $ENV{HOME}/.pyenv/versions/*/bin/python3.1[1-9])
  file(GLOB system /usr/bin/python3.1[1-9] /usr/local/bin/python3.1[1-9])
  set(${result} python3 python3.11 python3.12 python3.13 ${pyenv} ${system} PARENT_SCOPE)
endfunction()

# Sets ${prefix}_ABI, _SUFFIX and _INCLUDE of `python`; ABI is empty when it cannot be built for.
function(monoceros_ask_python python prefix)
  set(question "import os, sys, sysconfig as s
include = s.get_path('include')
usable = (sys.implementation.name == 'cpython' and sys.version_info >= (3, 11)
          and os.path.exists(os.path.join(include, 'Python.h')))
print(';'.join([s.get_config_var('SOABI'), s.get_config_var('EXT_SUFFIX'), include]) if usable else '')")
  execute_process(COMMAND ${python} -c "${question}" OUTPUT_VARIABLE answer ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
  set(${prefix}_ABI "" PARENT_SCOPE)
  if(status EQUAL 0 AND answer)
    list(GET answer 0 abi)
    list(GET answer 1 suffix)
    list(GET answer 2 include)
    set(${prefix}_ABI ${abi} PARENT_SCOPE)
    set(${prefix}_SUFFIX ${suffix} PARENT_SCOPE)
    set(${prefix}_INCLUDE ${include} PARENT_SCOPE)
  endif()
endfunction()

function(monoceros_python_extension target name suffix include)
  add_library(${target} MODULE ${ARGN})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} SUFFIX ${suffix}
    LIBRARY_OUTPUT_DIRECTORY ${MONOCEROS_PYTHON_DIR}/monoceros)
  target_include_directories(${target} SYSTEM PRIVATE ${include})
  target_compile_definitions(${target} PRIVATE MONOCEROS_VERSION="${PROJECT_VERSION}")
  # CPython's own headers and tables need the two exceptions.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Werror
                         -Wno-missing-field-initializers -Wno-cast-function-type)
  # The interpreter brings libpython's symbols; ours must not meet those of other extensions.
  target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL)
  target_link_libraries(${target} PRIVATE monoceros_worker)
  install(TARGETS ${target} LIBRARY DESTINATION monoceros COMPONENT python)
endfunction()

# Builds `name` from the sources for every interpreter found, all under the target ${name}.
function(monoceros_python_extensions name)
  monoceros_candidate_pythons(candidates)
  add_custom_target(${name} ALL)
  set(abis "")
  set(chosen "")
  foreach(python ${candidates})
    monoceros_ask_python(${python} found)
    if(NOT found_ABI OR found_ABI IN_LIST abis)
      continue()
    endif()
    list(APPEND abis ${found_ABI})
    list(APPEND chosen ${python})
    message(STATUS "Extension for ${found_ABI}: ${python}")
    monoceros_python_extension(${name}-${found_ABI} ${name} ${found_SUFFIX} ${found_INCLUDE} ${ARGN})
    add_dependencies(${name} ${name}-${found_ABI})
  endforeach()
  if(NOT abis)
    message(FATAL_ERROR "No CPython 3.11 or newer with development headers was found; install "
                        "python3-dev or set MONOCEROS_PYTHONS")
  endif()
  set_property(GLOBAL PROPERTY MONOCEROS_BUILT_PYTHONS ${chosen})
endfunction()

# Copies the Python files of the package beside the extensions and says what a wheel holds.
function(monoceros_python_package)
  set(source ${CMAKE_SOURCE_DIR}/python/monoceros)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${source} ${source}/*.py)
  set(copies "")
  foreach(file ${files})
    set(copy ${MONOCEROS_PYTHON_DIR}/monoceros/${file})
    add_custom_command(OUTPUT ${copy} DEPENDS ${source}/${file}
                       COMMAND ${CMAKE_COMMAND} -E copy ${source}/${file} ${copy})
    list(APPEND copies ${copy})
    install(FILES ${source}/${file} DESTINATION monoceros COMPONENT python)
  endforeach()
  add_custom_target(monoceros_python_files ALL DEPENDS ${copies})
  add_dependencies(_monoceros monoceros_python_files)
  cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL monoceros_install_program)
endfunction()

# The programs travel inside the package. Runs after all folders were read.
function(monoceros_install_program)
  foreach(program monoceros monoceros-agent monoctl)
    if(TARGET ${program})
      install(TARGETS ${program} RUNTIME DESTINATION monoceros/bin COMPONENT python)
    endif()
  endforeach()
endfunction()
