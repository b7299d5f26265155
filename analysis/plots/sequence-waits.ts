import { textWidth } from './font.ts';
import type { Obstacle } from './label-placement.ts';
import type { SequenceSpan } from './sequence.ts';
import { margin, type Scale } from './sequence-scale.ts';
import { point, text } from './svg-words.ts';

/** px: what waits stands so far from its node's line and from what waits beside it */
const waitBar = { gap: 3, width: 6, lane: 24 };
const wordSize = 11;
/** px, between words in one lane, and to the page's end */
const wordGap = 6;

interface PlacedWait {
  readonly wait: SequenceSpan;
  readonly lane: number;
}

/** Each wait in the first lane in which nothing of it, its words included, lies on what stands there already. */
export function lanesOf(waits: readonly SequenceSpan[], scale: Scale): readonly PlacedWait[] {
  const placed: PlacedWait[] = [];
  for (const wait of [...waits].sort((a, b) => a.from - b.from || b.to - a.to)) {
    const taken = new Set(
      placed
        .filter((other) => other.wait.at === wait.at && meet(extent(other.wait, scale), extent(wait, scale)))
        .map(({ lane }) => lane),
    );
    let lane = 0;
    while (taken.has(lane)) lane++;
    placed.push({ wait, lane });
  }
  return placed;
}

/** Where the bar of a wait is drawn, with its words. */
export function waitBox(wait: SequenceSpan, lane: number, scale: Scale): Obstacle {
  const left = scale.x(wait.at) + waitBar.gap + lane * waitBar.lane;
  return { left, right: left + waitBar.lane, ...extent(wait, scale) };
}

export function waitMark(wait: SequenceSpan, lane: number, scale: Scale): string {
  const { left: x } = waitBox(wait, lane, scale);
  const [y1, y2] = [scale.y(wait.from), scale.y(wait.to)];
  const bar = `<rect x="${point(x)}" y="${point(y1)}" width="${waitBar.width}" height="${point(y2 - y1)}" fill="#999999" opacity="0.75"/>`;
  const [wordsX, wordsY] = [x + waitBar.width + 11, middleOfWords(wait, scale)];
  const turn = `transform="rotate(-90 ${point(wordsX)} ${point(wordsY)})"`;
  const halo = 'stroke="white" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"';
  return `${bar}\n${text(wordsX, wordsY, wait.label, `text-anchor="middle" font-size="${wordSize}" fill="#555555" ${halo} ${turn}`)}`;
}

/** From the top of bar and words to the bottom of both. */
function extent(wait: SequenceSpan, scale: Scale): Pick<Obstacle, 'top' | 'bottom'> {
  const middle = middleOfWords(wait, scale);
  const half = halfOfWords(wait);
  return {
    top: Math.min(scale.y(wait.from), middle - half),
    bottom: Math.max(scale.y(wait.to), middle + half),
  };
}

/** Words that are longer than their bar stay on the page, and off the names at its head. */
function middleOfWords(wait: SequenceSpan, scale: Scale): number {
  const lowest = scale.height - halfOfWords(wait) - wordGap;
  const highest = margin.top - wordGap + halfOfWords(wait);
  return Math.max(highest, Math.min((scale.y(wait.from) + scale.y(wait.to)) / 2, lowest));
}

function halfOfWords({ label }: SequenceSpan): number {
  return textWidth(label, wordSize) / 2;
}

function meet(a: Pick<Obstacle, 'top' | 'bottom'>, b: Pick<Obstacle, 'top' | 'bottom'>): boolean {
  return a.top < b.bottom + wordGap && b.top < a.bottom + wordGap;
}
