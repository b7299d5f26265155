import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WideAreaParameters } from '../../topologies/wide-area-parameters.ts';
import type { WideAreaRoles } from '../../topologies/wide-area-roles.ts';

/** `soak.json`: what was planned, and who is who. */
export interface SoakRecord {
  readonly seed: number;
  readonly size: Readonly<Record<string, number>>;
  readonly servicePort: number;
  readonly channelPort: number;
  readonly roles: WideAreaRoles;
  readonly network: Pick<WideAreaParameters, 'spanMs' | 'jitterMs' | 'lossPct'>;
  readonly group: { readonly heartbeatMs: number };
  /** process → clients whose correspondent node it is */
  readonly agents: { readonly correspondents: Readonly<Record<string, readonly string[]>> };
  /** members that came only then */
  readonly membership: { readonly joins: readonly { readonly member: string; readonly atMs: number }[] };
  readonly disturbances: readonly {
    readonly atMs: number;
    readonly action: string;
    readonly target: string;
    /** of a cut: from these only; absent: from everybody */
    readonly addresses?: readonly string[];
  }[];
  readonly visits: readonly {
    readonly name: string;
    readonly host: string;
    readonly server: string;
    /** the client's patience, from the visit's start */
    readonly deadlineMs: number;
  }[];
}

/** A line of `events.jsonl`; `atMs` counts from the start of the schedule. */
export interface SoakEvent {
  readonly atMs: number;
  readonly node: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One line of `memory.txt`. */
export interface MemorySample {
  readonly atMs: number;
  readonly kind: 'process' | 'kernel';
  readonly name: string;
  /** 0 for the kernel */
  readonly process: number;
  readonly kilobytes: number;
  /** open file descriptors; 0 for the kernel */
  readonly descriptors: number;
}

/** What a soak has left in its folder, but the capture. */
export interface SoakFiles {
  readonly record: SoakRecord;
  /** in the order of time; of a file they are parsed anew whenever they are gone through, and not kept */
  readonly events: Iterable<SoakEvent>;
  /** of the clock of capture and events: where `atMs` counts from */
  readonly originNs: bigint;
  readonly memory: readonly MemorySample[];
  readonly kernelBefore: string;
  readonly kernelAfter: string;
}

/** Something that must always hold, and did not. */
export interface Violation {
  readonly invariant:
    | 'intact'
    | 'end-of-stream'
    | 'silence'
    | 'no-reset'
    | 'one-holder'
    | 'one-contact-node'
    | 'processes'
    | 'kernel-state'
    | 'memory';
  /** from the start of the schedule */
  readonly atMs: number;
  readonly text: string;
}

/** Reads a soak's folder; throws what the file system says, or SyntaxError. */
export function readSoak(folder: string): SoakFiles {
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const events = text('events.jsonl');
  const originNs = startOf(events);
  return {
    record: JSON.parse(text('soak.json')) as SoakRecord,
    events: { [Symbol.iterator]: () => eventsOf(events, originNs) },
    originNs,
    memory: [...linesOf(text('memory.txt'))].map((line) => memorySample(line, originNs)),
    kernelBefore: text('kernel-before.txt'),
    kernelAfter: text('kernel-after.txt'),
  };
}

/** Where the schedule starts, or else the first event. */
function startOf(events: string): bigint {
  const found = /^\{"t":"(\d+)",.*"event":"schedule-started"/m.exec(events) ?? /^\{"t":"(\d+)"/.exec(events);
  return BigInt(found?.[1] ?? 0);
}

function* linesOf(text: string): Generator<string, undefined> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (end > start) yield text.slice(start, end);
    start = end + 1;
  }
}

function* eventsOf(text: string, originNs: bigint): Generator<SoakEvent, undefined> {
  for (const line of linesOf(text)) {
    const { t, node, event, ...fields } = JSON.parse(line) as Record<string, unknown>;
    yield { atMs: since(originNs, String(t)), node: String(node), event: String(event), fields };
  }
}

function memorySample(line: string, originNs: bigint): MemorySample {
  const [t = '0', kind, name = '', process, kilobytes, descriptors = 0] = line.split(' ');
  return {
    atMs: since(originNs, t),
    kind: kind === 'kernel' ? 'kernel' : 'process',
    name,
    process: Number(process),
    kilobytes: Number(kilobytes),
    descriptors: Number(descriptors),
  };
}

function since(originNs: bigint, t: string): number {
  return Number(BigInt(t) - originNs) / 1e6;
}
