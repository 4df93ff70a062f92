// SPDX-License-Identifier: Apache-2.0
// The page itself: follows /api/events, fills what index.html has, and sends changes.
'use strict';

const RETRY_MILLISECONDS = 1000;
const SLOW_SECONDS = 1;
const STALE_MILLISECONDS = 5000;

const at = (id) => document.getElementById(id);

const page = {
  token: '', // in memory only
  status: null,
  previous: null, // the status some seconds ago that rates are compared with
  recent: [], // the last ten
  chosen: 0, // worker slot
  open: new Set(), // slots whose threads are shown
  heardAt: 0,
};

// --- The server ------------------------------------------------------------------------------

function headers(more = {}) {
  return page.token ? { ...more, Authorization: `Bearer ${page.token}` } : more;
}

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.needsToken = status === 401 || status === 403;
  }
}

async function call(path, options = {}) {
  const answer = await fetch(path, { cache: 'no-store', ...options, headers: headers(options.headers) });
  if (answer.ok) return answer;
  const text = await answer.text();
  let message = text;
  try {
    message = JSON.parse(text).message ?? text;
  } catch { /* plain text */ }
  throw new Refusal(answer.status, message || `the agent answered ${answer.status}`);
}

// Calls `show` for each event until the stream ends.
async function follow(show) {
  const answer = await call('/api/events');
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split('\n\n');
    text = events.pop();
    for (const event of events) {
      const data = event.split('\n').filter((line) => line.startsWith('data:'));
      if (data.length) show(JSON.parse(data.map((line) => line.slice(5)).join('\n')));
    }
  }
}

async function followForever() {
  for (;;) {
    try {
      await follow(showStatus);
      showLost('The agent ended the stream; trying again.');
    } catch (error) {
      const needsToken = error instanceof Refusal && error.needsToken;
      showLost(needsToken ? `Not allowed to look: ${error.message}`
        : 'The agent does not answer; trying again.', needsToken);
      if (needsToken && !await askToken(error.message)) await clickedForToken();
    }
    await new Promise((resolve) => { setTimeout(resolve, RETRY_MILLISECONDS); });
  }
}

// After a prompt that was cancelled nothing is asked again unasked.
async function clickedForToken() {
  for (;;) {
    await new Promise((resolve) => {
      at('enter-token').addEventListener('click', resolve, { once: true });
    });
    if (await askToken('')) return;
  }
}

function showLost(text, needsToken = false) {
  at('lost-text').textContent = text;
  at('enter-token').hidden = !needsToken;
  at('lost').hidden = false;
  document.body.classList.add('stale');
}

// --- What is ---------------------------------------------------------------------------------

const history5 = new History();
const charts = [
  { title: 'Occupancy and saturation', format: percent, least: 1, series: [
    { name: 'occupancy', color: '--cpu', value: (s) => s.occupancy },
    { name: 'saturation', color: '--gil', value: (s) => s.saturation, dash: '6 4' }] },
  { title: 'Queue and busy slots', format: short, least: 4, series: [
    { name: 'busy', color: '--cpu', value: (s) => s.busy },
    { name: 'queued', color: '--queue', value: (s) => s.queued, dash: '6 4' }] },
  { title: 'Requests a second', format: short, least: 1, series: [
    { name: 'requests/s', color: '--write', value: (s) => s.rate }] },
  { title: 'Where the time goes, seconds a second', format: short, least: 0.1, stacked: true,
    series: TIME_SPLIT.map(([, name, color], i) => ({ name, color, value: (s) => s.split[i] })) },
].map((chart) => new Chart(at('charts'), history5, chart));

function sampleOf(status, previous) {
  return {
    at: Date.parse(status.at),
    occupancy: toNumber(status.occupancy),
    saturation: toNumber(status.saturation),
    busy: toNumber(status.busy),
    queued: toNumber(status.queued),
    rate: toNumber(status.requests_per_second),
    split: splitRates(status, previous),
  };
}

function showStatus(status) {
  const last = page.recent.at(-1) ?? null;
  // Another master: what was before it does not compare.
  if (last && toSeconds(status.uptime) < toSeconds(last.uptime)) page.recent = [];
  page.previous = page.recent[0] ?? null;
  page.recent = [...page.recent, status].slice(-10);
  page.status = status;
  page.heardAt = Date.now();
  document.body.classList.remove('stale');
  at('lost').hidden = true;
  history5.add(sampleOf(status, last));
  showHeader(status);
  showTiles(status);
  showWorkers(status);
  showRestarts(status);
  for (const chart of charts) chart.draw();
}

