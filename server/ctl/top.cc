// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <sstream>
#include <stdexcept>

#include "ctl/commands.h"
#include "ctl/format.h"
#include "ctl/screen.h"
#include "ctl/stacks_text.h"
#include "ctl/top_feed.h"
#include "ctl/top_view.h"
#include "monoceros/control/v1/control.pb.h"

namespace monoceros::ctl {
namespace {

constexpr int kKeyMilliseconds = 200;
constexpr ptrdiff_t kPageOfWorkers = 10;

// What a person does in `top`, and what is shown to them.
class Top {
 public:
  Top(Client& client, const Options& options)
      : client_(client), options_(options), feed_(client, options.interval) {}
  ~Top() { client_.Cancel(); }  // else its threads would wait for the server
  Top(const Top&) = delete;
  Top& operator=(const Top&) = delete;

  // Whether a change was begun whose end was not seen.
  bool changing() const { return result_.valid(); }

  Outcome Run() {
    while (!left_) {
      if (const auto ended = feed_.Ended()) return tl::make_unexpected(*ended);
      CollectResult();
      Draw();
      Handle(screen_.Read(kKeyMilliseconds));
    }
    return {};
  }

 private:
  using Change = std::function<Reply<v1::ApplyResponse>(const Client::Follow&)>;

  void Draw() {
    screen_.FollowSize();
    view_.width = screen_.width();
    view_.height = screen_.height();
    if (!text_.empty()) return screen_.Show(Page());
    const TopFeed::Pair pair = feed_.Latest();
    if (!pair.now) return screen_.Show({{"waiting for the server's answer"}});
    KeepSelection(SlotsInOrder(*pair.now, *pair.before, view_));
    screen_.Show(RenderTop(*pair.now, *pair.before, view_));
  }

  // What is not shown must not be restarted.
  void KeepSelection(const std::vector<uint32_t>& slots) {
    if (!slots.empty() && std::ranges::count(slots, view_.selected) == 0) {
      view_.selected = slots.front();
    }
  }

  std::vector<StyledLine> Page() const {
    const size_t room = std::max<size_t>(view_.height, 2) - 1;
    std::vector<StyledLine> lines(text_.begin() + static_cast<ptrdiff_t>(scrolled_), text_.end());
    lines.resize(std::min(lines.size(), room));
    for (StyledLine& line : lines) line.text = Fit(line.text, view_.width);
    lines.push_back({"up, down, page up, page down: scroll   q: back", Style::kDim});
    return lines;
  }

  void Handle(const Pressed& pressed) {
    if (pressed.key == Key::kNone || pressed.key == Key::kResize) return;
    if (pressed.key == Key::kClosed) {
      left_ = true;
      return;
    }
    if (!text_.empty()) return Scroll(pressed);
    if (pressed.key != Key::kCharacter) return Move(StepOf(pressed.key));
    if (confirm_) return Confirm(pressed.character);
    OnCharacter(pressed.character);
  }

  static ptrdiff_t StepOf(Key key) {
    const ptrdiff_t step = key == Key::kUp || key == Key::kDown ? 1 : kPageOfWorkers;
    return key == Key::kDown || key == Key::kPageDown ? step : -step;
  }

  void Scroll(const Pressed& pressed) {
    const auto page = static_cast<ptrdiff_t>(view_.height) - 2;
    if (pressed.key == Key::kCharacter) return text_.clear();
    const bool down = pressed.key == Key::kDown || pressed.key == Key::kPageDown;
    const bool line = pressed.key == Key::kDown || pressed.key == Key::kUp;
    const ptrdiff_t to = static_cast<ptrdiff_t>(scrolled_) + (down ? 1 : -1) * (line ? 1 : page);
    const auto last = static_cast<ptrdiff_t>(text_.size()) - 1;
    scrolled_ = static_cast<size_t>(std::clamp<ptrdiff_t>(to, 0, last));
  }

  void Move(ptrdiff_t step) {
    const TopFeed::Pair pair = feed_.Latest();
    if (!pair.now) return;
    const std::vector<uint32_t> slots = SlotsInOrder(*pair.now, *pair.before, view_);
    if (slots.empty()) return;
    const auto at = std::ranges::find(slots, view_.selected) - slots.begin();
    const auto last = static_cast<ptrdiff_t>(slots.size()) - 1;
    view_.selected = slots[static_cast<size_t>(std::clamp<ptrdiff_t>(at + step, 0, last))];
  }

