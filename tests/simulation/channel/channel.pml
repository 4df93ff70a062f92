/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The channel's way from "opened" to "done": assigning, taking and revoking exchanges, and the
 * sleeping and waking of worker threads and router. Names follow docs/channel.md.
 *
 * Every statement is one access to shared memory; `atomic` marks what the code does in one
 * read-modify-write. The model is sequentially consistent, as the code's seq_cst accesses are; the
 * orders weaker than that are left to ThreadSanitizer.
 *
 * Checked: no exchange runs twice; at the end each has run once; nobody sleeps for ever while there
 * is work (an invalid end state). MUTANT_* leave out one step each and must be found wanting.
 */
#ifndef REQUESTS
#define REQUESTS 3
#endif
#ifndef SLOTS
#define SLOTS 2
#endif
#define ENTRIES 4
#ifndef THREADS
#define THREADS 2
#endif
#ifndef REVOCATIONS
#define REVOCATIONS 2
#endif

mtype = { FREE, ASSIGNED, TAKEN };

typedef Slot {
  mtype state;
  byte sequence;
  byte request;
  bool ended
};
typedef Entry {
  byte slot;
  byte sequence
};

Slot slots[SLOTS];
Entry ring[ENTRIES];
byte tail, head;
bool sleeper[THREADS];
bool word[THREADS];
bool router_sleeping, bell, closed;
bool dirty[SLOTS];
byte ran[REQUESTS];

/* The worker, after it has touched slot `s`. */
inline MarkDirty(s) {
  dirty[s] = true;
  if
  :: !router_sleeping -> skip
  :: else ->
    atomic {
      if
      :: router_sleeping -> router_sleeping = false; bell = true
      :: else -> skip
      fi
    }
  fi
}

proctype Thread(byte me) {
  byte seen, slot, sequence;
  bool won;

next:
  if
  :: closed -> goto left
  :: else -> skip
  fi;
  seen = head;
  if
  :: seen == tail -> goto sleep
  :: else -> skip
  fi;
  atomic { slot = ring[seen % ENTRIES].slot; sequence = ring[seen % ENTRIES].sequence }
  atomic {
    won = (head == seen);
    if
    :: won -> head++
    :: else -> skip
    fi
  }
  if
  :: !won -> goto next
  :: else -> skip
  fi;

#ifdef MUTANT_TAKE_WITHOUT_SWAP
  won = (slots[slot].state == ASSIGNED && slots[slot].sequence == sequence);
  slots[slot].state = (won -> TAKEN : slots[slot].state);
#elif defined(MUTANT_NO_SEQUENCE)
  atomic {
    won = (slots[slot].state == ASSIGNED);
    if
    :: won -> slots[slot].state = TAKEN
    :: else -> skip
    fi
  }
#else
  atomic {
    won = (slots[slot].state == ASSIGNED && slots[slot].sequence == sequence);
    if
    :: won -> slots[slot].state = TAKEN
    :: else -> skip
    fi
  }
#endif
  if
  :: won ->
    ran[slots[slot].request]++;
    assert(ran[slots[slot].request] == 1);
    slots[slot].ended = true
  :: else -> skip  /* revoked: the router may wait for room in the ring */
  fi;
  MarkDirty(slot);
  goto next;

sleep:
  word[me] = false;
  sleeper[me] = true;
#ifndef MUTANT_THREAD_DOES_NOT_LOOK_AGAIN
  if
  :: head != tail || closed -> sleeper[me] = false; goto next
  :: else -> skip
  fi;
#endif
  word[me];  /* the futex */
  sleeper[me] = false;
  goto next;

left:
  skip
}


active proctype Router() {
  byte waiting[REQUESTS];  /* 1: to be assigned */
  byte done = 0, revocations = 0, i, t, news;
  byte holder[SLOTS];      /* request + 1; 0: the slot is free */
  bool any;

  for (i : 0 .. REQUESTS - 1) { waiting[i] = 1 }
  for (i : 0 .. SLOTS - 1) { slots[i].state = FREE }
  for (i : 0 .. THREADS - 1) { run Thread(i) }

turn:
  /* Assign what there is. */
  news = 0;
  for (i : 0 .. REQUESTS - 1) {
    if
    :: waiting[i] == 1 ->
      for (t : 0 .. SLOTS - 1) {
        if
        :: waiting[i] == 1 && holder[t] == 0 && tail - head < ENTRIES ->
          d_step { slots[t].request = i; slots[t].ended = false; holder[t] = i + 1; waiting[i] = 0 }
          atomic { slots[t].sequence++; slots[t].state = ASSIGNED }
          atomic { ring[tail % ENTRIES].slot = t; ring[tail % ENTRIES].sequence = slots[t].sequence }
          tail++;
          news++
        :: else -> skip
        fi
      }
    :: else -> skip
    fi
  }
  /* Ring: as many sleepers as there is news, the lowest first. */
  for (t : 0 .. THREADS - 1) {
    if
    :: news > 0 && sleeper[t] ->
      atomic { any = sleeper[t]; sleeper[t] = false }
      if
      :: any -> word[t] = true; news--
      :: else -> skip
      fi
    :: else -> skip
    fi
  }
  /* Perhaps take one back; it is assigned again in a later turn. */
  for (t : 0 .. SLOTS - 1) {
    if
    :: holder[t] != 0 && revocations < REVOCATIONS ->
      revocations++;
      atomic {
        any = (slots[t].state == ASSIGNED);
        if
        :: any -> slots[t].state = FREE
        :: else -> skip
        fi
      }
      if
      :: any -> d_step { waiting[holder[t] - 1] = 1; holder[t] = 0 }
      :: else -> skip
      fi
    :: skip
    fi
  }
  /* CollectDirty, Read, Close. */
  for (t : 0 .. SLOTS - 1) {
    atomic { any = dirty[t]; dirty[t] = false }
    if
    :: any && holder[t] != 0 && slots[t].state == TAKEN && slots[t].ended ->
      slots[t].state = FREE;
      d_step { holder[t] = 0; done++ }
    :: else -> skip
    fi
  }
  if
  :: done == REQUESTS -> goto finish
  :: else -> skip
  fi;
  /* Something can be assigned at once: no sleep. */
  for (i : 0 .. REQUESTS - 1) {
    for (t : 0 .. SLOTS - 1) {
      if
      :: waiting[i] == 1 && holder[t] == 0 && tail - head < ENTRIES -> goto turn
      :: else -> skip
      fi
    }
  }
  /* PrepareToSleep. */
  router_sleeping = true;
#ifndef MUTANT_ROUTER_DOES_NOT_LOOK_AGAIN
  for (t : 0 .. SLOTS - 1) {
    if
    :: dirty[t] -> router_sleeping = false; goto turn
    :: else -> skip
    fi
  }
#endif
  bell;  /* epoll, edge-triggered */
  bell = false;
  router_sleeping = false;
  goto turn;

finish:
  closed = true;
  for (t : 0 .. THREADS - 1) { word[t] = true }
  for (i : 0 .. REQUESTS - 1) { assert(ran[i] == 1) }
}