function showHeader(status) {
  const state = at('state');
  state.textContent = status.state || 'unknown';
  state.className = `pill ${status.state === 'ready' ? 'good' : 'bad'}`;
  const facts = {
    ...status,
    revision: status.live?.revision ?? 0,
    live_state: status.live?.state ?? '',
    uptime: spell(toSeconds(status.uptime)),
  };
  for (const field of document.querySelectorAll('[data-field]')) {
    field.textContent = facts[field.dataset.field] ?? 0;
  }
  const { level, text } = diagnose(status, page.previous);
  at('diagnosis').className = level;
  if (at('diagnosis').textContent !== text) at('diagnosis').textContent = text;
  at('live-message').textContent = status.live?.message ?? '';
  at('live-message').hidden = !status.live?.message;
  fillControls(status);
}

function showTiles(status) {
  const restarts = Object.values(status.restarts ?? {}).reduce((sum, n) => sum + toNumber(n), 0);
  const tiles = [
    ['saturation', percent(status.saturation)],
    ['occupancy', percent(status.occupancy)],
    ['busy slots', `${count(status.busy)} of ${count(status.slots)}`],
    ['queue', count(status.queued)],
    ['requests/s', short(status.requests_per_second)],
    ['p95', spell(toNumber(status.request_time?.p95_seconds))],
    ['GIL wait', status.without_gil ? 'n/a' : percent(status.gil_wait_ratio)],
    ['5xx', count(status.responses_5xx)],
    ['shed', count(status.shed)],
    ['timeouts', count(status.timeouts)],
    ['restarts', count(restarts)],
    ['memory', bytes(toNumber(status.pss_bytes) || status.rss_bytes)],
  ];
  at('tiles').replaceChildren(...tiles.map(([name, value]) =>
    make('div', { 'data-tile': name }, make('dt', {}, name), make('dd', {}, value))));
}

function showRestarts(status) {
  const reasons = Object.entries(status.restarts ?? {}).sort();
  at('restarts').replaceChildren(...reasons.map(([reason, number]) =>
    make('div', {}, make('dt', {}, reason.replaceAll('_', ' ')), make('dd', {}, count(number)))));
}

// --- Workers ---------------------------------------------------------------------------------

function busyThreads(worker) {
  return (worker.threads ?? []).filter((thread) => thread.request);
}

function requestCell(threads) {
  const cell = make('td', { class: 'request' });
  for (const thread of threads) {
    const age = toSeconds(thread.request_age);
    cell.append(make('div', age >= SLOW_SECONDS ? { class: 'slow' } : {},
      `${thread.request} (${spell(age)})`));
  }
  return cell;
}

function action(label, name, slot, run) {
  const button = make('button', { type: 'button', 'data-action': name, 'data-slot': slot }, label);
  button.addEventListener('click', () => run(slot));
  return button;
}

function named(name, ...children) {
  return make('td', { 'data-name': name }, ...children);
}

function workerRow(worker, status) {
  const slot = toNumber(worker.slot);
  const shares = workerShares(worker, status, page.recent.at(-2));
  const toggle = make('button', { type: 'button', 'data-action': 'threads', 'data-slot': slot,
    'aria-expanded': page.open.has(slot), 'aria-label': `Threads of worker ${slot}` }, String(slot));
  toggle.addEventListener('click', () => toggleThreads(slot));
  return make('tr', { 'data-slot': slot, class: slot === page.chosen ? 'chosen' : '' },
    named('slot', toggle), named('state', worker.state ?? ''), requestCell(busyThreads(worker)),
    named('busy', `${count(worker.busy)} of ${count(worker.capacity)}`),
    named('CPU', shares ? percent(shares.cpu) : '–'),
    named('GIL wait', gilText(worker, shares ? percent(shares.gil) : '–')),
    named('memory', bytes(worker.rss_bytes)), named('age', spell(toSeconds(worker.age))),
    named('restarts', count(worker.restarts)),
    make('td', { class: 'actions' }, action('Stacks', 'stacks', slot, openStacks), ' ',
      action('Restart', 'restart', slot, restartWorker)));
}

