import type { failoverTable } from '../../experiments/failover.ts';
import type { CellRecord } from '../cell.ts';
import { type MeasureFamily, plainly, type RepetitionReading, rowOf } from '../measures/measure-family.ts';
import { readTold, type ToldOfOne } from './told.ts';
import { type OfConnection, readTraffic, type Signal, type Traffic } from './traffic.ts';

type Extractor = (
  told: ToldOfOne,
  seen: OfConnection | undefined,
  signals: readonly Signal[],
) => number | undefined;

/** A download whose member ends: what the client has of it, what the capture shows, what the members say. */
const extractors: Readonly<Record<keyof typeof failoverTable, Extractor>> = {
  'failover-gap': (told, seen) => gapIn(told, seen?.data),
  'failover-upload-gap': (told, seen) => gapIn(told, seen?.acknowledged),
  'failover-detection': ({ end, takenAt }) =>
    end === undefined || takenAt === undefined ? undefined : milliseconds(takenAt - end.t),
  'failover-resumption': (told, seen) => {
    const first = firstOfOther(told, seen?.data);
    return first === undefined || told.takenAt === undefined ? undefined : milliseconds(first - told.takenAt);
  },
  'failover-protection': ({ connected, protectedAt }) =>
    connected === undefined || protectedAt === undefined
      ? undefined
      : milliseconds(protectedAt - connected.t),
  'failover-protected': ({ isProtected }) => (isProtected ? 1 : 0),
  'failover-whole': ({ verdict }) => (verdict?.ok === true ? 1 : 0),
  'failover-lost': ({ verdict, isProtected }) => (isProtected && verdict?.ok !== true ? 1 : 0),
  'failover-truncated': ({ verdict }) => (verdict?.ok !== true && verdict?.problem === '' ? 1 : 0),
  'failover-resets': (_, seen) => seen?.resets ?? 0,
  'failover-first': ({ connected }, seen) => {
    const first = connected && earliestOf(seen?.data, () => true);
    return first === undefined ? undefined : milliseconds(first - connected!.t);
  },
  'failover-channel-octets': (told, _, signals) => octetsOf('channel', told, signals),
  'failover-mobility-octets': (told, _, signals) => octetsOf('mobility', told, signals),
};

/** What no client may see, whichever member serves it. */
const ofAnyMember: readonly string[] = ['failover-truncated', 'failover-resets'];

/** Beyond the paper's §3.2: connections that outlive their member, one per repetition. */
export const failoverFamily: MeasureFamily = {
  measures: Object.keys(extractors),
  read: async (folder, cell) => {
    const told = await readTold(folder, cell.repetitions);
    const traffic = readTraffic(folder, cell);
    return told.map((one) => reading(one, traffic, cell));
  },
};

/** What is measured of one repetition, or why nothing is. */
export function reading(
  told: ToldOfOne,
  { connections, signals, truncated }: Traffic,
  { parameters }: CellRecord,
): RepetitionReading {
  const { end, verdict, connected, isProtected } = told;
  const reasons = [
    ...(truncated ? ['the capture is cut off'] : []),
    ...(end === undefined ? ['the member did not end'] : []),
    ...(verdict === undefined ? ['the client gave no verdict'] : []),
    ...(parameters.replicas === 0 && isProtected ? ['protected without replicas'] : []),
  ];
  if (reasons.length > 0) return { failed: reasons.join('; ') };
  const seen = connected && connections.get(connected.port);
  const measured = (name: string): number | undefined => rowOf(extractors, name)?.(told, seen, signals);
  if (told.servedElsewhere)
    return {
      measure: (name) => plainly(ofAnyMember.includes(name) ? measured(name) : undefined),
      absent: 'the client was not served by the member that ended',
    };
  return {
    measure: (name) => plainly(measured(name)),
    absent: 'the member ended before the download or behind it',
  };
}

/** When segments of a kind came to the client, by the member that sent them. */
type Times = OfConnection['data'];

/** From the last of the member that ends to the first of another one; what the kernel of a process that was killed sends on behind that the client does not take. */
function gapIn(told: ToldOfOne, times: Times | undefined): number | undefined {
  const first = firstOfOther(told, times);
  if (first === undefined || told.end === undefined) return undefined;
  const last = times?.get(told.end.member)?.findLast((at) => at < first);
  return last === undefined ? undefined : milliseconds(first - last);
}

/** Behind the Binding Update, if there was one: until a client is bound its octets come by way of the home agent, from another member's site. */
export function firstOfOther(
  { end, nextEnd, takenAt }: Pick<ToldOfOne, 'end' | 'nextEnd' | 'takenAt'>,
  times: Times | undefined,
): bigint | undefined {
  if (end === undefined) return undefined;
  const [from, to] = [takenAt ?? end.t, nextEnd];
  return earliestOf(
    times,
    (member, at) => member !== end.member && at > from && (to === undefined || at < to),
  );
}

function earliestOf(
  times: Times | undefined,
  counts: (member: string, at: bigint) => boolean,
): bigint | undefined {
  const firsts = [...(times ?? [])].flatMap(([member, all]) => all.find((at) => counts(member, at)) ?? []);
  return firsts.toSorted((a, b) => (a < b ? -1 : 1))[0];
}

/** Of what is signalled from the client's connection to the end of its member; undefined where there is no such time. */
export function octetsOf(
  what: Signal['of'],
  { connected, end }: Pick<ToldOfOne, 'connected' | 'end'>,
  signals: readonly Signal[],
): number | undefined {
  if (connected === undefined || end === undefined || end.t < connected.t) return undefined;
  return signals
    .filter(({ of, at }) => of === what && at >= connected.t && at < end.t)
    .reduce((sum, { octets }) => sum + octets, 0);
}

function milliseconds(ns: bigint): number {
  return Number(ns) / 1e6;
}
