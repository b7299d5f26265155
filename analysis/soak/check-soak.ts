import { join } from 'node:path';
import { ContactNodes } from './contact-nodes.ts';
import { kernelStateLeft, kernelStateWrong } from './kernel-state.ts';
import { memoryViolations, mostDescriptorsOf, mostMemory } from './memory.ts';
import { PacketCheck, packetsOf, type SoakPacket } from './packets.ts';
import { isOfProcesses, processViolations } from './processes.ts';
import { readSoak, type SoakEvent, type SoakFiles, type Violation } from './record.ts';
import { Serving } from './serving.ts';
import { type LongestSilence, Silences } from './silence.ts';
import { excuseAt, type Outcome, type Visit } from './visit.ts';

/** What a soak has come to. */
export interface SoakVerdict {
  readonly seed: number;
  /** in the order of time: the first is what went wrong first */
  readonly violations: readonly Violation[];
  readonly figures: Readonly<Record<string, number>>;
  /** the longest that a client stood still with holder and path in order; absent: none did */
  readonly longestSilence?: LongestSilence;
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
  const silences = new Silences(record);
  const processes: SoakEvent[] = [];
  const whileItRan: Violation[] = [];
  let [endMs, kernelChecks] = [0, 0];
  for (const event of events) {
    serving.take(event);
    contacts.take(event);
    silences.takeEvent(event);
    if (isOfProcesses(event)) processes.push(event);
    if (event.event === 'kernel-checked') kernelChecks++;
    const wrong = kernelStateWrong(event);
    if (wrong !== undefined) whileItRan.push(wrong);
    endMs = event.atMs;
  }
  const capture = new PacketCheck(record, serving.visits);
  silences.watch(serving.visits);
  for (const packet of packets) {
    capture.take(packet);
    silences.take(packet);
  }
  silences.finish();
  const violations = [
    ...visitViolations(files, serving.visits, endMs),
    ...serving.violations,
    ...contacts.violations,
    ...capture.violations,
    ...silences.violations,
    ...processViolations(processes),
    ...whileItRan,
    ...kernelStateLeft(kernelBefore, kernelAfter, endMs),
    ...memoryViolations(memory),
  ].toSorted((one, other) => one.atMs - other.atMs);
  const done = processes.filter(({ event }) => event === 'step-done');
  const isMember = (name: unknown): boolean => record.roles.members.some((member) => member.name === name);
  const count = (action: string, ofMembers = true): number =>
    done.filter(
      ({ fields }) =>
        fields.action === action && fields.skipped === undefined && isMember(fields.target) === ofMembers,
    ).length;
  const { visits } = serving;
  const survivals = visits.flatMap((visit) => visit.survivals);
  return {
    seed: record.seed,
    violations,
    figures: {
      visits: visits.length,
      intact: visits.filter(({ outcome }) => outcome?.ok).length,
      lostWithTheirMember: visits.filter(isExcused).length,
      killsOfProtected: survivals.length,
      longestTakeoverMs: Math.round(
        Math.max(0, ...survivals.flatMap(({ fromMs, toMs }) => (toMs < endMs ? toMs - fromMs : []))),
      ),
      octetsDownloaded: visits.reduce((sum, { outcome }) => sum + (outcome?.bytes ?? 0), 0),
      handoffs: serving.handoffs,
      handoffsFailed: serving.handoffsFailed,
      handoffsOfLeaving: serving.handoffsOfLeaving,
      takeovers: contacts.takeovers,
      crashes: count('crash'),
      deathsOfAgents: count('crash', false),
      leaves: count('leave'),
      cuts: count('cut'),
      joins: record.membership.joins.length,
      returns: count('start') - record.membership.joins.length,
      kernelChecks,
      packets: capture.packets,
      resetsOfDeadConnections: capture.otherResets,
      excusedSilences: silences.excused,
      longestExcusedSilenceMs: Math.round(silences.longestExcusedMs),
      largestProcessKb: mostMemory(memory, 'process'),
      mostDescriptors: mostDescriptorsOf(memory),
      largestKernelKb: mostMemory(memory, 'kernel'),
    },
    ...(silences.longest === undefined ? {} : { longestSilence: silences.longest }),
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
  const broken = visits.flatMap((visit): readonly Violation[] => {
    const { outcome, finishedMs = endMs } = visit;
    const fault = outcome === undefined || outcome.ok ? undefined : faultOf(visit, outcome);
    return fault === undefined ? [] : [{ ...fault, atMs: finishedMs }];
  });
  return [...missing, ...broken];
}

/** What no excuse covers of a visit that has failed. */
function faultOf(visit: Visit, outcome: Outcome): Omit<Violation, 'atMs'> | undefined {
  const { name, left } = visit;
  const { intact, uploaded, upload, problem, ended } = outcome;
  if (!intact) return { invariant: 'intact', text: `${name}: octets that are not the document's` };
  if (uploaded >= 0 && uploaded !== upload) {
    const text = `${name}: the server has got other octets than the ${upload} that were sent: it says ${uploaded}`;
    return { invariant: 'intact', text };
  }
  if (ended && uploaded < 0)
    return {
      invariant: 'end-of-stream',
      text: `${name}: the stream ended in order after ${outcome.bytes} octets, before all were there`,
    };
  if (isExcused(visit)) return undefined;
  const because = problem === '' ? 'octets are missing' : problem;
  const [killed] = visit.survivals.slice(-1);
  const though =
    killed === undefined
      ? 'no member that had it was killed'
      : `it was protected when ${killed.member} was killed, its backup ${killed.backup}`;
  const text = `${name}: lost, though ${though}${whoLeft(left)}: ${because}`;
  return { invariant: 'intact', text };
}

/** It has failed, and was at a member that was killed. */
function isExcused(visit: Visit): boolean {
  const { outcome, finishedMs } = visit;
  return outcome?.ok === false && finishedMs !== undefined && excuseAt(visit, finishedMs) !== undefined;
}

function whoLeft(members: readonly string[]): string {
  return members.length === 0 ? '' : ` (${members.join(' and ')} left meanwhile)`;
}