function gilText(worker, text) {
  return hasGil(worker) ? text : 'n/a';
}

function threadRow(thread, worker) {
  const age = toSeconds(thread.request_age);
  const text = thread.request ? `${thread.request} (${spell(age)})` : '';
  return make('tr', { class: 'thread' }, named('thread', count(thread.index)),
    named('state', thread.state ?? ''),
    make('td', { class: age >= SLOW_SECONDS ? 'request slow' : 'request' }, text),
    named('requests', count(thread.requests)), named('CPU', spell(toNumber(thread.cpu_seconds))),
    named('GIL wait', gilText(worker, spell(toNumber(thread.gil_wait_seconds)))));
}

function showWorkers(status) {
  const focused = document.activeElement?.dataset ?? {};
  const rows = [];
  for (const worker of status.workers ?? []) {
    if (worker.state === 'exited') continue;
    rows.push(workerRow(worker, status));
    if (page.open.has(toNumber(worker.slot))) {
      rows.push(...(worker.threads ?? []).map((thread) => threadRow(thread, worker)));
    }
  }
  at('rows').replaceChildren(...rows);
  if (focused.action) {
    at('rows').querySelector(
      `[data-action="${focused.action}"][data-slot="${focused.slot}"]`)?.focus();
  }
}

function toggleThreads(slot) {
  if (!page.open.delete(slot)) page.open.add(slot);
  page.chosen = slot;
  showWorkers(page.status);
}

function move(step) {
  const slots = (page.status?.workers ?? []).filter((w) => w.state !== 'exited')
    .map((w) => toNumber(w.slot));
  if (!slots.length) return;
  const now = slots.indexOf(page.chosen);
  page.chosen = slots[Math.max(0, Math.min(slots.length - 1, now + step))];
  showWorkers(page.status);
  at('rows').querySelector(`[data-action="threads"][data-slot="${page.chosen}"]`)?.focus();
}

// --- Stacks ----------------------------------------------------------------------------------

function stackOf(thread) {
  const frames = (thread.frames ?? []).map(
    (frame) => `${frame.function}  (${frame.file}:${frame.line ?? 0})`);
  const request = thread.request ? `, ${thread.request} for ${spell(toSeconds(thread.request_age))}` : '';
  return [make('h3', {}, `${thread.name} – ${thread.state}${request}`),
    make('pre', { class: 'stack', tabindex: 0 }, frames.join('\n') || 'no Python frame')];
}

async function readStacks(slot, lastTimeout) {
  at('stacks-title').textContent = `Worker ${slot}`;
  at('stacks-note').textContent = 'reading';
  at('stacks-threads').replaceChildren();
  try {
    const path = `/api/stacks?slot=${slot}${lastTimeout ? '&last_timeout=1' : ''}`;
    const stacks = await (await call(path)).json();
    at('stacks-note').textContent = stacks.note ?? '';
    at('stacks-threads').replaceChildren(...(stacks.threads ?? []).flatMap(stackOf));
  } catch (error) {
    at('stacks-note').textContent = error.message;
  }
}

function openStacks(slot) {
  page.chosen = slot;
  if (!at('stacks').open) at('stacks').showModal();
  readStacks(slot, false);
}

// --- Changes ---------------------------------------------------------------------------------

function fillControls(status) {
  const wanted = { 'set-workers': status.workers_wanted, 'set-threads': status.threads_wanted,
    'set-class': status.worker_class };
  for (const [id, value] of Object.entries(wanted)) {
    const input = at(id);
    if (document.activeElement !== input && !input.dataset.touched) input.value = value;
  }
}

function notice(text, { bad = false, runs = false } = {}) {
  at('notice').hidden = false;
  at('notice').className = bad ? 'bad' : '';
  at('notice-text').textContent = text;
  at('notice-progress').hidden = !runs;
  at('notice-close').hidden = runs;
}

function confirmed(title, text, verb) {
  at('confirm-title').textContent = title;
  at('confirm-text').textContent = text;
  at('confirm-yes').textContent = verb;
  at('confirm').returnValue = '';
  at('confirm').showModal();
  return new Promise((resolve) => {
    at('confirm').addEventListener('close', () => resolve(at('confirm').returnValue === 'yes'),
      { once: true });
  });
}

