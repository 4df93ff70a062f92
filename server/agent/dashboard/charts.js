// SPDX-License-Identifier: Apache-2.0
// Charts of the last five minutes as inline SVG, with values for the pointer and the arrow keys,
// and a table that says the same.
'use strict';

const HISTORY_SECONDS = 300;
const LEAST_SPAN = 60; // a young page stretches what it has
const GAP_SECONDS = 4; // a longer pause between samples is a gap in the line
const WIDTH = 600;
const HEIGHT = 150;

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function makeSvg(name, attributes = {}) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// A round number at least `value`, and not so far above it that the chart would lie flat.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value * 0.999);
}

function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString('en-GB');
}

// Samples of the last five minutes: {at (milliseconds), values by name}.
class History {
  samples = [];

  add(sample) {
    const last = this.samples.at(-1);
    if (last && sample.at <= last.at) return;
    this.samples.push(sample);
    const oldest = sample.at - HISTORY_SECONDS * 1000;
    while (this.samples[0].at < oldest) this.samples.shift();
  }

  // The runs of samples without a gap.
  runs() {
    const runs = [];
    let last = null;
    for (const sample of this.samples) {
      if (!last || sample.at - last.at > GAP_SECONDS * 1000) runs.push([]);
      runs.at(-1).push(sample);
      last = sample;
    }
    return runs;
  }
}

// One chart. series: [{name, color (a CSS variable), value(sample), dash}], from below to above when
// `stacked`. `format` spells a value; the scale ends at `least` or above.
class Chart {
  constructor(parent, history, { title, series, stacked = false, format, least }) {
    Object.assign(this, { history, title, series, stacked, format, least });
    this.cursor = null; // index of the sample that is looked at
    this.build(parent);
    this.listen();
  }