  void OnCharacter(char c) {
    view_.message.clear();
    switch (c) {
      case 'q':
        left_ = true;
        break;
      case '?':
        view_.help = !view_.help;
        break;
      case 't':
        view_.threads = !view_.threads;
        break;
      case 'o':
      case 'c':
      case 'g':
      case 'a':
      case 'm':
        view_.sort = c;
        break;
      case 's':
        ShowStacksOfSelected();
        break;
      case '+':
      case '-':
        Scale(c == '+' ? 1 : -1);
        break;
      case 'r':
        Ask("Reload the application?", [this](const Client::Follow& follow) {
          return client_.Reload(options_.override_for, follow);
        });
        break;
      case 'k':
        Ask(fmt::format("Restart the worker in slot {}?", view_.selected),
            [this, slot = view_.selected](const Client::Follow& follow) {
              return client_.Restart(slot, options_.override_for, follow);
            });
        break;
      default:
        break;
    }
  }

  void Scale(int step) {
    const TopFeed::Pair pair = feed_.Latest();
    if (!pair.now) return;
    const int wanted = static_cast<int>(pair.now->workers_wanted()) + step;
    if (wanted < 1) return;
    v1::ApplyRequest request;
    request.set_workers(static_cast<uint32_t>(wanted));
    request.set_override_for(options_.override_for);
    Begin([this, request](const Client::Follow& follow) { return client_.Apply(request, follow); });
  }

  void Ask(const std::string& question, Change change) {
    view_.message = question + " y: yes, any other key: no";
    confirm_ = std::move(change);
  }

  void Confirm(char c) {
    const Change change = std::exchange(confirm_, nullptr);
    view_.message.clear();
    if (c == 'y') Begin(change);
  }

  // In a thread of its own, so that the view lives on; one change at a time.
  void Begin(const Change& change) {
    if (result_.valid()) {
      view_.message = "a change is under way";
      return;
    }
    view_.message = "the change is under way";
    result_ = std::async(std::launch::async, [change]() -> std::string {
      const auto reply = change([](const v1::ApplyEvent&) {});
      return reply ? reply->message() : reply.error().message;
    });
  }

  void CollectResult() {
    if (!result_.valid()) return;
    if (result_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
      view_.message = result_.get();
    }
  }

  void ShowStacksOfSelected() {
    v1::DumpStacksRequest request;
    request.set_slot(view_.selected);
    const auto stacks = client_.Stacks(request);
    if (!stacks) {
      view_.message = stacks.error().message;
      return;
    }
    std::istringstream lines(ShowStacks(*stacks));
    for (std::string line; std::getline(lines, line);) text_.push_back({line});
    scrolled_ = 0;
  }

  Client& client_;
  const Options& options_;
  Screen screen_;
  TopFeed feed_;
  TopView view_;
  std::vector<StyledLine> text_;  // a page shown instead of the view; empty: none
  size_t scrolled_ = 0;
  Change confirm_;
  std::future<std::string> result_;
  bool left_ = false;
};

// Without a terminal: one frame.
Outcome PrintFrame(Client& client, const Options& options) {
  fmt::print(stderr, "monoctl: standard output is no terminal: this is one frame\n");
  std::optional<v1::Status> before;
  return client.Watch(options.interval, /*detail=*/true, [&](v1::Status& status) {
    if (!before) {
      before = std::move(status);
      return true;
    }
    TopView view;
    view.width = 160;
    view.height = 1000;
    view.threads = true;
    view.message = " ";
    for (const StyledLine& line : RenderTop(status, *before, view)) fmt::print("{}\n", line.text);
    return false;
  });
}

}  // namespace

Outcome RunTop(Client& client, const Options& options) {
  if (::isatty(STDOUT_FILENO) == 0 || ::isatty(STDIN_FILENO) == 0) {
    return PrintFrame(client, options);
  }
  try {
    Outcome outcome;
    bool changing = false;
    {
      Top top(client, options);
      outcome = top.Run();
      changing = top.changing();
    }
    if (changing) fmt::print(stderr, "The change goes on; `monoctl status` shows how it ends.\n");
    return outcome;
  } catch (const std::runtime_error& error) {
    return Fail(Exit::kUsage, error.what());
  }
}

}  // namespace monoceros::ctl
