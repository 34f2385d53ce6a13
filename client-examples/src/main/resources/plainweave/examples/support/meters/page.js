'use strict';

// What the panels are called and how they are drawn; their lines, and the names of these, come with the readings.
const PANELS = [
  {key: 'rate', title: 'Calls', unit: 'calls a second', colors: ['blue', 'red']},
  {key: 'latency', title: 'Latency of replies', unit: 'ms, logarithmic', colors: ['sky', 'blue', 'purple'], log: true},
  {key: 'failures', title: 'Failed calls', unit: 'calls a second', colors: ['orange', 'red', 'purple', 'grey'], stacked: true},
  {key: 'permits', title: 'Permits', unit: 'exchanges in flight', colors: ['blue', 'grey'], dashed: 'total'},
  {key: 'queue', title: 'Queue', unit: 'callers waiting', colors: ['red', 'blue', 'grey'], stacked: true},
  {key: 'pool', title: 'Pool', unit: 'connections open', colors: ['blue', 'teal'], stacked: true},
];
const LONGEST = 60; // seconds
const LEFT = 46, RIGHT = 12, TOP = 26, BOTTOM = 24;

const readings = [];
const panels = PANELS.map(build);
let frame = 0;

function html(parent, name, className, text) {
  const made = parent.appendChild(document.createElement(name));
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function svg(parent, name, attributes, text) {
  const made = parent.appendChild(document.createElementNS('http://www.w3.org/2000/svg', name));
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function build(panel) {
  const section = html(document.getElementById('panels'), 'section');
  section.id = panel.key;
  html(section, 'h2', '', panel.title);
  const legend = html(section, 'ul');
  const picture = svg(html(section, 'div', 'chart'), 'svg', {role: 'img', 'aria-label': `${panel.title}, ${panel.unit}, over time`});
  new ResizeObserver(() => redraw()).observe(picture);
  return {...panel, legend, picture};
}

function number(value) {
  if (value === null || value === undefined) return '–';
  const small = Math.abs(value) < 10 && !Number.isInteger(value);
  return value.toLocaleString('en', small ? {minimumSignificantDigits: 2, maximumSignificantDigits: 2} : {maximumFractionDigits: 0});
}

// How many seconds are drawn, and where they are marked.
function span(seconds) {
  const length = Math.min(LONGEST, Math.max(4, Math.ceil(seconds)));
  return {length, step: [1, 2, 5, 10, 15].find(step => length / step <= 5)};
}

// A scale and the values its lines stand at: round numbers, or powers of ten.
function scale(panel, values) {
  const most = Math.max(...values, 0);
  if (panel.log) {
    const positive = values.filter(value => value > 0);
    const low = Math.floor(Math.log10(Math.min(...positive, 10)));
    const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive, 10))));
    const ticks = Array.from({length: high - low + 1}, (_, i) => 10 ** (low + i));
    return {ticks, at: value => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)};
  }
  const rough = Math.max(most, 4) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map(each => each * power).find(each => each >= rough && Number.isInteger(each));
  const ticks = Array.from({length: 5}, (_, i) => i * step);
  return {ticks, at: value => value / (4 * step)};
}

