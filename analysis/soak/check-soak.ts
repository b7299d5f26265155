import { join } from 'node:path';
import { ContactNodes } from './contact-nodes.ts';
import { kernelStateLeft } from './kernel-state.ts';
import { memoryViolations, mostMemory } from './memory.ts';
import { PacketCheck, packetsOf, type SoakPacket } from './packets.ts';
import { isOfProcesses, processViolations } from './processes.ts';
import { readSoak, type SoakEvent, type SoakFiles, type Violation } from './record.ts';
import { Serving, type Visit } from './serving.ts';

/** What a soak has come to. */
export interface SoakVerdict {
  readonly seed: number;
  /** in the order of time: the first is what went wrong first */
  readonly violations: readonly Violation[];
  readonly figures: Readonly<Record<string, number>>;
}

/** Checks every invariant on the files in a soak's folder. Throws when they cannot be read. */
export function checkSoak(folder: string): SoakVerdict {
  const files = readSoak(folder);
  return soakVerdict(files, packetsOf(join(folder, 'router.pcap'), files.originNs));
}

/** The same from what stands in the files. */
export function soakVerdict(files: SoakFiles, packets: Iterable<SoakPacket>): SoakVerdict {
  const { record, events, memory, kernelBefore, kernelAfter } = files;
  const serving = new Serving(record);
  const contacts = new ContactNodes(record);
  const processes: SoakEvent[] = [];
  let endMs = 0;
  for (const event of events) {
    serving.take(event);
    contacts.take(event);
    if (isOfProcesses(event)) processes.push(event);
    endMs = event.atMs;
  }
  const capture = new PacketCheck(record, serving.visits);
  for (const packet of packets) capture.take(packet);
  const violations = [
    ...visitViolations(files, serving.visits, endMs),
    ...serving.violations,
    ...contacts.violations,
    ...capture.violations,
    ...processViolations(processes),
    ...kernelStateLeft(kernelBefore, kernelAfter, endMs),
    ...memoryViolations(memory),
  ].toSorted((one, other) => one.atMs - other.atMs);
  const done = processes.filter(({ event }) => event === 'step-done');
  const count = (action: string): number =>
    done.filter(({ fields }) => fields.action === action && fields.skipped === undefined).length;
  const { visits } = serving;
  return {
    seed: record.seed,
    violations,
    figures: {
      visits: visits.length,
      intact: visits.filter(({ outcome }) => outcome?.ok).length,
      lostWithTheirMember: visits.filter(({ outcome, excuse }) => excuse !== undefined && !outcome?.ok)
        .length,
      octetsDownloaded: visits.reduce((sum, { outcome }) => sum + (outcome?.bytes ?? 0), 0),
      handoffs: serving.handoffs,
      handoffsFailed: serving.handoffsFailed,
      handoffsOfLeaving: serving.handoffsOfLeaving,
      takeovers: contacts.takeovers,
      crashes: count('crash'),
      leaves: count('leave'),
      cuts: count('cut'),
      joins: record.membership.joins.length,
      returns: count('start') - record.membership.joins.length,
      packets: capture.packets,
      resetsOfDeadConnections: capture.otherResets,
      largestProcessKb: mostMemory(memory, 'process'),
      largestKernelKb: mostMemory(memory, 'kernel'),
    },
  };
}

/** Every octet of every client that survived, and nobody lost without need. */
function visitViolations(
  { record }: SoakFiles,
  visits: readonly Visit[],
  endMs: number,
): readonly Violation[] {
  const seen = new Set(visits.filter(({ outcome }) => outcome !== undefined).map(({ name }) => name));
  const missing = record.visits
    .filter(({ name }) => !seen.has(name))
    .map(({ name }) => ({ invariant: 'intact', atMs: endMs, text: `${name}: did not end` }) as const);
  const broken = visits.flatMap(({ name, outcome, excuse, left, finishedMs = endMs }) => {
    if (outcome === undefined || outcome.ok) return [];
    const because = outcome.problem === '' ? 'octets are missing' : outcome.problem;
    if (outcome.intact && excuse !== undefined) return [];
    const text = outcome.intact
      ? `${name}: lost, though no member that had it was killed${whoLeft(left)}: ${because}`
      : `${name}: octets that are not the document's`;
    return [{ invariant: 'intact', atMs: finishedMs, text } as const];
  });
  return [...missing, ...broken];
}

function whoLeft(members: readonly string[]): string {
  return members.length === 0 ? '' : ` (${members.join(' and ')} left meanwhile)`;
}
