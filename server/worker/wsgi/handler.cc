// SPDX-License-Identifier: Apache-2.0
#include "worker/wsgi/handler.h"

#include <fmt/format.h>

#include <algorithm>

#include "worker/python/error.h"
#include "worker/wsgi/close.h"
#include "worker/wsgi/file_wrapper.h"

namespace monoceros::wsgi {
namespace {

// Of a list or a tuple. None with an exception pending: another thread has shortened the list.
python::Ref ItemOf(PyObject* sequence, Py_ssize_t index) {
#ifdef Py_GIL_DISABLED
  if (PyList_CheckExact(sequence)) {
    return python::Ref::Steal(PyList_GetItemRef(sequence, index));
  }
#endif
  return python::Ref::Borrow(PySequence_Fast_GET_ITEM(sequence, index));
}

}  // namespace

Handler::Handler(const Application& application, const python::GilStamps& stamps,
                 Patience& patience, RequestMeter& meter, base::Logger& logger)
    : application_(application),
      stamps_(stamps),
      patience_(patience),
      meter_(meter),
      logger_(logger),
      environs_(application.environ),
      body_(stamps, patience),
      input_(application.types.input, nullptr, &body_),
      response_(stamps, patience, meter),
      callbacks_(application.types, response_) {}

void Handler::Run(channel::Exchange& exchange) {
  if (!ReadHead(exchange)) {
    if (!python::TakeException() && !exchange.disconnected()) {
      logger_.Error("the router sent a request that cannot be read");
    }
    return exchange.Abort();
  }
  meter_.Name(head_.method, head_.path);
  body_.Begin(exchange, head_);
  response_.Begin(exchange, head_.method == "HEAD");
  interruption_.Begin(exchange.request_id());
  const bool sent = CallAndSend();
  interruption_.End();
  callbacks_.TakeBack();
  input_.TakeBack();
  if (!stamps_.canary->InChild()) sent ? Finish() : HandleError();
  body_.End();
}

bool Handler::ReadHead(channel::Exchange& exchange) {
  std::optional<channel::Frame> frame = exchange.Read();
  while (!frame) {
    // A long head comes in pieces, as the channel has room for them.
    if (!patience_.AwaitReadable(exchange)) return false;
    frame = exchange.Read();
  }
  if (frame->type != channel::FrameType::kHead) return false;
  head_bytes_.assign(reinterpret_cast<const char*>(frame->payload.data()), frame->payload.size());
  exchange.Consume();
  return channel::Decode(std::as_bytes(std::span(head_bytes_)), head_);
}

bool Handler::CallAndSend() {
  const python::Ref body = Call();
  if (!body) return false;
  const bool sent = Send(body.get());
  return Close(body.get(), sent) && sent;
}

python::Ref Handler::Call() {
  PyObject* const input = input_.Lend();
  PyObject* const early_hints = callbacks_.LendEarlyHints();
  PyObject* const start_response = callbacks_.LendStartResponse();
  if (input == nullptr || early_hints == nullptr || start_response == nullptr) return {};
  const python::Ref environ = environs_.Make(head_, input, early_hints);
  if (!environ) return {};
  PyObject* arguments[] = {nullptr, environ.get(), start_response};
  return python::Ref::Steal(PyObject_Vectorcall(application_.callable.get(), arguments + 1,
                                                2 | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
}

bool Handler::Send(PyObject* body) {
  if (PyList_CheckExact(body) || PyTuple_CheckExact(body)) return SendSequence(body);
  if (Py_IS_TYPE(body, reinterpret_cast<PyTypeObject*>(application_.types.file_wrapper.get()))) {
    if (SendFile(body)) return true;
  }
  return SendIterable(body);
}

// Everything is there already, so that all of it may leave together with the end.
bool Handler::SendSequence(PyObject* body) {
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(body) && !response_.gone(); ++i) {
    const python::Ref chunk = ItemOf(body, i);
    if (!chunk || !response_.Write(chunk.get())) return false;
  }
  return true;
}

bool Handler::SendIterable(PyObject* body) {
  const python::Ref iterator = python::Ref::Steal(PyObject_GetIter(body));
  if (!iterator) return false;
  while (!response_.gone()) {
    const python::Ref chunk = python::Ref::Steal(PyIter_Next(iterator.get()));
    if (!chunk) return !PyErr_Occurred();
    if (stamps_.canary->InChild() || !SendChunk(chunk.get())) return false;
  }
  return true;
}

// The client is not to wait for the next one, nor anybody else.
bool Handler::SendChunk(PyObject* chunk) {
  if (!response_.Write(chunk)) return false;
  if (PyBytes_GET_SIZE(chunk) == 0) return true;
  response_.Flush();
  return patience_.Pause();
}

bool Handler::SendFile(PyObject* body) {
  if (!application_.sendfile || !response_.started()) return false;
  const std::optional<FileRange> range = FindRange(body);
  if (!range) return false;
  const uint64_t length = std::min(range->length, response_.room());
  if (length > 0) response_.WriteFile(range->fd, range->offset, length);
  return true;
}

bool Handler::Close(PyObject* body, bool flush) {
  if (!MayHaveClose(body)) return true;
  // The client must not wait for what the application does after its response.
  if (flush && response_.head_sent()) response_.Flush();
  return CallClose(body);
}

void Handler::Finish() {
  if (response_.torn()) return response_.Abort();
  if (!response_.started()) {
    if (response_.gone()) return response_.Abort();
    PyErr_SetString(PyExc_AssertionError, "the application did not call start_response");
    return HandleError();
  }
  if (!response_.too_short()) return response_.Finish();
  logger_.Error("The response to {} is shorter than its Content-Length", head_.target);
  GiveUp();
}

void Handler::HandleError() {
  const python::Ref error = python::TakeException();
  if (interruption_.Explains(error)) {
    logger_.Warning("{} {} was interrupted (request_timeout)", head_.method, head_.path);
    return GiveUp();
  }
  const auto& killed = application_.killed;
  if (killed && PyErr_GivenExceptionMatches(error.get(), killed.get())) return response_.Abort();
  // What fails because the client has left is nobody's mistake.
  const auto level = response_.gone() ? base::LogLevel::kDebug : base::LogLevel::kError;
  if (logger_.Enabled(level)) {
    logger_.Write(
        level, fmt::format("Error handling request {}\n{}", head_.target, python::Describe(error)));
  }
  GiveUp();
}

// The client learns of the failure: by a status while that is possible.
void Handler::GiveUp() {
  if (response_.head_sent() || !response_.Fail()) {
    PyErr_Clear();
    return response_.Abort();
  }
  response_.Finish();
}

}  // namespace monoceros::wsgi
