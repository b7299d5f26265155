import type { Obstacle } from './label-placement.ts';
import type { SequenceSpan } from './sequence.ts';
import type { Scale } from './sequence-scale.ts';
import { point, text } from './svg-words.ts';

/** px: what waits stands so far from its node's line and from what waits beside it */
const waitBar = { gap: 3, width: 6, lane: 24 };

/** Each wait in the first lane in which nothing is drawn when it begins. */
export function lanesOf(
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
export function waitBox({ at, from, to }: SequenceSpan, lane: number, scale: Scale): Obstacle {
  const left = scale.x(at) + waitBar.gap + lane * waitBar.lane;
  return { left, right: left + waitBar.lane, top: scale.y(from), bottom: scale.y(to) };
}

export function waitMark(wait: SequenceSpan, lane: number, scale: Scale): string {
  const { left: x, top: y1, bottom: y2 } = waitBox(wait, lane, scale);
  const { label } = wait;
  const bar = `<rect x="${point(x)}" y="${point(y1)}" width="${waitBar.width}" height="${point(y2 - y1)}" fill="#999999" opacity="0.75"/>`;
  const [wordsX, wordsY] = [x + waitBar.width + 11, (y1 + y2) / 2];
  const turn = `transform="rotate(-90 ${point(wordsX)} ${point(wordsY)})"`;
  const halo = 'stroke="white" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke"';
  return `${bar}\n${text(wordsX, wordsY, label, `text-anchor="middle" font-size="11" fill="#555555" ${halo} ${turn}`)}`;
}
