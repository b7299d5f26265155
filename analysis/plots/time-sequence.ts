import { fontFamily, textWidth } from './font.ts';
import { type Arrow, type Obstacle, type PlacedLabel, placeLabels } from './label-placement.ts';
import { cycle, faint, ink, palette } from './palette.ts';

/** One message: sent at `t`, received at `arrives`, both in ms; without `arrives` it was lost. */
export interface SequenceMessage {
  readonly t: number;
  readonly arrives?: number;
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** messages of one group have one colour: `data`, `signalling` … */
  readonly group?: string;
}

/** What happens at one place: a socket frozen, a binding changed. */
interface SequenceNote {
  readonly t: number;
  readonly at: string;
  readonly label: string;
}

export interface Sequence {
  readonly title: string;
  readonly subtitle?: string;
  /** in smaller letters below the subtitle */
  readonly remark?: string;
  /** from left to right */
  readonly lifelines: readonly string[];
  /** what a node is, by its name: written below it */
  readonly roles?: Readonly<Record<string, string>>;
  readonly messages: readonly SequenceMessage[];
  readonly notes?: readonly SequenceNote[];
  /** durations at a node, drawn to the left of its line */
  readonly spans?: readonly SequenceSpan[];
  /** what waits at a node before it is sent, drawn to the right of its line, those that overlap beside each other */
  readonly waits?: readonly SequenceSpan[];
  /** the groups in the order of their colours; default: as they appear */
  readonly groups?: readonly string[];
}

