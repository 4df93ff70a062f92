// SPDX-License-Identifier: Apache-2.0
#include "router/dispatch/dispatcher.h"

#include <algorithm>
#include <random>
#include <tuple>
#include <utility>

namespace monoceros::router {
namespace {

// An exchange that its worker has not taken for this long may be given to another: longer than a
// wake-up takes, so that idle workers do not play ball with it.
constexpr base::Nanoseconds kUntakenGrace = 2 * base::kNanosecondsPerMillisecond;

// What waits behind another exchange for this long goes to the next worker that makes progress.
constexpr base::Nanoseconds kBehindGrace = 300'000;

int JitteredSeconds(base::Nanoseconds wait) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int seconds = static_cast<int>(base::ToSeconds(wait)) + 1;
  return seconds + std::uniform_int_distribution<int>(0, std::max(1, seconds / 2))(random);
}

}  // namespace

Dispatcher::Dispatcher(base::EventLoop& loop, DispatcherEvents& events,
                       const DispatcherSettings& settings)
    : loop_(loop),
      events_(events),
      settings_(settings),
      queue_timeouts_(settings.queue_timeout),
      untaken_timeouts_(kUntakenGrace),
      request_timeouts_(settings.request_timeout) {}

Dispatcher::~Dispatcher() = default;

void Dispatcher::Configure(const DispatcherSettings& settings) {
  settings_ = settings;
  queue_timeouts_.SetDuration(settings.queue_timeout);
  request_timeouts_.SetDuration(settings.request_timeout);
}

uint32_t Dispatcher::Capacity() const {
  uint32_t capacity = 0;
  for (const auto& link : links_) {
    if (!link->draining() && !link->dead()) capacity += link->usable_capacity();
  }
  return capacity;
}

base::Nanoseconds Dispatcher::PredictedWait() const {
  return service_time_.PredictWait(queued(), Capacity());
}

size_t Dispatcher::queued() const {
  size_t waiting = queue_.size();
  for (const auto& link : links_) waiting += link->ahead();
  return waiting;
}

std::optional<int> Dispatcher::Refusal() const {
  const base::Nanoseconds wait = PredictedWait();
  const bool too_many = queued() >= settings_.queue_limit;
  const bool too_late = settings_.queue_timeout > 0 && wait > settings_.queue_timeout;
  if (!too_many && !too_late) return std::nullopt;
  return JitteredSeconds(wait);
}

int Dispatcher::RetryAfter() const { return JitteredSeconds(PredictedWait()); }

size_t Dispatcher::in_flight() const {
  size_t running = 0;
  for (const auto& link : links_) running += link->running() - link->ahead();
  return running;
}

size_t Dispatcher::streams() const {
  size_t streams = 0;
  for (const auto& link : links_) streams += link->streams();
  return streams;
}

WorkerCounts Dispatcher::CountWorkers(base::Nanoseconds now) const {
  WorkerCounts counts;
  for (const auto& link : links_) {
    if (link->draining() || link->dead()) {
      ++counts.leaving;
    } else {
      ++(link->Stalled(now) ? counts.stalled : counts.serving);
    }
  }
  return counts;
}

bool Dispatcher::TakesOpenBodies() const {
  return newest_takes_open_bodies_ && std::ranges::all_of(links_, [](const auto& link) {
           return link->takes_open_bodies() || link->draining() || link->dead();
         });
}

void Dispatcher::Submit(Exchange& exchange) {
  exchange.dispatcher = this;
  exchange.submitted_at = now_ = base::MonotonicNow();
  queue_timeouts_.Arm(exchange.queue_timer, now_);
  while (WorkerLink* link = queue_.empty() ? ChooseIdle() : nullptr) {
    if (AssignTo(*link, exchange)) return;
  }
  Enqueue(exchange);
}

void Dispatcher::Enqueue(Exchange& exchange) {
  if (exchange.body_open && !TakesOpenBodies()) return WantBody(exchange);
  exchange.state = Exchange::State::kQueued;
  queue_.emplace(exchange.id, &exchange);
}

void Dispatcher::WantBody(Exchange& exchange) {
  exchange.DisarmTimers();
  exchange.state = Exchange::State::kIdle;
  exchange.body_open = exchange.body_streamed = false;
  exchange.owner.OnBodyWanted(exchange);
}

template <typename Admits>
WorkerLink* Dispatcher::Choose(Admits admits) {
  WorkerLink* best = nullptr;
  std::tuple<bool, size_t, uint32_t, uint32_t> best_load;
  for (const auto& link : links_) {
    if (!admits(*link)) continue;
    // One that runs what nobody wants any more is about to be replaced.
    const std::tuple load{link->lost() > 0, link->CountUntaken(), link->running(), link->streams()};
    if (best != nullptr && load >= best_load) continue;
    best = link.get();
    best_load = load;
  }
  return best;
}

WorkerLink* Dispatcher::ChooseIdle() {
  return Choose([](const WorkerLink& link) { return link.HasCapacity(); });
}

