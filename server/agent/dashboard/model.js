// SPDX-License-Identifier: Apache-2.0
// What the page knows, without the page: reading a Status (protobuf's JSON: 64-bit numbers are
// strings, zero fields may be missing), differences of two, and what they mean in words.
'use strict';

// Where the time of requests goes, in the order of the stacked chart.
const TIME_SPLIT = [
  ['queue_seconds', 'queue', '--queue'],
  ['gil_wait_seconds', 'GIL wait', '--gil'],
  ['cpu_seconds', 'CPU', '--cpu'],
  ['run_queue_seconds', 'run-queue wait', '--run'],
  ['other_seconds', 'other wait', '--other'],
  ['write_seconds', 'write', '--write'],
];

// From these on the sentence says so; shares of the busy time unless said otherwise.
const GIL_IS_HIGH = 0.25;
const CPU_IS_HIGH = 0.6;
const RUN_QUEUE_IS_HIGH = 0.2;
const ALL_BUSY = 0.95; // of the slots
const MANY_ERRORS = 0.01; // of the answers

function toNumber(value) {
  const number = Number(value);
  return Number.isFinite(number) ? number : 0;
}

// "1.5s" is 1.5.
function toSeconds(duration) {
  return parseFloat(duration) || 0;
}

function percent(share) {
  return `${Math.round(toNumber(share) * 100)} %`;
}

function count(value) {
  return toNumber(value).toLocaleString('en');
}

// Three digits that count.
function short(value) {
  const number = toNumber(value);
  if (number >= 1000) return count(Math.round(number));
  if (number >= 100 || Number.isInteger(number)) return String(Math.round(number));
  return number.toFixed(number >= 10 ? 1 : 2);
}

function spell(seconds) {
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${short(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const whole = Math.floor(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

function bytes(value) {
  const mebibytes = toNumber(value) / 2 ** 20;
  return mebibytes >= 1024 ? `${(mebibytes / 1024).toFixed(1)} GiB` : `${Math.round(mebibytes)} MiB`;
}

function secondsBetween(previous, status) {
  return previous ? (Date.parse(status.at) - Date.parse(previous.at)) / 1000 : 0;
}

function grown(status, previous, field) {
  return Math.max(0, toNumber(status?.[field]) - toNumber(previous?.[field]));
}

// Seconds per second that requests which ended between the two spent in each part.
function splitRates(status, previous) {
  const seconds = secondsBetween(previous, status);
  return TIME_SPLIT.map(([field]) =>
    seconds > 0 ? grown(status.time, previous.time, field) / seconds : 0);
}

// The same worker process in an earlier Status.
function sameWorker(worker, status) {
  return (status?.workers ?? []).find(
    (other) => other.slot === worker.slot && other.pid === worker.pid);
}

// Whether GIL wait means anything: not in workers of a free-threaded Python.
function hasGil(worker) {
  return worker.gil_meter !== 'not-applicable';
}

// Shares of a worker between two Status: CPU of one core, GIL wait of its busy time.
function workerShares(worker, status, previous) {
  const old = sameWorker(worker, previous);
  const seconds = secondsBetween(previous, status);
  if (!old || seconds <= 0) return null;
  const busy = grown(worker, old, 'busy_seconds');
  const gil = grown(worker, old, 'gil_wait_seconds');
  return {
    cpu: grown(worker, old, 'cpu_seconds') / seconds,
    gil: busy > 0 ? Math.min(1, gil / busy) : 0,
  };
}

// What the busy time of all workers consisted of between two Status, also of requests that still
// run; nothing when nobody was busy.
function busyShares(status, previous) {
  const sum = { busy: 0, cpu: 0, gil: 0, run: 0 };
  for (const worker of status.workers ?? []) {
    const old = sameWorker(worker, previous);
    if (!old) continue;
    sum.busy += grown(worker, old, 'busy_seconds');
    sum.cpu += grown(worker, old, 'cpu_seconds');
    sum.gil += grown(worker, old, 'gil_wait_seconds');
    sum.run += grown(worker, old, 'run_queue_seconds');
  }
  if (sum.busy <= 0) return null;
  const share = (seconds) => Math.min(1, seconds / sum.busy);
  const other = Math.max(0, sum.busy - sum.cpu - sum.gil - sum.run);
  return { cpu: share(sum.cpu), gil: share(sum.gil), run: share(sum.run), other: share(other) };
}

function allSlotsBusy(status) {
  const slots = toNumber(status.slots);
  return slots > 0 && (toNumber(status.busy) >= slots || toNumber(status.occupancy) >= ALL_BUSY);
}

// Why nothing is served, or null.
function diagnoseState(status) {
  if (status.state === 'ready') return null;
  const reasons = (status.reasons ?? []).join('; ');
  return { level: 'bad', text: `Not ready (${status.state}): ${reasons || 'no reason is given'}.` };
}

// Why requests wait while all slots are busy.
function diagnoseFull(status, shares) {
  const queued = toNumber(status.queued);
  const wait = queued > 0 ? ` ${count(queued)} in the queue.` : '';
  if (shares && shares.cpu >= CPU_IS_HIGH) {
    return `All slots are busy, mostly computing (CPU ${percent(shares.cpu)} of their busy time): `
      + `add workers while CPUs are free.${wait}`;
  }
  return `All slots are busy, mostly waiting (I/O, locks, sleep): add threads or workers.${wait}`;
}

function diagnoseErrors(status, previous) {
  const answers = previous ? grown(status, previous, 'requests') : 0;
  const failed = previous ? grown(status, previous, 'responses_5xx') : 0;
  if (failed === 0 || failed < answers * MANY_ERRORS) return null;
  return `${percent(failed / Math.max(answers, failed))} of the answers are server errors (5xx): `
    + 'look into the error log.';
}

// One sentence on what the site waits for: {level: "good" | "warn" | "bad", text}. `previous` is a
// Status of some seconds before, or null.
function diagnose(status, previous) {
  const down = diagnoseState(status);
  if (down) return down;
  const warn = (text) => ({ level: 'warn', text });
  const shares = busyShares(status, previous);
  const gil = previous ? shares?.gil ?? 0 : toNumber(status.gil_wait_ratio);
  if (gil >= GIL_IS_HIGH) {
    return warn(`Threads wait for the GIL: ${percent(gil)} of their busy time. `
      + 'More threads will not help; add workers.');
  }
  if (shares && shares.run >= RUN_QUEUE_IS_HIGH) {
    return warn(`Threads wait for a CPU: ${percent(shares.run)} of their busy time. `
      + 'More workers will not help; the machine needs more CPUs or less work.');
  }
  const errors = diagnoseErrors(status, previous);
  if (errors) return { level: 'bad', text: errors };
  if (allSlotsBusy(status)) return warn(diagnoseFull(status, shares));
  if (toNumber(status.queued) > 0) {
    return warn(`${count(status.queued)} requests wait for a free slot.`);
  }
  const idle = toNumber(status.busy) === 0 && toNumber(status.requests_per_second) === 0;
  if (idle) return { level: 'good', text: 'Idle: no requests.' };
  return { level: 'good', text: `All is well: ${short(status.requests_per_second)} requests/s, `
    + `${percent(status.occupancy)} of the slots busy, nothing waits.` };
}