  build(parent) {
    this.svg = makeSvg('svg', {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', tabindex: 0, role: 'img' });
    for (const part of [0.5, 1]) {
      const y = HEIGHT * (1 - part);
      this.svg.append(makeSvg('line', { class: 'grid', x1: 0, x2: WIDTH, y1: y, y2: y }));
    }
    this.paths = this.series.map((one) => this.svg.appendChild(this.makePath(one)));
    this.line = this.svg.appendChild(makeSvg('line', { class: 'cursor', y1: 0, y2: HEIGHT }));
    this.top = make('span', { class: 'top' });
    this.from = make('span');
    this.to = make('span', {}, 'now');
    this.values = this.series.map(() => make('output'));
    this.spoken = make('p', { class: 'unseen', 'aria-live': 'polite' });
    this.table = make('table');
    this.details = make('details', {}, make('summary', {}, 'as a table'),
      make('div', { class: 'scroll', tabindex: 0 }, this.table));
    parent.append(make('figure', {}, make('figcaption', {}, this.title), this.makeLegend(),
      make('div', { class: 'plot' }, this.top, this.svg),
      make('div', { class: 'times' }, this.from, this.to), this.details, this.spoken));
  }

  makePath({ color, dash }) {
    const path = makeSvg('path', { class: this.stacked ? 'area' : 'curve' });
    path.style.setProperty(this.stacked ? 'fill' : 'stroke', `var(${color})`);
    if (dash) path.setAttribute('stroke-dasharray', dash);
    return path;
  }

  makeLegend() {
    const list = make('ul', { class: 'legend' });
    this.series.forEach((one, i) => {
      const swatch = make('span', { class: one.dash ? 'swatch dashed' : 'swatch' });
      swatch.style.setProperty('--color', `var(${one.color})`);
      list.append(make('li', {}, swatch, `${one.name} `, this.values[i]));
    });
    return list;
  }

  listen() {
    this.svg.addEventListener('pointermove', (event) => this.pointAt(event));
    this.svg.addEventListener('pointerleave', () => this.moveTo(null));
    this.svg.addEventListener('blur', () => this.moveTo(null));
    this.svg.addEventListener('keydown', (event) => this.press(event));
    this.details.addEventListener('toggle', () => this.fillTable());
  }

  pointAt(event) {
    const box = this.svg.getBoundingClientRect();
    const { start, span } = this.range();
    const at = start + ((event.clientX - box.left) / box.width) * span;
    const distance = (sample) => Math.abs(sample.at - at);
    const { samples } = this.history;
    let best = samples.length ? 0 : null;
    samples.forEach((sample, i) => {
      if (distance(sample) < distance(samples[best])) best = i;
    });
    this.moveTo(best);
  }

  press(event) {
    const last = this.history.samples.length - 1;
    const now = this.cursor ?? last;
    const next = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    this.moveTo(Math.max(0, Math.min(last, next)));
    this.spoken.textContent = this.describe(this.history.samples[this.cursor]);
  }

  moveTo(index) {
    this.cursor = index;
    this.showValues();
  }

  describe(sample) {
    const parts = this.series.map((one) => `${one.name} ${this.format(one.value(sample))}`);
    return `${clock(sample.at)}: ${parts.join(', ')}`;
  }

  // What the horizontal axis shows, in milliseconds.
  range() {
    const { samples } = this.history;
    const end = samples.at(-1)?.at ?? 0;
    const covered = end - (samples[0]?.at ?? end);
    const span = Math.min(HISTORY_SECONDS, Math.max(LEAST_SPAN, covered / 1000)) * 1000;
    return { start: end - span, end, span };
  }

  x(sample) {
    const { start, span } = this.range();
    return ((sample.at - start) / span) * WIDTH;
  }

  // The heights of the curves of one sample.
  levels(sample) {
    const values = this.series.map((one) => one.value(sample));
    if (!this.stacked) return values;
    let sum = 0;
    return values.map((value) => (sum += value));
  }

  draw() {
    const { samples } = this.history;
    if (!samples.length) return;
    if (this.cursor !== null && this.cursor >= samples.length) this.cursor = samples.length - 1;
    const most = Math.max(this.least, ...samples.map((sample) => Math.max(...this.levels(sample))));
    this.most = roundUp(most);
    this.top.textContent = this.format(this.most);
    this.from.textContent = `${spell(this.range().span / 1000)} ago`;
    this.paths.forEach((path, i) => path.setAttribute('d', this.outline(i)));
    this.svg.setAttribute('aria-label', `${this.title}. ${this.describe(samples.at(-1))}. `
      + 'Arrow keys show earlier values.');
    this.showValues();
    this.fillTable();
  }

  outline(index) {
    const point = (sample, value) =>
      `${this.x(sample).toFixed(1)},${(HEIGHT * (1 - value / this.most)).toFixed(1)}`;
    return this.history.runs().map((run) => {
      const above = run.map((sample) => point(sample, this.levels(sample)[index]));
      if (!this.stacked) return `M${above.join('L')}`;
      const below = run.map((sample) => point(sample, index ? this.levels(sample)[index - 1] : 0));
      return `M${above.join('L')}L${below.reverse().join('L')}Z`;
    }).join('');
  }

  showValues() {
    const { samples } = this.history;
    const sample = samples[this.cursor ?? samples.length - 1];
    if (!sample) return;
    this.values.forEach((output, i) => {
      output.textContent = this.format(this.series[i].value(sample));
    });
    this.to.textContent = this.cursor === null ? 'now' : `at ${clock(sample.at)}`;
    this.line.style.display = this.cursor === null ? 'none' : '';
    this.line.setAttribute('x1', this.x(sample));
    this.line.setAttribute('x2', this.x(sample));
  }

  fillTable() {
    if (!this.details.open) return;
    const head = make('tr', {}, ...['time', ...this.series.map((one) => one.name)].map(
      (name) => make('th', { scope: 'col' }, name)));
    const rows = this.history.samples.toReversed().filter((_, i) => i % 10 === 0).map((sample) =>
      make('tr', {}, make('th', { scope: 'row' }, clock(sample.at)),
        ...this.series.map((one) => make('td', {}, this.format(one.value(sample))))));
    this.table.replaceChildren(head, ...rows);
  }
}
