import { textWidth } from './font.ts';
import type { Arrow, Obstacle, PlacedLabel } from './label-placement.ts';
import { faint, ink } from './palette.ts';
import type { Sequence, SequenceMessage, SequenceNote, SequenceSpan } from './sequence.ts';
import { margin, type Quiet, type Scale, width } from './sequence-scale.ts';
import { point, text } from './svg-words.ts';

export const fontSize = 12;

export function heading({ title, subtitle, remark }: Sequence): string {
  const words = [text(20, 28, title, `font-size="16" font-weight="bold" fill="${ink}"`)];
  if (subtitle !== undefined) words.push(text(20, 48, subtitle, `fill="${ink}"`));
  if (remark !== undefined) words.push(text(20, 65, remark, 'font-size="11" fill="#555555"'));
  return words.join('\n');
}

export function lifeline(name: string, role: string | undefined, scale: Scale): string {
  const x = point(scale.x(name));
  const bottom = point(scale.height - margin.bottom + 10);
  const line = `<line x1="${x}" y1="${margin.top - 12}" x2="${x}" y2="${bottom}" stroke="#888888" stroke-width="1.2"/>`;
  const middle = `text-anchor="middle" fill="${ink}"`;
  const words = text(scale.x(name), margin.top - 34, name, `${middle} font-size="13" font-weight="bold"`);
  const below =
    role === undefined ? '' : `\n${text(scale.x(name), margin.top - 19, role, `${middle} font-size="11"`)}`;
  return `${line}\n${words}${below}`;
}

export function timeAxis(scale: Scale): string {
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

/** Two slanting lines across, and how long nothing passes between them: said between two nodes' lines, where nothing else stands. */
export function breakMark(
  quiet: Quiet,
  scale: Scale,
  lifelines: readonly string[],
  obstacles: readonly Obstacle[],
): string {
  const middle = (scale.y(quiet.from) + scale.y(quiet.to)) / 2;
  const lines = [-7, 7].map((shift) => {
    const y = middle + shift;
    const ends = `x1="${margin.left - 40}" y1="${point(y + 4)}" x2="${width - 12}" y2="${point(y - 4)}"`;
    return `<line ${ends} stroke="#888888" stroke-width="1" stroke-dasharray="5 4"/>`;
  });
  const words = `nothing of this for ${Math.round(quiet.to - quiet.from)} ms`;
  const halo = 'stroke="white" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"';
  const label = text(
    freePlace(textWidth(words, 11) / 2, middle, lifelines.map(scale.x), obstacles),
    middle + 4,
    words,
    `text-anchor="middle" font-size="11" fill="#555555" ${halo}`,
  );
  return [...lines, label].join('\n');
}

/** The middle of the first gap between lines in which words of that half width lie on nothing; of the first gap where all are taken. */
function freePlace(
  half: number,
  y: number,
  lines: readonly number[],
  obstacles: readonly Obstacle[],
): number {
  const inOrder = [...lines].sort((a, b) => a - b);
  const places = inOrder.slice(1).map((x, i) => (x + inOrder[i]!) / 2);
  const isFree = (x: number) =>
    obstacles.every(
      ({ left, right, top, bottom }) => x + half < left || x - half > right || y + 7 < top || y - 7 > bottom,
    );
  return places.find(isFree) ?? places[0] ?? width / 2;
}

export function arrowOf(message: SequenceMessage, scale: Scale): Arrow {
  const [x1, y1] = [scale.x(message.from), scale.y(message.t)];
  const [x2, y2] = [scale.x(message.to), scale.y(message.arrives ?? message.t)];
  // A lost message has no slope to draw: it ends half-way, level.
  return { x1, y1, x2: message.arrives === undefined ? (x1 + x2) / 2 : x2, y2, label: message.label };
}

export function arrowMark({ x1, y1, x2, y2 }: Arrow, colour: string, lost: boolean): string {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const wing = (turn: number) =>
    `${point(x2 - 9 * Math.cos(angle + turn))},${point(y2 - 9 * Math.sin(angle + turn))}`;
  const line = `<line x1="${point(x1)}" y1="${point(y1)}" x2="${point(x2)}" y2="${point(y2)}" stroke="${colour}" stroke-width="1.6"/>`;
  if (lost)
    return `${line}\n${text(x2, y2 + 5, '×', `text-anchor="middle" font-size="18" fill="${colour}"`)}`;
  return `${line}\n<polygon points="${point(x2)},${point(y2)} ${wing(0.35)} ${wing(-0.35)}" fill="${colour}"/>`;
}

export function labelText({ x, y, degrees, label }: PlacedLabel, colour: string): string {
  // A white outline keeps the words readable where they cross a line.
  const halo = 'stroke="white" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"';
  const turn = `transform="rotate(${point(degrees)} ${point(x)} ${point(y)})"`;
  return text(x, y, label, `text-anchor="middle" fill="${colour}" ${halo} ${turn}`);
}

export function noteMark(note: SequenceNote, scale: Scale): string {
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

export function spanMark({ at, from, to, label }: SequenceSpan, scale: Scale): string {
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

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
}
