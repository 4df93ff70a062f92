// SPDX-License-Identifier: Apache-2.0
// Holds a pod's namespaces open: sleeps until it is told to end, and reaps what it inherits.
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void Leave(int signal_number) {
  (void)signal_number;
  _exit(0);
}

static void Reap(int signal_number) {
  (void)signal_number;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
}

int main(void) {
  signal(SIGINT, Leave);
  signal(SIGTERM, Leave);
  signal(SIGCHLD, Reap);
  for (;;) pause();
}
