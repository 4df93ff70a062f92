/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The channel's way from "opened" to "done": assigning, taking and revoking exchanges, and the
 * sleeping and waking of worker threads and router. Names follow docs/channel.md.
 *
 * One step is one access to shared memory, or one read-modify-write, together with what its process
 * does privately before the next. The model is sequentially consistent, as the code's seq_cst
 * accesses are; the weaker orders are left to ThreadSanitizer.
 *
 * Checked: no exchange runs twice; at the end each has run once; nobody sleeps for ever while there
 * is work (an invalid end state). Each MUTANT_* leaves out one step and must be found wanting.
 */
#ifndef REQUESTS
#define REQUESTS 2
#endif
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef ENTRIES
#define ENTRIES 4
#endif
#ifndef THREADS
#define THREADS 2
#endif
#ifndef REVOCATIONS
#define REVOCATIONS 1
#endif

mtype = { FREE, ASSIGNED, TAKEN };

typedef Slot {
  mtype state = FREE;
  byte sequence;
  byte request;
  bool ended
};
typedef Entry {
  byte slot;
  byte sequence
};

/* Shared memory. */
Slot slots[SLOTS];
Entry ring[ENTRIES];
byte tail, head;
bool sleeper[THREADS];
bool word[THREADS];
bool router_sleeping, bell, closed;
bool dirty[SLOTS];

/* The oracle. */
byte ran[REQUESTS];

#define IS_MINE(s, q) (slots[s].state == ASSIGNED && slots[s].sequence == q)

proctype Thread(byte me) {
  byte seen, slot, sequence;
  bool won;

look:
  atomic { won = false; slot = 0; sequence = 0; seen = head }
  atomic {
    if
    :: seen == tail -> seen = 0; goto announce
    :: else -> skip
    fi
  }
  atomic { slot = ring[seen % ENTRIES].slot; sequence = ring[seen % ENTRIES].sequence }
  atomic {  /* Pop */
    if
    :: head == seen -> head++; seen = 0
    :: else -> goto look
    fi
  }
#ifdef MUTANT_TAKE_WITHOUT_SWAP
  won = IS_MINE(slot, sequence);
  atomic {
    if
    :: won -> slots[slot].state = TAKEN
    :: else -> goto mark
    fi
  }
#else
  atomic {  /* Take: a compare-and-swap */
    if
    :: IS_MINE(slot, sequence) -> slots[slot].state = TAKEN
#ifdef MUTANT_PASSING_IS_SILENT
    :: else -> goto look
#else
    :: else -> goto mark  /* revoked: the router may wait for room in the ring */
#endif
    fi
  }
#endif
  d_step {
    ran[slots[slot].request]++;
    assert(ran[slots[slot].request] == 1);
    slots[slot].ended = true
  }
mark:
  dirty[slot] = true;
  atomic {
    if
    :: router_sleeping -> skip
    :: else -> goto look
    fi
  }
  atomic {  /* an exchange */
    if
    :: router_sleeping -> router_sleeping = false; bell = true
    :: else -> skip
    fi
  }
  goto look;

announce:
  word[me] = false;
  sleeper[me] = true;
#ifndef MUTANT_THREAD_DOES_NOT_LOOK_AGAIN
  atomic {
    if
    :: head != tail -> goto awake
    :: else -> skip
    fi
  }
  atomic {
    if
    :: closed -> goto awake
    :: else -> skip
    fi
  }
#endif
  word[me];  /* the futex */
awake:
  sleeper[me] = false;
  atomic {
    if
    :: closed -> skip
    :: else -> goto look
    fi
  }
}

/* Whether something could be assigned; `i` and `t` say what. Private but for `head`. */
inline FindWork() {
  i = 0;
  do
  :: i < REQUESTS && !waiting[i] -> i++
  :: else -> break
  od;
  t = 0;
  do
  :: t < SLOTS && holder[t] != 0 -> t++
  :: else -> break
  od;
  any = (i < REQUESTS && t < SLOTS && tail - head < ENTRIES)
}

init {
  bool waiting[REQUESTS];
  byte holder[SLOTS];  /* request + 1; 0: the slot is free */
  byte done, revocations, i, t, news;
  bool any;

  atomic {
    for (i : 0 .. REQUESTS - 1) { waiting[i] = true }
    for (t : 0 .. THREADS - 1) { run Thread(t) }
  }

turn:
  atomic {
    FindWork();
    if
    :: !any -> i = 0; t = 0; goto ring_sleepers
    :: else -> skip
    fi;
    /* The slot is the router's: nobody looks at the rest of it before the state. */
    slots[t].request = i;
    slots[t].ended = false;
    slots[t].sequence++;
    slots[t].state = ASSIGNED;
    holder[t] = i + 1;
    waiting[i] = false;
    any = false;
    i = 0
  }
  atomic {
    ring[tail % ENTRIES].slot = t;
    ring[tail % ENTRIES].sequence = slots[t].sequence;
    t = 0
  }
  atomic { tail++; news++; goto turn }

ring_sleepers:  /* Ring: as many sleepers as there is news, the lowest first. */
  do
  :: atomic { news > 0 && t < THREADS && sleeper[t] -> any = true }
    atomic {
      any = sleeper[t];
      sleeper[t] = false
    }
    atomic {
      if
      :: any -> word[t] = true; news--; any = false
      :: else -> skip
      fi;
      t++
    }
  :: atomic { news > 0 && t < THREADS && !sleeper[t] -> t++ }
  :: atomic { news == 0 || t >= THREADS -> news = 0; t = 0; break }
  od;

  /* Perhaps take one back; it is assigned again in a later turn. */
  do
  :: atomic {
      t < SLOTS ->
      if
      :: holder[t] != 0 && revocations < REVOCATIONS && slots[t].state == ASSIGNED ->
        slots[t].state = FREE;  /* a compare-and-swap */
        revocations++;
        waiting[holder[t] - 1] = true;
        holder[t] = 0
      :: skip
      fi;
      t++
    }
  :: atomic { t == SLOTS -> t = 0; break }
  od;

  /* CollectDirty, Read, Close. */
  do
  :: atomic { t < SLOTS && dirty[t] -> dirty[t] = false }
    atomic {
      if
      :: holder[t] != 0 && slots[t].state == TAKEN && slots[t].ended ->
        slots[t].state = FREE;
        slots[t].ended = false;
        holder[t] = 0;
        done++
      :: else -> skip
      fi;
      t++
    }
  :: atomic { t < SLOTS && !dirty[t] -> t++ }
  :: atomic { t == SLOTS -> t = 0; break }
  od;
  atomic {
    if
    :: done == REQUESTS -> goto finish
    :: else -> skip
    fi;
    FindWork();
    i = 0;
    t = 0;
    if
    :: any -> any = false; goto turn
    :: else -> skip
    fi
  }

  /* PrepareToSleep. */
  router_sleeping = true;
#ifndef MUTANT_ROUTER_DOES_NOT_LOOK_AGAIN
  do
  :: atomic { t < SLOTS && dirty[t] -> t = 0; goto wake_up }
  :: atomic { t < SLOTS && !dirty[t] -> t++ }
  :: atomic { t == SLOTS -> t = 0; break }
  od;
#endif
  atomic { bell -> bell = false }  /* epoll, edge-triggered */
wake_up:
  atomic { router_sleeping = false; goto turn }

finish:
  closed = true;
  do
  :: atomic { t < THREADS -> word[t] = true; t++ }
  :: t == THREADS -> break
  od;
  for (i : 0 .. REQUESTS - 1) { assert(ran[i] == 1) }
}
