// SPDX-License-Identifier: Apache-2.0
// A library that waits as CPython does; built for each machine, with each kind of slot.
#include <pthread.h>
#include <time.h>

// The order of the fields is that of CPython's struct _gil_runtime_state.
struct gil {
  int locked;
  unsigned long switch_number;
  pthread_cond_t condition;
  pthread_mutex_t mutex;
};

static struct gil gil = {1, 0, PTHREAD_COND_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static const struct timespec past = {1, 0};

// Waits twice for a GIL that stays locked, then once for one that is free.
int fixture_take(void) {
  int ended = 0;
  pthread_mutex_lock(&gil.mutex);
  for (gil.locked = 2; gil.locked >= 0; --gil.locked) {
    ended += pthread_cond_timedwait(&gil.condition, &gil.mutex, &past) != 0;
  }
  pthread_mutex_unlock(&gil.mutex);
  return ended;
}

static void* give(void* unused) {
  pthread_mutex_lock(&gil.mutex);
  gil.switch_number = 1;
  pthread_cond_signal(&gil.condition);
  pthread_mutex_unlock(&gil.mutex);
  return unused;
}

// Waits until another thread has switched.
int fixture_switch(void) {
  pthread_t thread;
  gil.switch_number = 0;
  pthread_mutex_lock(&gil.mutex);
  if (pthread_create(&thread, 0, give, 0) != 0) return 1;
  while (gil.switch_number == 0) pthread_cond_wait(&gil.condition, &gil.mutex);
  pthread_mutex_unlock(&gil.mutex);
  return pthread_join(thread, 0);
}

// An address that is taken is a slot of another kind than one that is called.
int (*fixture_address(void))(pthread_cond_t*, pthread_mutex_t*, const struct timespec*) {
  return pthread_cond_timedwait;
}
