// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/event_loop.h"
#include "base/fd.h"
#include "base/timeout_list.h"
#include "router/dispatch/exchange.h"
#include "router/http/request_parser.h"
#include "router/measure/time_split.h"
#include "router/measure/trace_parent.h"
#include "router/net/context.h"
#include "router/net/output_queue.h"
#include "router/net/response_pump.h"

namespace monoceros::router {

// The two ends of a connection in text, for environ and logs.
struct Endpoints {
  std::string remote_address;  // empty for Unix sockets
  std::string server_address;
  uint16_t remote_port = 0;
  uint16_t server_port = 0;
};

// One client connection: reads requests one after another, submits each, and sends its response.
// Registered edge-triggered once, so that a request costs no epoll_ctl. It never deletes itself:
// when closed it joins Context::closed.
class Connection final : public base::EventHandler, public ExchangeOwner {
 public:
  Connection(Context& context, base::Fd socket, Endpoints endpoints);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Registers the socket and reads what is there already.
  void Start();
  void OnEvents(uint32_t events) override;
  void OnResponse(Exchange& exchange) override;
  void OnExchangeFailed(Exchange& exchange, ExchangeFailure failure) override;
  void OnBodyWanted(Exchange& exchange) override;
  // Memory or spool space is free again.
  void ResumeReading();
  // The server stops: between requests the connection gets a moment to say goodbye, a stream of
  // events ends.
  void OnDrain();
  // Between requests, a connection older than keepalive_max_age gets the same moment.
  void RetireIfOld();
  // At once, whatever it is doing.
  void Close();

  bool idle() const { return phase_ == Phase::kIdle; }
  // Where its owner keeps it; maintained by ConnectionTable.
  size_t table_index = 0;

 private:
  enum class Phase {
    kIdle,       // between requests
    kHead,       // some bytes of a head are here
    kBody,       // the head is complete, the body is not
    kRunning,    // submitted: queued or with a worker; the body may still be arriving
    kTunnel,     // answered with 101: bytes go both ways
    kFlushing,   // the response is complete but the client has not taken all of it
    kDropping,   // answered; the rest of the body, which nobody reads, is thrown away
    kLingering,  // answered and half-closed; drops input so that the answer is not reset
    kClosed,
  };
  struct Timer final : base::Timeout {
    explicit Timer(Connection& connection) : connection(connection) {}
    void OnTimeout() override { connection.OnTimeout(); }
    Connection& connection;
  };
  struct BodyTimer final : base::Timeout {
    explicit BodyTimer(Connection& connection) : connection(connection) {}
    void OnTimeout() override { connection.OnBodyTimeout(); }
    Connection& connection;
  };

  // connection.cc: the socket and the phases
  void OnTimeout();
  bool TooOld() const;
  bool EndsAfterThis() const;
  void ArmSendTimer();
  uint64_t KernelBacklog() const;
  void Drain();
  void OnFlushed();
  void LookAgain();
  void NextRequest();
  void StartLingering();
  void DropInput();
  void TellHalfClosed();
  // request_stage.cc: from bytes to a submitted exchange
  void ReadInput();
  bool WantsInput() const;
  bool ReadOnce();
  void EndInput();
  void ParseInput(std::string_view input);
  void AwaitMore();
  bool HandleEvent(http::ParseEvent event, std::string_view from);
  void KeepInput(std::string_view rest);
  void DropKeptInput();
  bool HandleHead(std::string_view head_bytes);
  bool HandleBody();
  void HandleComplete();
  void FixContentLength();
  bool IsProbe(const channel::RequestHead& head) const;
  void NoteTrace(const channel::RequestHead& head);
  bool Starved();
  void ArmReadTimer();
  // body_stage.cc: a body that the worker takes while it arrives
  bool MayStream() const;
  void SubmitOpen();
  size_t BodyRoom() const;
  void TakeOpen(std::string_view bytes);
  void FeedOpen();
  void CompleteOpen();
  void EndOpen();
  void FailBody(int status, std::string_view reason);
  void WatchBody();
  void OnBodyTimeout();
  void StartDropping();
  // response_stage.cc: from the exchange's end back to the client
  void Pump();
  bool StreamMayEnd() const;
  void FinishResponse(PumpStatus status);
  void BreakOff();
  void SendError(int status, std::string_view detail, std::string_view extra_fields, bool close);
  void SendAnswer(int status, std::string answer);
  void SendContinue();
  void Refuse(int retry_after, bool close);
  void AnswerProbe();
  // tunnel_stage.cc: bytes from the client to the worker
  void BeginTunnel();
  void FeedTunnel();
  bool ReadTunnel();
  size_t Feed(std::string_view bytes);
  // accounting_stage.cc: what the outside sees of it
  void EndExchange(int status);
  void Account(int status, base::Nanoseconds now);
  void WriteAccessLog(int status, const TimeSplit& split, base::Nanoseconds now);
  void SetPhase(Phase phase);
  void ShowState();
  scoreboard::ConnectionState State() const;
  void CountTimeout(scoreboard::ClientTimeout limit);

  Context& context_;
  base::Fd socket_;
  Endpoints endpoints_;
  http::RequestParser parser_;
  Exchange exchange_;
  OutputQueue output_;
  ResponsePump pump_;
  Timer timer_;
  BodyTimer body_timer_;        // while an open body is the client's turn
  std::string input_;           // bytes not consumed yet; empty while idle
  uint64_t input_counted_ = 0;  // of input_, known to the memory budget
  const base::Nanoseconds opened_at_;
  const uint64_t number_;          // see SpreadAge
  uint64_t backlog_ = 0;           // KernelBacklog() when the send timer was armed
  base::Nanoseconds head_at_ = 0;  // head complete
  base::Nanoseconds lingers_since_ = 0;
  std::optional<TraceParent> trace_;
  uint64_t dropped_ = 0;       // bytes of a body that nobody reads
  uint64_t answer_bytes_ = 0;  // of an answer of our own
  int answer_status_ = 0;      // of a complete response, until it is accounted
  scoreboard::ConnectionState shown_state_ = scoreboard::ConnectionState::kIdle;
  Phase phase_ = Phase::kIdle;
  bool readable_ = false;     // the socket may have input that we have not read
  bool input_ended_ = false;  // the client half-closed: reading to its end is due
  bool pipelined_ = false;    // input_ may hold another whole request
  bool reading_ = false;      // ReadInput is on the stack
  bool in_request_ = false;   // from a complete head to its access-log line
  bool accounted_ = false;    // of a tunnel: the request was counted when it was answered
  bool probe_ = false;        // a request for health_path
  bool close_after_ = false;  // no further request on this connection
  bool starved_ = false;      // in Context::starved
  bool retiring_ = false;     // idle and too old: its last moment runs
  bool head_request_ = false;
  uint8_t version_minor_ = 1;
};

}  // namespace monoceros::router
