import type { MemorySample, Violation } from './record.ts';

/** Resident memory of one daemon, kB: a Node process has about 70 MB when it has just warmed up. */
const mostOfProcess = 160 * 1024;
/** The kernel's own memory (slab), kB. */
const mostOfKernel = 256 * 1024;
/** What a process may gain from the middle of its life to the end, as a share and in kB: a leak grows on, a heap that is full does not. */
const growth = { share: 0.1, kilobytes: 8 * 1024 };
/** Samples below which nothing can be said of growth. */
const fewest = 9;

/** Daemons and kernel within bounds, and not growing without end. */
export function memoryViolations(samples: readonly MemorySample[]): readonly Violation[] {
  const series = Map.groupBy(
    samples.filter(({ kind, name }) => kind === 'process' || name === 'Slab'),
    ({ kind, name, process }) => (kind === 'kernel' ? 'kernel' : `${name} (process ${process})`),
  );
  return [...series].flatMap(([name, of]) => {
    const most = of[0]!.kind === 'kernel' ? mostOfKernel : mostOfProcess;
    const over = of.find(({ kilobytes }) => kilobytes > most);
    if (over !== undefined) return [violation(over, `${name} has ${over.kilobytes} kB, more than ${most}`)];
    return growing(name, of);
  });
}

/** The largest of any process or of the kernel, kB. */
export function mostMemory(samples: readonly MemorySample[], kind: MemorySample['kind']): number {
  const of = samples.filter(
    (sample) => sample.kind === kind && (kind === 'process' || sample.name === 'Slab'),
  );
  return of.reduce((most, { kilobytes }) => Math.max(most, kilobytes), 0);
}

function growing(name: string, of: readonly MemorySample[]): readonly Violation[] {
  if (of.length < fewest) return [];
  const third = Math.floor(of.length / 3);
  const [middle, end] = [median(of.slice(third, 2 * third)), median(of.slice(-third))];
  if (end <= middle * (1 + growth.share) + growth.kilobytes) return [];
  return [violation(of.at(-1)!, `${name} grows: ${middle} kB in the middle, ${end} kB at the end`)];
}

function violation({ atMs }: MemorySample, text: string): Violation {
  return { invariant: 'memory', atMs, text };
}

function median(of: readonly MemorySample[]): number {
  const sorted = of.map(({ kilobytes }) => kilobytes).toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
