/**
 * How long the sessions of an `events.jsonl` took on the lab's clock, together, in seconds: from `repetition-started` to
 * `repetition-finished`, without the rests between them. 0 where the client logs no such pairs.
 */
export function sessionSecondsOf(events: string): number {
  const started = new Map<number, bigint>();
  let nanoseconds = 0n;
  for (const line of events.split('\n')) {
    const match = /^\{"t":"(\d+)".*"event":"repetition-(started|finished)","repetition":(\d+)/.exec(line);
    if (match === null) continue;
    const [, time, what, number] = match;
    const [t, repetition] = [BigInt(time!), Number(number)];
    const start = started.get(repetition);
    if (what === 'started') started.set(repetition, t);
    else if (start !== undefined) nanoseconds += t - start;
  }
  return Number(nanoseconds) / 1e9;
}