bool Dispatcher::AssignTo(WorkerLink& link, Exchange& exchange) {
  if (!link.Assign(exchange)) return false;
  exchange.assigned_at = now_;
  untaken_timeouts_.Arm(exchange.untaken_timer, now_);
  request_timeouts_.Arm(exchange.request_timer, now_);
  return true;
}

void Dispatcher::ServeQueue() {
  for (;;) {
    WorkerLink* link = ChooseIdle();
    // An idle worker takes over whatever waits; a busy one only what waits behind a slow request.
    const base::Nanoseconds least_age = link != nullptr ? 0 : kBehindGrace;
    if (link == nullptr) {
      if (queue_.empty()) return;
      link = Choose([this](const WorkerLink& other) { return other.HasRoomAhead(now_); });
    }
    if (link == nullptr) return;
    Exchange* next = NextFor(*link, least_age);
    if (next == nullptr) return;
    Give(*link, *next);
  }
}

// The oldest exchange that waits: the head of the queue, one that another worker should long have
// taken, or, for an idle worker (`least_age` 0), any that waits behind others of another worker.
Exchange* Dispatcher::NextFor(const WorkerLink& link, base::Nanoseconds least_age) {
  Exchange* oldest = queue_.empty() ? nullptr : queue_.begin()->second;
  for (const auto& other : links_) {
    if (other.get() == &link || other->broken()) continue;
    Exchange* waiting = other->OldestUntaken();
    if (waiting == nullptr || (waiting->body_open && !link.takes_open_bodies())) continue;
    const base::Nanoseconds wanted = other->ahead() > 0 ? least_age : kUntakenGrace;
    if (now_ - waiting->assigned_at < wanted) continue;
    if (oldest == nullptr || waiting->id < oldest->id) oldest = waiting;
  }
  return oldest;
}

// False when the worker has no slot left; true also when its old worker has just taken it.
bool Dispatcher::Give(WorkerLink& link, Exchange& exchange) {
  if (exchange.state == Exchange::State::kQueued) {
    if (!AssignTo(link, exchange)) return false;
    queue_.erase(exchange.id);
    return true;
  }
  if (!exchange.worker->Revoke(exchange)) return true;
  if (AssignTo(link, exchange)) return true;
  Enqueue(exchange);
  return false;
}

bool Dispatcher::Withdraw(Exchange& exchange) {
  exchange.DisarmTimers();
  if (exchange.state == Exchange::State::kQueued) {
    queue_.erase(exchange.id);
    exchange.state = Exchange::State::kIdle;
    return true;
  }
  if (exchange.state != Exchange::State::kAssigned) return false;
  WorkerLink& link = *exchange.worker;
  capacity_changed_ = true;
  if (link.Revoke(exchange)) return true;
  link.ReadTimes(exchange);
  link.Abandon(exchange);
  return false;
}

void Dispatcher::MarkStream(Exchange& exchange) {
  exchange.DisarmTimers();
  exchange.worker->ReadTimes(exchange);
  exchange.worker->MarkStream(exchange);
}

void Dispatcher::Ended(Exchange& exchange) {
  exchange.DisarmTimers();
  WorkerLink& link = *exchange.worker;
  link.MarkEnded(exchange);
  if (exchange.taken_at != 0 && !exchange.stream && !exchange.body_streamed)
    service_time_.Add(exchange.ended_at - exchange.taken_at);
  if (link.draining()) capacity_changed_ = true;
  if (queue_.empty()) return;  // Turn looks for what waits elsewhere
  ServeQueue();
  link.Ring();
}

void Dispatcher::Close(Exchange& exchange) {
  WorkerLink& link = *exchange.worker;
  link.Close(exchange);
  if (link.draining() && link.forsaken()) capacity_changed_ = true;
}

void Dispatcher::AddWorker(WorkerDescription description,
                           std::unique_ptr<channel::RouterEnd> channel, base::Fd pidfd) {
  links_.push_back(std::make_unique<WorkerLink>(std::move(description), std::move(channel),
                                                std::move(pidfd), *this, loop_));
  capacity_changed_ = had_worker_ = true;
  newest_takes_open_bodies_ = links_.back()->takes_open_bodies();
  if (!newest_takes_open_bodies_) WantBodies();
}

void Dispatcher::WantBodies() {
  std::vector<Exchange*> open;
  for (const auto& [id, exchange] : queue_) {
    if (exchange->body_open) open.push_back(exchange);
  }
  for (Exchange* exchange : open) {
    queue_.erase(exchange->id);
    WantBody(*exchange);
  }
}

WorkerLink* Dispatcher::Find(uint64_t incarnation) {
  const auto found = std::find_if(links_.begin(), links_.end(), [&](const auto& link) {
    return link->description().incarnation == incarnation;
  });
  return found == links_.end() ? nullptr : found->get();
}

