// SPDX-License-Identifier: Apache-2.0
#include "worker/wsgi/response.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "worker/http/server_error.h"
#include "worker/python/error.h"
#include "worker/python/ref.h"

namespace monoceros::wsgi {
namespace {

// A response of at most this many bytes leaves without waiting for credit.
constexpr uint64_t kSmallBody = 32 * 1024;

std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// PEP 3333: what the application passed as sys.exc_info() is raised again.
void RaiseExcInfo(PyObject* exc_info) {
  PyObject* const value = PyTuple_GET_ITEM(exc_info, 1);
  PyObject* const traceback = PyTuple_GET_ITEM(exc_info, 2);
  if (!PyExceptionInstance_Check(value)) {
    PyErr_SetString(PyExc_TypeError, "exc_info holds no exception");
    return;
  }
  if (PyTraceBack_Check(traceback)) PyException_SetTraceback(value, traceback);
  python::RaiseAgain(python::Ref::Borrow(value));
}

bool HasExceptionInfo(PyObject* exc_info) { return exc_info != nullptr && exc_info != Py_None; }

}  // namespace

void Response::Begin(channel::Exchange& exchange, bool head_request) {
  exchange_ = &exchange;
  head_request_ = head_request;
  head_.content_length.reset();
  written_ = 0;
  started_ = head_sent_ = flushed_ = reported_ = gone_ = torn_ = false;
}

bool Response::Start(PyObject* status, PyObject* headers, PyObject* exc_info) {
  const bool retry = HasExceptionInfo(exc_info);
  if (retry && (!PyTuple_Check(exc_info) || PyTuple_GET_SIZE(exc_info) != 3)) {
    PyErr_SetString(PyExc_TypeError, "exc_info must be what sys.exc_info() returns");
    return false;
  }
  if (retry && head_sent_) {
    RaiseExcInfo(exc_info);
    return false;
  }
  if (started_ && !retry) {
    PyErr_SetString(PyExc_AssertionError, "start_response was called before, without exc_info");
    return false;
  }
  if (!encoder_.Encode(status, headers, head_)) return false;
  started_ = true;
  return true;
}

bool Response::SendEarlyHints(PyObject* headers) {
  if (head_sent_) {
    PyErr_SetString(PyExc_RuntimeError, "early hints must come before the response");
    return false;
  }
  std::string bytes;
  if (!encoder_.EncodeInterim(103, headers, bytes)) return false;
  exchange_->Write(channel::FrameType::kInterim, AsBytes(bytes));
  exchange_->Flush();
  return true;
}

bool Response::Write(PyObject* chunk) {
  if (!PyBytes_Check(chunk)) {
    PyErr_Format(PyExc_TypeError, "the response body must be bytes, not %.100s",
                 Py_TYPE(chunk)->tp_name);
    return false;
  }
  if (!started_) {
    PyErr_SetString(PyExc_AssertionError, "the body began before start_response was called");
    return false;
  }
  const auto size = static_cast<uint64_t>(PyBytes_GET_SIZE(chunk));
  if (size == 0 || torn_) return true;
  SendHead();
  return WriteData(AsBytes({PyBytes_AS_STRING(chunk), std::min(size, room())}));
}

void Response::WriteFile(int fd, uint64_t offset, uint64_t length) {
  SendHead();
  {
    const python::ReleaseGil released(stamps_);
    gone_ = gone_ || !exchange_->SendDescriptor(fd);
  }
  if (gone_) return;
  const channel::FileSegment segment{offset, length};
  exchange_->Write(channel::FrameType::kFile, std::as_bytes(std::span(&segment, 1)));
  written_ += length;
}

void Response::Flush() {
  flushed_ = true;
  ReportWithHead();
  exchange_->Flush();
}

bool Response::Fail() {
  head_.bytes.clear();
  http::EncodeServerError(head_.bytes);
  head_.status = http::kServerError;
  head_.content_length = http::kServerErrorBody.size();
  started_ = true;
  SendHead();
  return WriteData(AsBytes(http::kServerErrorBody));
}

void Response::Finish() {
  SendHead();
  meter_.Report(*exchange_);
  if (written_ <= kSmallBody && !flushed_) {
    exchange_->Finish();
  } else {
    const python::ReleaseGil released(stamps_);
    exchange_->Finish();
  }
}

void Response::Abort() {
  meter_.Report(*exchange_);
  const python::ReleaseGil released(stamps_);
  exchange_->Abort();
}

uint64_t Response::room() const {
  return head_.content_length ? *head_.content_length - written_
                              : std::numeric_limits<uint64_t>::max();
}

void Response::SendHead() {
  if (head_sent_) return;
  head_sent_ = true;
  exchange_->Write(channel::FrameType::kHead, AsBytes(head_.bytes));
}

// For whoever wants to tell the client in the head.
void Response::ReportWithHead() {
  if (!head_sent_ || std::exchange(reported_, true)) return;
  meter_.Report(*exchange_);
}

bool Response::WriteData(std::span<const std::byte> bytes) {
  written_ += bytes.size();
  while (!bytes.empty()) {
    bytes = bytes.subspan(exchange_->Write(channel::FrameType::kData, bytes));
    if (!bytes.empty() && !WaitWritable()) return PyErr_Occurred() == nullptr;
  }
  return true;
}

bool Response::WaitWritable() {
  flushed_ = true;
  ReportWithHead();
  if (gone_ || patience_.AwaitWritable(*exchange_)) return !gone_;
  gone_ = true;
  torn_ = PyErr_Occurred() != nullptr;
  return false;
}

// A body of these statuses, or of HEAD, may be left out although its length is declared.
bool Response::too_short() const {
  if (head_request_ || head_.status == 204 || head_.status == 304 || gone()) return false;
  return head_.content_length && written_ < *head_.content_length;
}

}  // namespace monoceros::wsgi
