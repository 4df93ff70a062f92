// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <string_view>

#include "worker/python/text.h"
#include "worker/wsgi/environ.h"

namespace monoceros::wsgi {
namespace {

constexpr std::array<std::string_view, EnvironBase::kKeys> kKeyNames = {
    "REQUEST_METHOD", "PATH_INFO",       "QUERY_STRING",    "RAW_URI",
    "SERVER_NAME",    "SERVER_PORT",     "SERVER_PROTOCOL", "REMOTE_ADDR",
    "REMOTE_PORT",    "wsgi.url_scheme", "wsgi.input",      "wsgi.early_hints",
    "CONTENT_TYPE",   "CONTENT_LENGTH",  "HTTP_HOST",       "HTTP_TRANSFER_ENCODING"};

bool Put(PyObject* dict, const char* name, const python::Ref& value) {
  const python::Ref key = python::Interned(name);
  return key && value && PyDict_SetItem(dict, key.get(), value.get()) == 0;
}

python::Ref Boolean(bool value) { return python::Ref::Borrow(value ? Py_True : Py_False); }

// sys.stderr of the process: a text stream that writes whole lines at once.
python::Ref StandardError() { return python::Ref::Borrow(PySys_GetObject("stderr")); }

}  // namespace

bool EnvironBase::Make(const Types& types, bool multithread) {
  for (int key = 0; key < kKeys; ++key) keys[key] = python::Interned(kKeyNames[key]);
  http_10 = python::Interned("HTTP/1.0");
  http_11 = python::Interned("HTTP/1.1");
  empty = python::Interned("");
  constants = python::Ref::Steal(PyDict_New());
  if (!constants || !empty) return false;
  PyObject* const dict = constants.get();
  // Present in every request: being there from the start, they set the size of the copies.
  for (int key = kRequestMethod; key < kContentType; ++key) {
    if (!keys[key] || PyDict_SetItem(dict, keys[key].get(), empty.get()) < 0) return false;
  }
  return Put(dict, "SCRIPT_NAME", empty) &&
         Put(dict, "SERVER_SOFTWARE", python::Latin1("monoceros/" MONOCEROS_VERSION)) &&
         Put(dict, "wsgi.version", python::Ref::Steal(Py_BuildValue("(ii)", 1, 0))) &&
         Put(dict, "wsgi.errors", StandardError()) &&
         Put(dict, "wsgi.multithread", Boolean(multithread)) &&
         Put(dict, "wsgi.multiprocess", Boolean(true)) &&
         Put(dict, "wsgi.run_once", Boolean(false)) &&
         Put(dict, "wsgi.file_wrapper", types.file_wrapper) &&
         Put(dict, "wsgi.input_terminated", Boolean(true));
}

}  // namespace monoceros::wsgi
