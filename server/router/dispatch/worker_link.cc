// SPDX-License-Identifier: Apache-2.0
#include "router/dispatch/worker_link.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "config/worker_class.h"
#include "router/dispatch/dispatcher.h"

namespace monoceros::router {
namespace {

// Enough that a worker which answers in microseconds never waits for the router; what is given
// ahead to a slow one is taken back.
constexpr uint32_t kMostAhead = 4;

// A worker that has ended nothing for this long gets nothing ahead.
constexpr base::Nanoseconds kSlow = base::kNanosecondsPerMillisecond;

// What was not taken for this long by a worker that could run it shows that the worker is stopped.
constexpr base::Nanoseconds kStalled = base::kNanosecondsPerSecond;

// The channel gives back what was idle over a whole interval between two calls.
constexpr int kTrimsAfterUse = 2;

// Ended exchanges keep their slot until the client's bytes are sent, so some stay spare.
uint32_t AheadFor(uint32_t slots, uint32_t capacity) {
  return slots > capacity ? std::min(kMostAhead, (slots - capacity) / 2) : 0;
}

std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

WorkerLink::WorkerLink(WorkerDescription description, std::unique_ptr<channel::RouterEnd> channel,
                       base::Fd pidfd, Dispatcher& dispatcher, base::EventLoop& loop)
    : description_(std::move(description)),
      takes_open_bodies_(config::WorkerClassNamed(description_.worker_class).open_bodies),
      channel_(std::move(channel)),
      pidfd_(std::move(pidfd)),
      dispatcher_(dispatcher),
      loop_(loop),
      death_watch_(*this),
      by_slot_(channel_->shape().slots),
      orphan_(channel_->shape().slots),
      stream_(channel_->shape().slots),
      ahead_(AheadFor(channel_->shape().slots, description_.capacity)) {
  loop_.Add(channel_->bell(), EPOLLIN | EPOLLET, &bell_watch_);
  loop_.Add(pidfd_.get(), EPOLLIN | EPOLLONESHOT, &death_watch_);
}

WorkerLink::~WorkerLink() {
  loop_.Remove(channel_->bell());
  loop_.Remove(pidfd_.get());
}

void WorkerLink::DeathWatch::OnEvents(uint32_t) {
  link.dead_ = true;
  link.dispatcher_.OnWorkerGone();
}

bool WorkerLink::Assign(Exchange& exchange) {
  const auto slot = channel_->Open(exchange.id);
  if (!slot) return MarkBehind(), false;
  exchange.state = Exchange::State::kAssigned;
  exchange.worker = this;
  exchange.slot = *slot;
  exchange.worker_pid = description_.pid;
  exchange.body_written = 0;
  exchange.body_ended = false;
  by_slot_[*slot] = &exchange;
  untaken_.push_back(&exchange);
  ++running_;
  ++open_;
  trims_due_ = kTrimsAfterUse;
  channel_->Write(*slot, channel::FrameType::kHead, AsBytes(exchange.head));
  FeedBody(exchange);
  TellHalfClosed(exchange);
  return true;
}

void WorkerLink::TellHalfClosed(const Exchange& exchange) {
  if (exchange.half_closed) channel_->HalfClose(exchange.slot);
}

void WorkerLink::FeedBody(Exchange& exchange) {
  if (exchange.body_ended) return;
  if (exchange.body.spooled()) {
    FeedFile(exchange);
  } else if (exchange.body_written < exchange.body.size()) {
    const auto rest = AsBytes(exchange.body.memory().substr(exchange.body_written));
    exchange.body_written += channel_->Write(exchange.slot, channel::FrameType::kData, rest);
  }
  if (exchange.body_written < exchange.body.size()) return channel_->Publish(exchange.slot);
  if (exchange.body_open) {
    DropFed(exchange);
  } else if (!exchange.may_upgrade) {
    channel_->Write(exchange.slot, channel::FrameType::kEnd, {});
    exchange.body_ended = true;
  }
  channel_->Publish(exchange.slot);
}

// Until it is taken the exchange may have to begin anew with another worker.
void WorkerLink::DropFed(Exchange& exchange) {
  if (exchange.body_written == 0 || !channel_->IsTaken(exchange.slot)) return;
  exchange.body.Clear();
  exchange.body_written = 0;
  exchange.body_dropped = true;
  trims_due_ = kTrimsAfterUse;
}

void WorkerLink::FeedFile(Exchange& exchange) {
  if (!channel_->SendDescriptor(exchange.slot, exchange.body.fd())) {
    files_to_send_.push_back(&exchange);  // the socket is full: once more in the next turn
    return;
  }
  channel_->Write(exchange.slot, channel::FrameType::kFile, {});
  exchange.body_written = exchange.body.size();
}

size_t WorkerLink::Feed(Exchange& exchange, std::string_view bytes) {
  const size_t taken = channel_->Write(exchange.slot, channel::FrameType::kData, AsBytes(bytes));
  channel_->Publish(exchange.slot);
  trims_due_ = kTrimsAfterUse;
  return taken;
}

size_t WorkerLink::FeedCredit(const Exchange& exchange) const {
  return channel_->Credit(exchange.slot);
}

void WorkerLink::EndFeed(Exchange& exchange) {
  channel_->Write(exchange.slot, channel::FrameType::kEnd, {});
  channel_->Publish(exchange.slot);
  exchange.body_ended = true;
}

void WorkerLink::MarkStream(Exchange& exchange) {
  if (exchange.stream) return;
  exchange.stream = true;
  progress_at_ = base::MonotonicNow();
  std::erase(untaken_, &exchange);
  const bool loop = channel_->shape().threads == 0;
  if (!loop) return;
  stream_[exchange.slot] = true;
  ++streams_;
  --running_;
}

// The worker is done with the exchange of the slot.
void WorkerLink::CountOut(channel::SlotIndex slot) {
  --(stream_[slot] ? streams_ : running_);
  stream_[slot] = false;
}

bool WorkerLink::Revoke(Exchange& exchange) {
  // What of its body the worker alone has makes it the worker's, whatever the slot says.
  if (exchange.body_dropped || !channel_->Revoke(exchange.slot)) return false;
  --running_;
  --open_;
  by_slot_[exchange.slot] = nullptr;
  Detach(exchange);
  return true;
}

void WorkerLink::Abandon(Exchange& exchange) {
  if (Revoke(exchange)) return;
  channel_->Disconnect(exchange.slot);
  orphan_[exchange.slot] = true;
  by_slot_[exchange.slot] = nullptr;
  const channel::SlotIndex slot = exchange.slot;
  const bool ended = exchange.ended_at != 0;
  Detach(exchange);
  channel_->Consume(slot);  // frames that its owner has read and not given back
  if (!ended) return DiscardFrames(slot);
  ForgetOrphan(slot);
}

void WorkerLink::Forsake(Exchange& exchange) {
  const channel::SlotIndex slot = exchange.slot;
  const uint64_t id = exchange.id;
  lost_[slot] = id;
  Abandon(exchange);
}

void WorkerLink::ForgetOrphan(channel::SlotIndex slot) {
  channel_->Close(slot);
  orphan_[slot] = false;
  --open_;
  const auto lost = lost_.find(slot);
  if (lost == lost_.end()) return;
  const uint64_t id = lost->second;
  lost_.erase(lost);
  dispatcher_.OnTimedOutEnded(description_.incarnation, id);
}

void WorkerLink::Detach(Exchange& exchange) {
  std::erase(untaken_, &exchange);
  std::erase(files_to_send_, &exchange);
  exchange.untaken_timer.Disarm();
  exchange.request_timer.Disarm();
  exchange.state = Exchange::State::kIdle;
  exchange.worker = nullptr;
}

void WorkerLink::MarkEnded(Exchange& exchange) {
  if (exchange.ended_at != 0) return;
  exchange.ended_at = progress_at_ = base::MonotonicNow();
  ReadTimes(exchange);
  std::erase(untaken_, &exchange);
  CountOut(exchange.slot);
}

void WorkerLink::ReadTimes(Exchange& exchange) const {
  exchange.taken_at = channel_->TakenAt(exchange.slot);
  exchange.times = channel_->Times(exchange.slot);
}

void WorkerLink::Close(Exchange& exchange) {
  channel_->Consume(exchange.slot);
  channel_->Close(exchange.slot);
  by_slot_[exchange.slot] = nullptr;
  --open_;
  Detach(exchange);
}

void WorkerLink::Collect() {
  behind_ = behind_ && channel_->CountUnpassed() > 0;
  for (Exchange* exchange : std::exchange(files_to_send_, {})) FeedBody(*exchange);
  channel_->CollectDirty([this](channel::SlotIndex slot) { Visit(slot); });
}

void WorkerLink::Visit(channel::SlotIndex slot) {
  if (orphan_[slot]) return DiscardFrames(slot);
  Exchange* exchange = by_slot_[slot];
  if (exchange == nullptr) return;
  if (!exchange->body_ended) FeedBody(*exchange);
  exchange->owner.OnResponse(*exchange);
}

void WorkerLink::DiscardFrames(channel::SlotIndex slot) {
  channel::Frame frame;
  while (channel_->Read(slot, frame) == channel::ReadStatus::kFrame) {
    if (frame.type == channel::FrameType::kFile) channel_->ReceiveDescriptor(slot);
    const bool last =
        frame.type == channel::FrameType::kEnd || frame.type == channel::FrameType::kAbort;
    channel_->Consume(slot);
    if (!last) continue;
    CountOut(slot);
    ForgetOrphan(slot);
    return dispatcher_.OnCapacity();
  }
}

bool WorkerLink::HasRoomAhead(base::Nanoseconds now) const {
  return running_ < description_.capacity + ahead_ && TakesWork() && now - progress_at_ < kSlow;
}

Exchange* WorkerLink::OldestUntaken() { return CountUntaken() > 0 ? untaken_.front() : nullptr; }

void WorkerLink::SetCapacity(uint32_t capacity) {
  const uint32_t slots = channel_->shape().slots;
  description_.capacity = std::clamp<uint32_t>(capacity, 1, slots);
  ahead_ = AheadFor(slots, description_.capacity);
}

std::vector<Exchange*> WorkerLink::ExtraUntaken() {
  const size_t extra = std::min<size_t>(CountUntaken(), ahead());
  return {untaken_.rbegin(), untaken_.rbegin() + static_cast<std::ptrdiff_t>(extra)};
}

bool WorkerLink::LetsLie() {
  const size_t untaken = CountUntaken();
  return untaken > 0 && running_ - untaken < description_.capacity;
}

bool WorkerLink::Stalled(base::Nanoseconds now) {
  if (LetsLie() && now - untaken_.front()->assigned_at > kStalled) return true;
  return behind_ && now - behind_at_ > kStalled;
}

void WorkerLink::MarkBehind() {
  if (!behind_) behind_at_ = base::MonotonicNow();
  behind_ = true;
}

void WorkerLink::Trim() {
  if (trims_due_ == 0) return;
  --trims_due_;
  channel_->Trim();
}

void WorkerLink::Ring() { channel_->Ring(); }

size_t WorkerLink::CountUntaken() {
  // Workers take in the order of assignment, so the first that is not taken ends the search.
  const auto first = std::find_if(untaken_.begin(), untaken_.end(), [this](Exchange* exchange) {
    return !channel_->IsTaken(exchange->slot);
  });
  untaken_.erase(untaken_.begin(), first);
  return untaken_.size();
}

std::vector<Exchange*> WorkerLink::Attached() const {
  std::vector<Exchange*> attached;
  std::copy_if(by_slot_.begin(), by_slot_.end(), std::back_inserter(attached),
               [](Exchange* exchange) { return exchange != nullptr; });
  return attached;
}

}  // namespace monoceros::router
