import type { Sequence } from './sequence.ts';

export const width = 800;
export const margin = { top: 128, bottom: 28, left: 108, right: 92 };
/** messages that leave at almost the same time get this much room, or their labels would lie on each other */
const minimalHeight = 520;
const heightPerMessage = 34;

export interface Scale {
  readonly x: (name: string) => number;
  readonly y: (t: number) => number;
  readonly from: number;
  readonly to: number;
  readonly height: number;
  /** time in which nothing passes that takes more than all the rest: it is left out */
  readonly quiet: Quiet | undefined;
}
export interface Quiet {
  readonly from: number;
  readonly to: number;
}

/** Room for a quiet time that is left out, in pixels. */
const breakHeight = 44;

export function makeScale(sequence: Sequence): Scale {
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
