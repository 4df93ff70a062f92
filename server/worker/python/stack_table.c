// SPDX-License-Identifier: Apache-2.0
// C, because CPython's internal headers are no C++. They are looked at for offsets alone: no
// internal function is called.
#define Py_BUILD_CORE_MODULE 1
#include "worker/python/python.h"

#if PY_VERSION_HEX < 0x030E0000 && !defined(Py_GIL_DISABLED)
#include <internal/pycore_frame.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_runtime.h>
#define MONOCEROS_KNOWS_STACKS 1
#endif

#include <stddef.h>
#include <string.h>

#include "stacks/table.h"

#ifdef MONOCEROS_KNOWS_STACKS

static void DescribeRuntime(MonocerosStackTable* table) {
  table->runtime = (uintptr_t)&_PyRuntime;
  table->runtime_interpreters = offsetof(_PyRuntimeState, interpreters.head);
  table->interpreter_next = offsetof(PyInterpreterState, next);
  table->interpreter_threads = offsetof(PyInterpreterState, threads.head);
#if PY_VERSION_HEX < 0x030C0000
  table->gil_in_runtime = 1;
  table->gil = offsetof(_PyRuntimeState, ceval.gil);
#else
  table->gil = offsetof(PyInterpreterState, ceval.gil);
#endif
  table->gil_locked = offsetof(struct _gil_runtime_state, locked);
  table->gil_holder = offsetof(struct _gil_runtime_state, last_holder);
}

static void DescribeThread(MonocerosStackTable* table) {
  table->thread_next = offsetof(PyThreadState, next);
  table->thread_native_id = offsetof(PyThreadState, native_thread_id);
  table->thread_chunk = offsetof(PyThreadState, datastack_chunk);
  table->thread_chunk_top = offsetof(PyThreadState, datastack_top);
#if PY_VERSION_HEX < 0x030D0000
  table->thread_frame = offsetof(PyThreadState, cframe);
  table->thread_frame_indirect = 1;
  table->control_frame = offsetof(_PyCFrame, current_frame);
#else
  table->thread_frame = offsetof(PyThreadState, current_frame);
#endif
}

static void DescribeFrame(MonocerosStackTable* table) {
#if PY_VERSION_HEX < 0x030D0000
  table->frame_code = offsetof(_PyInterpreterFrame, f_code);
  table->frame_instruction = offsetof(_PyInterpreterFrame, prev_instr);
#else
  table->frame_code = offsetof(_PyInterpreterFrame, f_executable);
  table->frame_instruction = offsetof(_PyInterpreterFrame, instr_ptr);
#endif
  table->frame_previous = offsetof(_PyInterpreterFrame, previous);
  table->frame_owner = offsetof(_PyInterpreterFrame, owner);
#if PY_VERSION_HEX < 0x030C0000
  table->frame_owner_c_stack = UINT8_MAX;  // there are none
#else
  table->frame_owner_c_stack = FRAME_OWNED_BY_CSTACK;
#endif
  table->code_type = (uintptr_t)&PyCode_Type;
  table->code_file = offsetof(PyCodeObject, co_filename);
  table->code_name = offsetof(PyCodeObject, co_qualname);
  table->code_lines = offsetof(PyCodeObject, co_linetable);
  table->code_first_line = offsetof(PyCodeObject, co_firstlineno);
  table->code_instructions = offsetof(PyCodeObject, co_code_adaptive);
}

// The word of bit-fields that `text` has.
static uint32_t StateWord(const PyASCIIObject* text) {
  uint32_t word;
  memcpy(&word, (const char*)text + offsetof(PyASCIIObject, state), sizeof word);
  return word;
}

static void DescribeObjects(MonocerosStackTable* table) {
  PyASCIIObject one_byte = {0};
  PyASCIIObject compact = {0};
  PyASCIIObject ascii = {0};
  one_byte.state.kind = 1;
  compact.state.compact = 1;
  ascii.state.ascii = 1;
  table->object_type = offsetof(PyObject, ob_type);
  table->text_type = (uintptr_t)&PyUnicode_Type;
  table->text_length = offsetof(PyASCIIObject, length);
  table->text_state = offsetof(PyASCIIObject, state);
  table->text_kind_shift = (uint64_t)__builtin_ctz(StateWord(&one_byte));
  table->text_compact = StateWord(&compact);
  table->text_ascii = StateWord(&ascii);
  table->text_ascii_data = sizeof(PyASCIIObject);
  table->text_data = sizeof(PyCompactUnicodeObject);
  table->bytes_type = (uintptr_t)&PyBytes_Type;
  table->bytes_length = offsetof(PyVarObject, ob_size);
  table->bytes_data = offsetof(PyBytesObject, ob_sval);
}

static uint64_t PointerAt(uint64_t address) {
  uint64_t value;
  memcpy(&value, (const void*)(uintptr_t)address, sizeof value);
  return value;
}

// A patch release may have moved a field since the extension was compiled.
static int Fits(const MonocerosStackTable* table) {
  const PyThreadState* self = PyThreadState_Get();
  const uint64_t interpreter = (uintptr_t)PyThreadState_GetInterpreter((PyThreadState*)self);
  if (PointerAt(table->runtime + table->runtime_interpreters) != interpreter) return 0;
  uint64_t thread = PointerAt(interpreter + table->interpreter_threads);
  for (int i = 0; i < 1000 && thread != 0 && thread != (uintptr_t)self; ++i) {
    thread = PointerAt(thread + table->thread_next);
  }
  if (thread != (uintptr_t)self) return 0;
  const uint64_t gil =
      table->gil_in_runtime ? table->runtime + table->gil : PointerAt(interpreter + table->gil);
  int locked;
  memcpy(&locked, (const void*)(uintptr_t)(gil + table->gil_locked), sizeof locked);
  return locked == 1 && PointerAt(gil + table->gil_holder) == (uintptr_t)self;
}

int MonocerosFillStackTable(MonocerosStackTable* table) {
  memset(table, 0, sizeof *table);
  table->magic = MONOCEROS_STACK_TABLE_MAGIC;
  table->version = MONOCEROS_STACK_TABLE_VERSION;
  table->bytes = sizeof *table;
  table->python = PY_VERSION_HEX;
  DescribeRuntime(table);
  DescribeThread(table);
  DescribeFrame(table);
  DescribeObjects(table);
  return Fits(table);
}

#else

int MonocerosFillStackTable(MonocerosStackTable* table) {
  memset(table, 0, sizeof *table);
  return 0;
}

#endif
