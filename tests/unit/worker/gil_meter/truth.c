// SPDX-License-Identifier: Apache-2.0
// Times PyEval_RestoreThread from outside; loaded with ctypes.PyDLL.
#include <pthread.h>
#include <time.h>

void* PyEval_SaveThread(void);
void PyEval_RestoreThread(void*);

static pthread_barrier_t together;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void rest(long nanoseconds) {
  const struct timespec time = {0, nanoseconds};
  if (nanoseconds > 0) nanosleep(&time, 0);
}

static long long restore(void* state) {
  const long long begin = now();
  PyEval_RestoreThread(state);
  return now() - begin;
}

static long long meet(void) {
  void* const state = PyEval_SaveThread();
  pthread_barrier_wait(&together);
  return restore(state);
}

// Once, before as many threads call truth_contend.
int truth_begin(int threads) { return pthread_barrier_init(&together, 0, threads); }

// When all threads are here: `rounds` times keeps the GIL for `held` ns, gives it up, waits for
// `free` ns, takes it back. Returns the ns spent in taking it back. It sleeps with the GIL, so that
// hardly anything but the GIL is waited for, however busy the machine is.
long long truth_contend(int rounds, long held, long free) {
  long long spent = meet();
  for (int round = 0; round < rounds; ++round) {
    rest(held);
    void* const state = PyEval_SaveThread();
    rest(free);
    spent += restore(state);
  }
  // Whoever came to the end first must not wait elsewhere for those who still hold the GIL long.
  return spent + meet();
}
