import type { MemorySample, Violation } from './record.ts';

/** Resident memory of one daemon, kB: a Node process has about 70 MB when it has just warmed up. */
const mostOfProcess = 160 * 1024;
/** The kernel's own memory (slab), kB. */
const mostOfKernel = 256 * 1024;
/** What a process may gain from the middle of its life to the end, as a share and in kB: a leak grows on, a heap that is full does not. */
const growth = { share: 0.1, kilobytes: 8 * 1024 };
/** Samples below which nothing can be said of growth. */
const fewest = 9;
/** Open file descriptors of one daemon: some forty of its own, one for each client's connection and each member's channel. */
const mostDescriptors = 400;
/** What a daemon may have more in the last third of its life than in the middle one: the visits that coincide differ. */
const descriptorGrowth = 40;

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
    return [...growing(name, of), ...descriptorViolations(name, of)];
  });
}

/** The most open file descriptors of any process. */
export function mostDescriptorsOf(samples: readonly MemorySample[]): number {
  return samples.reduce((most, { descriptors }) => Math.max(most, descriptors), 0);
}

function descriptorViolations(name: string, of: readonly MemorySample[]): readonly Violation[] {
  const over = of.find(({ descriptors }) => descriptors > mostDescriptors);
  if (over !== undefined)
    return [
      violation(over, `${name} has ${over.descriptors} open descriptors, more than ${mostDescriptors}`),
    ];
  const [middle, end] = thirds(of, ({ descriptors }) => descriptors);
  if (of.length < fewest || end <= middle + descriptorGrowth) return [];
  return [
    violation(of.at(-1)!, `${name} grows: ${middle} open descriptors in the middle, ${end} at the end`),
  ];
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
  const [middle, end] = thirds(of, ({ kilobytes }) => kilobytes);
  if (end <= middle * (1 + growth.share) + growth.kilobytes) return [];
  return [violation(of.at(-1)!, `${name} grows: ${middle} kB in the middle, ${end} kB at the end`)];
}

function violation({ atMs }: MemorySample, text: string): Violation {
  return { invariant: 'memory', atMs, text };
}

/** Medians of the middle third and of the last. */
function thirds(
  of: readonly MemorySample[],
  value: (sample: MemorySample) => number,
): readonly [middle: number, end: number] {
  const third = Math.floor(of.length / 3);
  return [median(of.slice(third, 2 * third).map(value)), median(of.slice(-third).map(value))];
}

function median(of: readonly number[]): number {
  const sorted = of.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
