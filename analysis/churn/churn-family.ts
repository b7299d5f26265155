import { churnTable } from '../../experiments/churn-claims.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import type { CellRecord } from '../cell.ts';
import { firstOf } from '../events/faults.ts';
import { type MeasureFamily, plainly, type RepetitionReading, rowOf } from '../measures/measure-family.ts';
import { type Connection, type Connections, readConnections } from './connections.ts';
import { fateOf, holderAt } from './holders.ts';
import { releaseTimes } from './releases.ts';
import { readTold, type Told, type Verdict } from './told.ts';

/** Octets that a member's kernel still sends when its process has been killed: it doubles a send buffer of 16 kB. */
const MOST_BUFFERED = 2 * 16 * 1024;

/** One download, and what crashes did to it. */
interface Download extends Verdict {
  readonly connection: Connection | undefined;
  /**
   * `held`: a member that crashed was serving it; `perhaps`: it may have gone on or not; `stranded`: it got no answer, since the client was
   * still bound to a member that had crashed
   */
  readonly fate: 'untouched' | 'perhaps' | 'held' | 'stranded';
}

/**
 * Downloads while members join, leave and crash, one by each client per repetition. It was completed when the capture has the
 * acknowledgement of its last octet and the client has found all of them right. Who held it at a crash is the members' word; whether
 * it was under way then, and how far, the capture's.
 */
export const churnFamily: MeasureFamily = {
  measures: Object.keys(churnTable),
  read: async (folder, cell) => {
    const told = await readTold(folder);
    const connections = readConnections(folder, cell, told);
    const downloads = told.verdicts.map((verdict) => judge(verdict, told, connections, cell));
    return Array.from({ length: cell.repetitions }, (_, repetition) => {
      const own = downloads.filter((one) => one.repetition === repetition);
      const contradictions = own.flatMap((one) => contradiction(one, cell));
      const reasons = connections.faults
        .filter((fault) => fault.repetition === repetition)
        .map(({ reason }) => reason);
      return readingOf(own, told, cell, { repetition, faults: [...reasons, ...contradictions] });
    });
  },
};

function judge(verdict: Verdict, told: Told, connections: Connections, cell: CellRecord): Download {
  const { moves, crashes, registrations } = told;
  const address = ipv6(cell.addresses[verdict.client] ?? '::');
  const nameOf = namesOf(cell);
  const connection = connections.of(address, verdict);
  const own = moves.filter(({ client }) => client === address);
  const bytes = cell.parameters.bytes ?? 0;
  let fate: Download['fate'] = 'untouched';
  for (const crash of crashes) {
    if (crash.t < verdict.startedNs || crash.t > verdict.endedNs || fate === 'held') continue;
    const since = own.filter(({ t }) => t >= verdict.startedNs);
    const known = holderAt(since, crash.t, nameOf);
    // In its handshake a connection is known to the kernel alone that has answered its SYN: the contact node's.
    const answered = known.kind === 'nobody' && connection?.atCrash.has(crash) === true;
    const contact = registrations.findLast(({ t }) => t < crash.t)?.careOfAddress ?? '';
    const holder = answered ? ({ kind: 'member', node: nameOf.get(contact) ?? '' } as const) : known;
    const found = fateOf(holder, crash);
    if (found === 'untouched') continue;
    const left = bytes - (connection?.atCrash.get(crash) ?? 0);
    const certain = found === 'broken' && left > MOST_BUFFERED;
    fate = certain ? 'held' : 'perhaps';
  }
  const unanswered = connection?.start === undefined && fate === 'untouched';
  if (unanswered && boundToDead(verdict, told, nameOf)) fate = 'stranded';
  return { ...verdict, connection, fate };
}

/** The client says that it has all octets, and the capture that it has not acknowledged them. */
function contradiction({ client, complete, connection }: Download, { parameters }: CellRecord): string[] {
  const [bytes, seen] = [parameters.bytes ?? 0, connection?.acknowledged ?? 0];
  return complete && seen < bytes
    ? [`${client} has acknowledged ${seen} of the ${bytes} octets it tells of`]
    : [];
}

/** The client's packets went to a member that had crashed since it was bound there, or crashed before they were answered. */
function boundToDead(
  { client, startedNs, endedNs }: Verdict,
  { bindings, crashes }: Told,
  nameOf: ReadonlyMap<string, string>,
): boolean {
  const bound = bindings.findLast((one) => one.client === client && one.t <= startedNs);
  const member = nameOf.get(bound?.careOfAddress ?? '');
  return crashes.some((crash) => crash.member === member && crash.t > bound!.t && crash.t < endedNs);
}

function readingOf(
  downloads: readonly Download[],
  told: Told,
  cell: CellRecord,
  { repetition, faults }: { readonly repetition: number; readonly faults: readonly string[] },
): RepetitionReading {
  const { moves } = told;
  const clients = cell.parameters.clients ?? 0;
  const releases = releaseTimes(told, namesOf(cell), repetition);
  const fault = firstOf(faults);
  if (fault !== undefined) return { failed: fault };
  if (downloads.length !== clients)
    return { failed: `${downloads.length} of ${clients} clients tell of their download` };
  const complete = downloads.filter((one) => one.complete);
  const broken = downloads.filter((one) => !one.complete);
  const held = downloads.filter(({ fate }) => fate === 'held');
  const from = minimum(downloads.map(({ startedNs }) => startedNs));
  const to = maximum(downloads.map(({ endedNs }) => endedNs));
  const values: Readonly<Record<keyof typeof churnTable, number | undefined>> = {
    'churn-completed': (100 * complete.length) / clients,
    'churn-intact': (100 * downloads.filter(({ intact }) => intact).length) / clients,
    'churn-broken': broken.length,
    'churn-held': held.length,
    'churn-stranded': broken.filter(({ fate }) => fate === 'stranded').length,
    'churn-release': mean(releases),
    'churn-uncertain': broken.filter(({ fate }) => fate === 'perhaps').length,
    'churn-unexplained': broken.filter(({ fate }) => fate === 'untouched').length,
    'churn-spared': held.filter((one) => one.complete).length,
    'churn-handoffs': moves.filter(({ event, t }) => event === 'handed-off' && t >= from && t <= to).length,
    'churn-duration': durationS(complete),
  };
  return {
    measure: (name) => plainly(rowOf(values, name)),
    absent: 'no download was completed, or no client was bound to a member that crashed',
  };
}

function durationS(complete: readonly Download[]): number | undefined {
  const each = complete.flatMap(({ connection }) =>
    connection === undefined ? [] : [(connection.lastOctetNs - connection.firstSynNs) / 1e9],
  );
  return mean(each);
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, one) => sum + one, 0) / values.length;
}

function namesOf(cell: CellRecord): ReadonlyMap<string, string> {
  return new Map(Object.entries(cell.addresses).map(([name, text]) => [text, name]));
}

function minimum(values: readonly bigint[]): bigint {
  return values.reduce((least, value) => (value < least ? value : least));
}

function maximum(values: readonly bigint[]): bigint {
  return values.reduce((most, value) => (value > most ? value : most));
}