void Dispatcher::DrainWorker(uint64_t incarnation) {
  WorkerLink* link = Find(incarnation);
  if (link == nullptr) return;
  link->SetDraining();
  capacity_changed_ = true;
  for (Exchange* exchange : link->Attached()) {
    if (exchange->ended_at == 0 && link->Revoke(*exchange)) Enqueue(*exchange);
  }
  for (Exchange* exchange : link->Attached()) {
    if (exchange->worker == link && exchange->ended_at == 0) exchange->owner.OnResponse(*exchange);
  }
}

void Dispatcher::SetCapacity(uint64_t incarnation, uint32_t capacity) {
  WorkerLink* link = Find(incarnation);
  if (link == nullptr) return;
  link->SetCapacity(capacity);
  capacity_changed_ = true;
  for (Exchange* exchange : link->ExtraUntaken()) {
    if (link->Revoke(*exchange)) Enqueue(*exchange);
  }
}

void Dispatcher::Trim() {
  for (const auto& link : links_) link->Trim();
}

void Dispatcher::Turn(base::Nanoseconds now) {
  now_ = now;
  for (const auto& link : links_) {
    link->Collect();
    worker_gone_ = worker_gone_ || link->broken();
  }
  queue_timeouts_.FireExpired(now);
  untaken_timeouts_.FireExpired(now);
  request_timeouts_.FireExpired(now);
  if (worker_gone_ || capacity_changed_) CheckLinks();
  ServeQueue();
  for (const auto& link : links_) link->Ring();
}

void Dispatcher::CheckLinks() {
  worker_gone_ = capacity_changed_ = false;
  // Burying may requeue exchanges but adds no links; indices stay valid backwards.
  for (size_t i = links_.size(); i-- > 0;) {
    WorkerLink& link = *links_[i];
    if (link.dead() || link.broken()) {
      BuryLink(link);
    } else if (link.draining() && link.forsaken()) {
      events_.OnWorkerDrained(link.description().incarnation);
      Remove(link);
    }
  }
}

void Dispatcher::BuryLink(WorkerLink& link) {
  if (link.broken()) {
    link.SetDraining();
    events_.OnWorkerBroken(link.description().incarnation, "it broke the channel's protocol");
  } else {
    // What the worker finished before it died still counts. It is not marked as one that leaves:
    // who dies unasked ends no stream of events in good order.
    link.Collect();
  }
  for (Exchange* exchange : link.Attached()) FailOrRequeue(link, *exchange);
  Remove(link);
}

void Dispatcher::FailOrRequeue(WorkerLink& link, Exchange& exchange) {
  if (exchange.ended_at == 0 && link.Revoke(exchange)) return Enqueue(exchange);
  exchange.queue_timer.Disarm();
  if (exchange.ended_at == 0) link.ReadTimes(exchange);
  link.Abandon(exchange);
  exchange.owner.OnExchangeFailed(exchange, ExchangeFailure::kWorkerDied);
}

void Dispatcher::Remove(WorkerLink& link) {
  std::erase_if(links_, [&](const auto& candidate) { return candidate.get() == &link; });
}

void Dispatcher::OnQueueTimeout(Exchange& exchange) {
  if (exchange.state == Exchange::State::kAssigned) {
    WorkerLink& link = *exchange.worker;
    const bool lay = link.LetsLie();
    if (!link.Revoke(exchange)) return;
    if (lay) link.MarkBehind();
  }
  exchange.DisarmTimers();
  queue_.erase(exchange.id);
  exchange.state = Exchange::State::kIdle;
  capacity_changed_ = true;
  exchange.owner.OnExchangeFailed(exchange, ExchangeFailure::kQueueTimeout);
}

void Dispatcher::OnUntaken(Exchange& exchange) {
  WorkerLink& stalled = *exchange.worker;
  if (stalled.channel().IsTaken(exchange.slot)) return exchange.queue_timer.Disarm();
  untaken_timeouts_.Arm(exchange.untaken_timer, now_);
  WorkerLink* other = ChooseIdle();
  if (other == nullptr || other == &stalled || other->CountUntaken() > 0) return;
  if (exchange.body_open && !other->takes_open_bodies()) return;
  if (!stalled.Revoke(exchange)) return;
  stalled.MarkBehind();
  if (!AssignTo(*other, exchange)) Enqueue(exchange);
}

base::Nanoseconds Dispatcher::NextDeadline(base::Nanoseconds otherwise) const {
  return std::min({queue_timeouts_.NextDeadline(otherwise),
                   untaken_timeouts_.NextDeadline(otherwise),
                   request_timeouts_.NextDeadline(otherwise)});
}

bool Dispatcher::PrepareToSleep() {
  bool idle = true;
  for (const auto& link : links_) idle = link->PrepareToSleep() && idle;
  return idle && !worker_gone_ && !capacity_changed_;
}

void Dispatcher::WokeUp() {
  for (const auto& link : links_) link->WokeUp();
}

}  // namespace monoceros::router