async function send(path, order, what) {
  notice(`${what}: under way`, { runs: true });
  const options = { method: 'POST', body: JSON.stringify(order),
    headers: { 'Content-Type': 'application/json' } };
  for (;;) {
    try {
      const answer = await (await call(path, options)).json();
      return notice(answer.message || `${what}: done`);
    } catch (error) {
      const again = error instanceof Refusal && error.needsToken && await askToken(error.message);
      if (!again) return notice(`${what}: ${error.message}`, { bad: true });
    }
  }
}

async function change(field) {
  const status = page.status;
  if (!status) return;
  if (field === 'reload') {
    const sure = await confirmed('Reload the application?', 'It is imported anew beside the old one; '
      + 'the workers are replaced one by one. If it does not import, the old one stays.', 'Reload');
    if (sure) send('/api/reload', {}, 'Reload');
    return;
  }
  const input = at(`set-${field === 'worker_class' ? 'class' : field}`);
  const value = field === 'worker_class' ? input.value : Number(input.value);
  const what = `${field.replace('_', ' ')} ${value}`;
  const now = field === 'worker_class' ? status.worker_class : status[`${field}_wanted`];
  const sure = await confirmed(`Change to ${what}?`,
    `It is ${now} now. No request fails and no connection is closed.`, 'Change');
  delete input.dataset.touched;
  if (sure) send('/api/apply', { [field]: value }, what);
}

async function restartWorker(slot) {
  page.chosen = slot;
  const sure = await confirmed(`Restart worker ${slot}?`,
    'Its replacement starts first; its requests end in peace.', 'Restart');
  if (sure) send('/api/restart', { slot }, `Restart of worker ${slot}`);
}

// Resolves to whether a token was given.
function askToken(message) {
  at('token-text').textContent = page.token ? `This token was refused. ${message}` : message;
  at('token-value').value = '';
  at('token').returnValue = '';
  if (!at('token').open) at('token').showModal();
  return new Promise((resolve) => {
    at('token').addEventListener('close', () => resolve(at('token').returnValue === 'yes'),
      { once: true });
  });
}

// --- Keys, buttons, theme --------------------------------------------------------------------

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  at('theme').textContent = theme === 'dark' ? 'Light' : 'Dark';
}

function toggleTheme() {
  setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
}

function focusOn(id) {
  at(id).focus();
  at(id).select?.();
}

const KEYS = {
  '?': () => at('shortcuts').showModal(),
  j: () => move(1),
  k: () => move(-1),
  s: () => openStacks(page.chosen),
  x: () => restartWorker(page.chosen),
  w: () => focusOn('set-workers'),
  t: () => focusOn('set-threads'),
  c: () => focusOn('set-class'),
  r: () => change('reload'),
  g: () => document.querySelector('#charts svg')?.focus(),
  d: toggleTheme,
};

function onKey(event) {
  const typing = ['INPUT', 'SELECT', 'TEXTAREA'].includes(event.target.tagName);
  const open = document.querySelector('dialog[open]');
  if (typing || open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
}

function listen() {
  document.addEventListener('keydown', onKey);
  at('theme').addEventListener('click', toggleTheme);
  at('help').addEventListener('click', KEYS['?']);
  at('notice-close').addEventListener('click', () => { at('notice').hidden = true; });
  for (const form of document.querySelectorAll('#controls form')) {
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      change(form.dataset.change);
    });
    form.addEventListener('input', (event) => { event.target.dataset.touched = 'yes'; });
  }
  at('token').querySelector('form').addEventListener('submit', (event) => {
    event.preventDefault();
    page.token = at('token-value').value.trim();
    at('token').close('yes');
  });
  const closers = { 'confirm-yes': ['confirm', 'yes'], 'confirm-no': ['confirm', ''],
    'token-no': ['token', ''], 'stacks-close': ['stacks', ''], 'shortcuts-close': ['shortcuts', ''] };
  for (const [button, [dialog, value]] of Object.entries(closers)) {
    at(button).addEventListener('click', () => at(dialog).close(value));
  }
  at('stacks-now').addEventListener('click', () => readStacks(page.chosen, false));
  at('stacks-timeout').addEventListener('click', () => readStacks(page.chosen, true));
}

setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
listen();
setInterval(() => {
  if (page.heardAt && Date.now() - page.heardAt > STALE_MILLISECONDS) {
    showLost('No news from the agent; these numbers are old.');
  }
}, 1000);
followForever();
