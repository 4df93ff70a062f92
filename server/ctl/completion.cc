// SPDX-License-Identifier: Apache-2.0
#include "ctl/completion.h"

#include <fmt/core.h>

#include "ctl/options.h"

namespace monoceros::ctl {
namespace {

std::string Joined(bool with_flags) {
  std::string words;
  for (const CommandName& command : CommandNames()) words += std::string(command.name) + " ";
  if (with_flags) {
    for (const std::string& flag : CommonFlags()) words += flag + " ";
  }
  words.pop_back();
  return words;
}

std::string Bash() {
  return fmt::format(R"(_monoctl() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
  case $previous in
    class) COMPREPLY=($(compgen -W "sync gthread asgi" -- "$word")); return ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")); return ;;
    -o|--output) COMPREPLY=($(compgen -W "table json yaml" -- "$word")); return ;;
    --token-file|--tls-ca|--tls-cert|--tls-key|--run-dir)
      COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  COMPREPLY=($(compgen -W "{}" -- "$word"))
}}
complete -F _monoctl monoctl
)",
                     Joined(/*with_flags=*/true));
}

std::string Zsh() {
  std::string commands;
  for (const CommandName& command : CommandNames()) {
    commands += fmt::format("    '{}:{}'\n", command.name, command.meaning);
  }
  std::string flags;
  for (const std::string& flag : CommonFlags()) flags += " " + flag;
  return fmt::format(R"(#compdef monoctl
_monoctl() {{
  local -a commands=(
{}  )
  case $words[CURRENT-1] in
    class) compadd sync gthread asgi; return ;;
    completion) compadd bash zsh fish; return ;;
    -o|--output) compadd table json yaml; return ;;
  esac
  if [[ $words[CURRENT] == -* ]]; then compadd --{}; else _describe command commands; fi
}}
compdef _monoctl monoctl
)",
                     commands, flags);
}

std::string Fish() {
  std::string text = "complete -c monoctl -f\n";
  for (const CommandName& command : CommandNames()) {
    text += fmt::format("complete -c monoctl -n __fish_use_subcommand -a {} -d '{}'\n",
                        command.name, command.meaning);
  }
  for (const std::string& flag : CommonFlags()) {
    text += fmt::format("complete -c monoctl -l {}\n", flag.substr(2));
  }
  text += "complete -c monoctl -n '__fish_seen_subcommand_from class' -a 'sync gthread asgi'\n";
  return text +
         "complete -c monoctl -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n";
}

}  // namespace

std::string CompletionScript(const std::string& shell) {
  if (shell == "zsh") return Zsh();
  return shell == "fish" ? Fish() : Bash();
}

}  // namespace monoceros::ctl