/** What takes from `from` to `to`, both in ms. */
export interface SequenceSpan {
  readonly at: string;
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

const width = 800;
const margin = { top: 128, bottom: 28, left: 108, right: 92 };
const fontSize = 12;
/** px: what waits stands so far from its node's line and from what waits beside it */
const waitBar = { gap: 3, width: 6, lane: 24 };
/** messages that leave at almost the same time get this much room, or their labels would lie on each other */
const minimalHeight = 520;
const heightPerMessage = 34;

/** A time-sequence diagram as SVG: a vertical line per node, time downwards to scale, an arrow slanted by its latency. */
export function timeSequenceSvg(sequence: Sequence): string {
  const scale = makeScale(sequence);
  const arrows = sequence.messages.map((message) => arrowOf(message, scale));
  const groups = sequence.groups ?? [...new Set(sequence.messages.map((message) => message.group ?? ''))];
  const colour = (message: SequenceMessage) => cycle(palette, groups.indexOf(message.group ?? ''));
  const waits = lanesOf(sequence.waits ?? []);
  const parts = [
    heading(sequence),
    ...sequence.lifelines.map((name) => lifeline(name, sequence.roles?.[name], scale)),
    timeAxis(scale),
    ...waits.map(({ wait, lane }) => waitMark(wait, lane, scale)),
    ...(scale.quiet === undefined ? [] : [breakMark(scale.quiet, scale)]),
    ...sequence.messages.map((message, i) =>
      arrowMark(arrows[i]!, colour(message), message.arrives === undefined),
    ),
    ...placeLabels(
      arrows,
      fontSize,
      waits.map(({ wait, lane }) => waitBox(wait, lane, scale)),
    ).map((label, i) => labelText(label, colour(sequence.messages[i]!))),
    ...(sequence.notes ?? []).map((note) => noteMark(note, scale)),
    ...(sequence.spans ?? []).map((span) => spanMark(span, scale)),
  ];
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${scale.height}" viewBox="0 0 ${width} ${scale.height}"`;
  return `${open} font-family="${fontFamily}" font-size="${fontSize}">\n<rect width="100%" height="100%" fill="white"/>\n${parts.join('\n')}\n</svg>\n`;
}

interface Scale {
  readonly x: (name: string) => number;
  readonly y: (t: number) => number;
  readonly from: number;
  readonly to: number;
  readonly height: number;
  /** time in which nothing passes that takes more than all the rest: it is left out */
  readonly quiet: Quiet | undefined;
}
interface Quiet {
  readonly from: number;
  readonly to: number;
}

/** Room for a quiet time that is left out, in pixels. */
const breakHeight = 44;

function makeScale(sequence: Sequence): Scale {
  const times = [
    ...sequence.messages.flatMap((m) => [m.t, m.arrives ?? m.t]),
    ...(sequence.notes ?? []).map((n) => n.t),
    ...(sequence.waits ?? []).map((wait) => wait.from),
  ];
  const from = Math.min(...times);
  const to = Math.max(...times, from + 1);
  // What waits takes time in which little is sent: the messages keep their room.
  const sent = Math.min(...sequence.messages.map(({ t }) => t));
  const stretch = (to - from) / (to - Math.min(sent, to - 1));
  const wanted = sequence.messages.length * heightPerMessage * stretch;
  const height = Math.max(minimalHeight, wanted + margin.top + margin.bottom);
  const step = (width - margin.left - margin.right) / Math.max(1, sequence.lifelines.length - 1);
  const quiet = quietTime(sequence, to - from);
  const leftOut = quiet === undefined ? 0 : quiet.to - quiet.from;
  const room = height - margin.top - margin.bottom - (quiet === undefined ? 0 : breakHeight);
  const perMs = room / (to - from - leftOut);
  return {
    x: (name) => margin.left + step * sequence.lifelines.indexOf(name),
    y: (t) => {
      if (quiet === undefined || t <= quiet.from) return margin.top + (t - from) * perMs;
      const broken = Math.min(1, (t - quiet.from) / leftOut) * breakHeight;
      return margin.top + (quiet.from - from + Math.max(0, t - quiet.to)) * perMs + broken;
    },
    ...{ from, to, height, quiet },
  };
}

/** The longest time in which no message is on its way and nothing is noted, where it is more than half of the whole. */
function quietTime({ messages, notes = [] }: Sequence, whole: number): Quiet | undefined {
  const busy = [
    ...messages.map(({ t, arrives = t }) => ({ t, arrives })),
    ...notes.map(({ t }) => ({ t, arrives: t })),
  ];
  let longest: Quiet = { from: 0, to: 0 };
  let end = Number.POSITIVE_INFINITY;
  for (const { t, arrives } of busy.toSorted((one, other) => one.t - other.t)) {
    if (t - end > longest.to - longest.from) longest = { from: end, to: t };
    end = end === Number.POSITIVE_INFINITY ? arrives : Math.max(end, arrives);
  }
  return 2 * (longest.to - longest.from) > whole ? longest : undefined;
}

function heading({ title, subtitle, remark }: Sequence): string {
  const words = [text(20, 28, title, `font-size="16" font-weight="bold" fill="${ink}"`)];
  if (subtitle !== undefined) words.push(text(20, 48, subtitle, `fill="${ink}"`));
  if (remark !== undefined) words.push(text(20, 65, remark, 'font-size="11" fill="#555555"'));
  return words.join('\n');
}

function lifeline(name: string, role: string | undefined, scale: Scale): string {
  const x = point(scale.x(name));
  const bottom = point(scale.height - margin.bottom + 10);
  const line = `<line x1="${x}" y1="${margin.top - 12}" x2="${x}" y2="${bottom}" stroke="#888888" stroke-width="1.2"/>`;
  const middle = `text-anchor="middle" fill="${ink}"`;
  const words = text(scale.x(name), margin.top - 34, name, `${middle} font-size="13" font-weight="bold"`);
  const below =
    role === undefined ? '' : `\n${text(scale.x(name), margin.top - 19, role, `${middle} font-size="11"`)}`;
  return `${line}\n${words}${below}`;
}

function timeAxis(scale: Scale): string {
  const { quiet } = scale;
  const leftOut = quiet === undefined ? 0 : quiet.to - quiet.from;
  const step = niceStep((scale.to - scale.from - leftOut) / 10);
  const first = Math.ceil(scale.from / step) * step;
  const ticks = Array.from(
    { length: Math.floor((scale.to - first) / step + 1e-9) + 1 },
    (_, i) => first + i * step,
  ).filter((t) => quiet === undefined || t < quiet.from || t > quiet.to);
  const rules = ticks.map((t) => {
    const y = point(scale.y(t));
    const rule = `<line x1="${margin.left - 40}" y1="${y}" x2="${width - 12}" y2="${y}" stroke="${faint}" stroke-width="0.7"/>`;
    return `${rule}\n${text(margin.left - 46, scale.y(t) + 4, `${Number(t.toFixed(3))}`, `text-anchor="end" font-size="11" fill="#555555"`)}`;
  });
  return [...rules, text(20, margin.top - 20, 'ms', 'font-size="11" fill="#555555"')].join('\n');
}

/** Two slanting lines across, and how long nothing passes between them. */
function breakMark(quiet: Quiet, scale: Scale): string {
  const middle = (scale.y(quiet.from) + scale.y(quiet.to)) / 2;
  const lines = [-7, 7].map((shift) => {
    const y = middle + shift;
    const ends = `x1="${margin.left - 40}" y1="${point(y + 4)}" x2="${width - 12}" y2="${point(y - 4)}"`;
    return `<line ${ends} stroke="#888888" stroke-width="1" stroke-dasharray="5 4"/>`;
  });
  const words = `nothing of this for ${Math.round(quiet.to - quiet.from)} ms`;
  const halo = 'stroke="white" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"';
  const label = text(
    (margin.left + width - margin.right) / 2,
    middle + 4,
    words,
    `text-anchor="middle" font-size="11" fill="#555555" ${halo}`,
  );
  return [...lines, label].join('\n');
}

function arrowOf(message: SequenceMessage, scale: Scale): Arrow {
  const [x1, y1] = [scale.x(message.from), scale.y(message.t)];
  const [x2, y2] = [scale.x(message.to), scale.y(message.arrives ?? message.t)];
  // A lost message has no slope to draw: it ends half-way, level.
  return { x1, y1, x2: message.arrives === undefined ? (x1 + x2) / 2 : x2, y2, label: message.label };
}

function arrowMark({ x1, y1, x2, y2 }: Arrow, colour: string, lost: boolean): string {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const wing = (turn: number) =>
    `${point(x2 - 9 * Math.cos(angle + turn))},${point(y2 - 9 * Math.sin(angle + turn))}`;
  const line = `<line x1="${point(x1)}" y1="${point(y1)}" x2="${point(x2)}" y2="${point(y2)}" stroke="${colour}" stroke-width="1.6"/>`;
  if (lost)
    return `${line}\n${text(x2, y2 + 5, '×', `text-anchor="middle" font-size="18" fill="${colour}"`)}`;
  return `${line}\n<polygon points="${point(x2)},${point(y2)} ${wing(0.35)} ${wing(-0.35)}" fill="${colour}"/>`;
}

function labelText({ x, y, degrees, label }: PlacedLabel, colour: string): string {
  // A white outline keeps the words readable where they cross a line.
  const halo = 'stroke="white" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"';
  const turn = `transform="rotate(${point(degrees)} ${point(x)} ${point(y)})"`;
  return text(x, y, label, `text-anchor="middle" fill="${colour}" ${halo} ${turn}`);
}

function noteMark(note: SequenceNote, scale: Scale): string {
  const [x, y] = [scale.x(note.at), scale.y(note.t)];
  const right = x < width / 2;
  const words = text(
    x + (right ? -9 : 9),
    y + 4,
    note.label,
    `text-anchor="${right ? 'end' : 'start'}" font-size="11" fill="${ink}"`,
  );
  return `<circle cx="${point(x)}" cy="${point(y)}" r="4" fill="${ink}"/>\n${words}`;
}

function spanMark({ at, from, to, label }: SequenceSpan, scale: Scale): string {
  const x = scale.x(at) - 12;
  const [y1, y2] = [scale.y(from), scale.y(to)];
  const caps = [y1, y2].map((y) => `M${point(x - 4)} ${point(y)}h8`).join('');
  const line = `<path d="M${point(x)} ${point(y1)}V${point(y2)}${caps}" stroke="${ink}" stroke-width="1.6" fill="none"/>`;
  // Words that are longer than what they stand beside stay on the page.
  const lowest = scale.height - textWidth(label, fontSize) / 2 - 8;
  const [wordsX, wordsY] = [x - 7, Math.min((y1 + y2) / 2, lowest)];
  const turn = `transform="rotate(-90 ${point(wordsX)} ${point(wordsY)})"`;
  const halo = 'stroke="white" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"';
  return `${line}\n${text(wordsX, wordsY, label, `text-anchor="middle" fill="${ink}" ${halo} ${turn}`)}`;
}

/** Each wait in the first lane in which nothing is drawn when it begins. */
function lanesOf(
  waits: readonly SequenceSpan[],
): readonly { readonly wait: SequenceSpan; readonly lane: number }[] {
  const until = new Map<string, number[]>();
  return [...waits]
    .sort((a, b) => a.from - b.from || b.to - a.to)
    .map((wait) => {
      const ends = until.get(wait.at) ?? [];
      const free = ends.findIndex((end) => end <= wait.from);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = wait.to;
      until.set(wait.at, ends);
      return { wait, lane };
    });
}

/** Where the bar of a wait is drawn, with its words. */
function waitBox({ at, from, to }: SequenceSpan, lane: number, scale: Scale): Obstacle {
  const left = scale.x(at) + waitBar.gap + lane * waitBar.lane;
  return { left, right: left + waitBar.lane, top: scale.y(from), bottom: scale.y(to) };
}

function waitMark(wait: SequenceSpan, lane: number, scale: Scale): string {
  const { left: x, top: y1, bottom: y2 } = waitBox(wait, lane, scale);
  const { label } = wait;
  const bar = `<rect x="${point(x)}" y="${point(y1)}" width="${waitBar.width}" height="${point(y2 - y1)}" fill="#999999" opacity="0.75"/>`;
  const [wordsX, wordsY] = [x + waitBar.width + 11, (y1 + y2) / 2];
  const turn = `transform="rotate(-90 ${point(wordsX)} ${point(wordsY)})"`;
  const halo = 'stroke="white" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"';
  return `${bar}\n${text(wordsX, wordsY, label, `text-anchor="middle" font-size="11" fill="#555555" ${halo} ${turn}`)}`;
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
}

function text(x: number, y: number, words: string, attributes: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${point(x)}" y="${point(y)}" ${attributes}>${escaped}</text>`;
}

function point(value: number): string {
  return String(Number(value.toFixed(2)));
}
