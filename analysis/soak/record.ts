import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WideAreaRoles } from '../../topologies/wide-area-roles.ts';

/** `soak.json`: what was planned, and who is who. */
export interface SoakRecord {
  readonly seed: number;
  readonly size: Readonly<Record<string, number>>;
  readonly servicePort: number;
  readonly channelPort: number;
  readonly roles: WideAreaRoles;
  readonly disturbances: readonly {
    readonly atMs: number;
    readonly action: string;
    readonly target: string;
  }[];
  readonly visits: readonly { readonly name: string; readonly host: string; readonly server: string }[];
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
}

/** What a soak has left in its folder, but the capture. */
export interface SoakFiles {
  readonly record: SoakRecord;
  readonly events: readonly SoakEvent[];
  /** of the clock of capture and events: where `atMs` counts from */
  readonly originNs: bigint;
  readonly memory: readonly MemorySample[];
  readonly kernelBefore: string;
  readonly kernelAfter: string;
}

/** Something that must always hold, and did not. */
export interface Violation {
  readonly invariant: 'intact' | 'no-reset' | 'one-holder' | 'one-contact-node' | 'kernel-state' | 'memory';
  /** from the start of the schedule */
  readonly atMs: number;
  readonly text: string;
}

/** Reads a soak's folder; throws what the file system says, or SyntaxError. */
export function readSoak(folder: string): SoakFiles {
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const lines = (name: string): readonly string[] =>
    text(name)
      .split('\n')
      .filter((line) => line !== '');
  const raw = lines('events.jsonl').map((line) => JSON.parse(line) as Record<string, unknown>);
  const start = raw.find(({ event }) => event === 'schedule-started') ?? raw[0];
  const originNs = BigInt(String(start?.t ?? 0));
  return {
    record: JSON.parse(text('soak.json')) as SoakRecord,
    events: raw.map(({ t, node, event, ...fields }) => ({
      atMs: since(originNs, String(t)),
      node: String(node),
      event: String(event),
      fields,
    })),
    originNs,
    memory: lines('memory.txt').map((line) => memorySample(line, originNs)),
    kernelBefore: text('kernel-before.txt'),
    kernelAfter: text('kernel-after.txt'),
  };
}

function memorySample(line: string, originNs: bigint): MemorySample {
  const [t = '0', kind, name = '', process, kilobytes] = line.split(' ');
  return {
    atMs: since(originNs, t),
    kind: kind === 'kernel' ? 'kernel' : 'process',
    name,
    process: Number(process),
    kilobytes: Number(kilobytes),
  };
}

function since(originNs: bigint, t: string): number {
  return Number(BigInt(t) - originNs) / 1e6;
}