function draw(panel, now) {
  const width = panel.picture.clientWidth, height = panel.picture.clientHeight;
  const last = readings[readings.length - 1];
  const names = Object.keys(last[panel.key]);
  label(panel, names, last[panel.key]);
  panel.picture.replaceChildren();
  if (width < LEFT + RIGHT + 50 || height < TOP + BOTTOM + 30) return;

  const {length, step} = span(Math.max(last.of, last.seconds));
  const x = seconds => LEFT + (width - LEFT - RIGHT) * (1 - (now - seconds) / length);
  const columns = readings.map(reading => ({x: x(reading.seconds), tops: tops(panel, names, reading[panel.key])}));
  const scaled = scale(panel, columns.flatMap(column => column.tops).filter(value => value !== null));
  const y = value => height - BOTTOM - (height - TOP - BOTTOM) * scaled.at(value);

  bands(panel.picture, x, height);
  for (const tick of scaled.ticks) {
    svg(panel.picture, 'line', {class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick)});
    svg(panel.picture, 'text', {class: 'tick', x: LEFT - 6, y: y(tick) + 4, 'text-anchor': 'end', 'data-y': y(tick)}, tick.toLocaleString('en'));
  }
  svg(panel.picture, 'text', {x: 0, y: 11}, panel.unit);
  for (let ago = 0; ago <= length; ago += step) {
    svg(panel.picture, 'text', {x: x(now - ago), y: height - 6, 'text-anchor': ago ? 'middle' : 'end'}, ago ? `\u2212${ago} s` : 'now');
  }
  const lines = names.map((name, i) => ({name, color: panel.colors[i % panel.colors.length], d: path(columns, column => column.tops[i], y)}));
  if (panel.stacked) {
    lines.forEach((line, i) => {
      const floor = columns.map(column => `${column.x.toFixed(1)} ${y(i ? column.tops[i - 1] : 0).toFixed(1)}`).reverse();
      svg(panel.picture, 'path', {class: `area ${line.color}`, d: `${line.d} L${floor.join(' L')} Z`});
    });
  }
  for (const line of lines.reverse()) { // the first is seen where others lie on it
    svg(panel.picture, 'path', {class: `line ${line.color}${line.name === panel.dashed ? ' dashed' : ''}`, d: line.d, 'data-line': line.name});
  }
}

// Where each line is drawn: stacked ones stand on those before them.
function tops(panel, names, values) {
  let below = 0;
  return names.map(name => panel.stacked ? (below += values[name] ?? 0) : values[name]);
}

function path(columns, value, y) {
  let drawn = '', begins = true;
  for (const column of columns) {
    if (value(column) === null) {
      begins = true;
    } else {
      const point = `${column.x.toFixed(1)} ${y(value(column)).toFixed(1)}`;
      drawn += begins ? `M${point} h0 ` : `L${point} `; // h0: one that is alone is a dot
      begins = false;
    }
  }
  return drawn.trim();
}

function bands(picture, x, height) {
  for (let i = 0; i < readings.length; i++) {
    const fault = readings[i].fault;
    if (!fault) continue;
    const from = x(readings[Math.max(0, i - 1)].seconds);
    while (i + 1 < readings.length && readings[i + 1].fault === fault) i++;
    const width = x(readings[i].seconds) - from;
    svg(picture, 'rect', {class: 'band', x: from, y: TOP, width, height: height - TOP - BOTTOM, 'data-fault': fault});
    if (width > 12) {
      const middle = from + width / 2 + 4;
      svg(picture, 'text', {class: 'fault', x: middle, y: TOP + 4, 'text-anchor': 'end', transform: `rotate(-90 ${middle} ${TOP + 4})`}, fault);
    }
  }
}

function label(panel, names, values) {
  while (panel.legend.childElementCount < names.length) {
    const i = panel.legend.childElementCount;
    const item = html(panel.legend, 'li', panel.colors[i % panel.colors.length]);
    html(item, 'span', '', names[i]);
    html(item, 'b').dataset.value = names[i];
  }
  names.forEach((name, i) => panel.legend.children[i].lastChild.textContent = number(values[name]));
}

function state(text, className) {
  const pill = document.getElementById('state');
  pill.textContent = text;
  pill.className = 'pill ' + className;
}

function drawAll() {
  frame = 0;
  if (!readings.length) return;
  const last = readings[readings.length - 1];
  panels.forEach(panel => draw(panel, last.seconds));
  document.getElementById('time').textContent = `${Math.floor(last.seconds)} s of ${Math.round(last.of)} s`;
  document.getElementById('calls').textContent = number(last.calls);
  document.body.dataset.reading = last.n;
  document.dispatchEvent(new Event('drawn'));
}

function redraw() {
  frame ||= requestAnimationFrame(drawAll);
}

const source = new EventSource('events');
source.onmessage = event => {
  const reading = JSON.parse(event.data);
  readings.push(reading);
  while (readings[0].seconds < reading.seconds - LONGEST) readings.shift();
  state(reading.fault || 'well', reading.fault ? 'fault' : '');
  redraw();
};
source.addEventListener('over', () => {
  source.close();
  state('ended', 'off');
  document.body.dataset.over = 'true';
});
source.onerror = () => state('not there', 'off');
