/* SPDX-License-Identifier: Apache-2.0 */
/* An object of its own that waits for events, as an event loop's does. */
#include <sys/epoll.h>

__attribute__((visibility("default"))) int WaitOnEpoll(int epoll, struct epoll_event* events,
                                                       int most) {
  return epoll_wait(epoll, events, most, 0);
}
