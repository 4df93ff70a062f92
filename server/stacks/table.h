// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a worker tells about the layout of its interpreter, so that a reader outside can follow the
// structures of CPython that hold its stacks. Filled by the extension, which was compiled with that
// interpreter's own headers (server/worker/python/stack_table.c) and is therefore readable as C.
// Its address is in the stamps that the worker maps (scoreboard/stamps.h). All offsets are in
// bytes. A reader takes a table for what a stranger says: a wrong one gives wrong stacks, no more.

// NOLINTBEGIN(modernize-deprecated-headers,modernize-use-using,cppcoreguidelines-use-enum-class)
#include <stdint.h>

#define MONOCEROS_STACK_TABLE_MAGIC UINT64_C(0x314b54534f4e4f4d)  // "MONOSTK1" on little-endian
#define MONOCEROS_STACK_TABLE_VERSION 2

typedef struct MonocerosStackTable {
  uint64_t magic;
  uint32_t version;
  uint32_t bytes;           // sizeof of this struct
  uint32_t python;          // PY_VERSION_HEX
  uint32_t gil_in_runtime;  // 1: one GIL in _PyRuntime (3.11); 0: one pointer in each interpreter

  // Addresses in the worker.
  uint64_t runtime;  // _PyRuntime
  uint64_t code_type;
  uint64_t text_type;
  uint64_t bytes_type;

  uint64_t runtime_interpreters;  // pointer to the first PyInterpreterState
  uint64_t interpreter_next;
  uint64_t interpreter_threads;  // pointer to the first PyThreadState
  uint64_t gil;                  // in _PyRuntime or PyInterpreterState, see gil_in_runtime
  uint64_t gil_locked;           // int
  uint64_t gil_holder;           // pointer to a PyThreadState

  uint64_t thread_next;
  uint64_t thread_native_id;       // unsigned long
  uint64_t thread_frame;           // pointer to what has the pointer to the innermost frame ...
  uint64_t thread_frame_indirect;  // 1: ... at offset `control_frame`; 0: to the frame itself
  uint64_t control_frame;
  uint64_t thread_chunk;      // pointer to the first byte of the memory that has the newest frames
  uint64_t thread_chunk_top;  // pointer behind the last byte of it that is in use

  uint64_t frame_code;
  uint64_t frame_previous;
  uint64_t frame_instruction;
  uint64_t frame_owner;          // char
  uint64_t frame_owner_c_stack;  // value of the owner of frames that are no function's

  uint64_t code_file;
  uint64_t code_name;
  uint64_t code_lines;       // bytes with the location table
  uint64_t code_first_line;  // int
  uint64_t code_instructions;

  uint64_t object_type;
  uint64_t text_length;      // Py_ssize_t
  uint64_t text_state;       // 32 bits
  uint64_t text_kind_shift;  // of three bits in it: 1, 2 or 4 bytes for each code point
  uint64_t text_compact;     // mask
  uint64_t text_ascii;       // mask
  uint64_t text_ascii_data;
  uint64_t text_data;     // of those that are not ASCII
  uint64_t bytes_length;  // Py_ssize_t
  uint64_t bytes_data;
} MonocerosStackTable;

#ifdef __cplusplus
extern "C" {
#endif
// Fills `table` for the interpreter that runs, and checks it against what the interpreter's public
// functions say. 0 when it does not fit: then nobody may use it. Needs the GIL.
int MonocerosFillStackTable(MonocerosStackTable* table);
#ifdef __cplusplus
}
#endif
// NOLINTEND(modernize-deprecated-headers,modernize-use-using,cppcoreguidelines-use-enum-class)
