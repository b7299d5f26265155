import type { Parameters } from '../../experiments/experiment.ts';
import type { ClientConnection } from '../events/client-connection.ts';
import { type Measured, plain } from '../measures/measure-family.ts';
import { type Handoff, latest } from './handoff.ts';

/*
 * How a client got on with reading its document, moved or not: the same questions of both.
 */

interface Progress {
  readonly progress: readonly Omit<ClientConnection['progress'][number], 'from'>[];
}

/**
 * The time between the last packet of the document's first part (`firstBytes`) and the first of what is behind it, in the order in which
 * they can be read: what the gap is where nobody is handed off. Undefined where one of them never came.
 */
export function stepOver({ progress }: Progress, { firstBytes = 0 }: Parameters): Measured | undefined {
  const behind = progress.findIndex(({ octets }) => octets > firstBytes);
  const [before, after] = [progress[behind - 1], progress[behind]];
  return before && after && plain((after.timeNs - before.timeNs) / 1e6);
}

/** ms without a further octet that can be read, at most, from the middle of the first part to the document's last octet. */
export function longestStall({ progress }: Progress, { firstBytes = 0 }: Parameters): Measured | undefined {
  const begin = progress.findIndex(({ octets }) => octets >= firstBytes / 2);
  if (begin < 0) return undefined;
  let longest = 0;
  for (let index = begin + 1; index < progress.length; index += 1)
    longest = Math.max(longest, progress[index]!.timeNs - progress[index - 1]!.timeNs);
  return plain(longest / 1e6);
}

/** Octets that can be read more a second behind the cut: the donor's last data packet, or, unmoved, that with the end of the first part. */
export function firstSecond(
  { progress }: Progress,
  handoff: Handoff | undefined,
  { firstBytes = 0 }: Parameters,
): Measured | undefined {
  const unmoved = progress.find(({ octets }) => octets >= firstBytes)?.timeNs;
  const cut =
    handoff === undefined ? unmoved : latest(handoff.fromDonor.map((sender) => sender.lastDataOut))?.timeNs;
  if (cut === undefined) return undefined;
  return plain(readBy(progress, cut + 1e9) - readBy(progress, cut));
}

function readBy(progress: Progress['progress'], timeNs: number): number {
  return progress.findLast((step) => step.timeNs <= timeNs)?.octets ?? 0;
}
