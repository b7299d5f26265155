import { join } from 'node:path';
import type { WideAreaOptions } from '../../topologies/wide-area.ts';
import type { LoggedEvent } from './member-lab.ts';
import { TakeoverCapture } from './takeover-capture.ts';
import {
  addressOf,
  contactAddress,
  groupTimes,
  runTakeover,
  servicePort,
  type TakeoverLab,
  type TakeoverRun,
  threeSites,
} from './takeover-lab.ts';

/** One-way, between any two members' sites, and between each and the clients', ms. */
export const memberMs = 20;
export const clientMs = 40;
const rateKbit = 2000;

export interface SurvivalLab extends Pick<TakeoverLab, 'body' | 'files' | 'programs'> {
  /** octets of each download, by its name; default one, `one`, of 1,000,000 */
  readonly downloads?: Readonly<Record<string, number>>;
  readonly lossPct?: number;
  readonly replicas?: 0 | 1;
  readonly application?: object;
  readonly configure?: (process: Parameters<NonNullable<TakeoverLab['configure']>>[0]) => object;
}

/**
 * Three members, node1 the contact node, and a download that nobody hands off; `survive NAME CLIENT` begins one in the background,
 * `stop NAME` and `goOn NAME` are SIGSTOP and SIGCONT of a daemon, the rest of `body` as in
 * takeover-lab.ts.
 */
export function runSurvival({
  body,
  downloads = { one: 1_000_000 },
  lossPct = 0,
  replicas = 1,
  files = {},
  configure = () => ({}),
  ...options
}: SurvivalLab): Promise<TakeoverRun> {
  const ways = {
    S1S2: memberMs,
    S1S3: memberMs,
    S2S3: memberMs,
    C1S1: clientMs,
    C1S2: clientMs,
    C1S3: clientMs,
  };
  const network: WideAreaOptions = { ...threeSites(ways), rateKbit, lossPct };
  const group = { ...groupTimes, replicas };
  const trusted = ['node1', 'node2', 'node3'].map(addressOf);
  return runTakeover({
    application: { kind: 'download', firstBytes: 1e9, variant: 'drain', waitMs: 0 },
    ...options,
    network,
    group,
    body: `survive() { visit download-client "$2" "$1"; }
stop() { kill -STOP "\${pids[$1]}"; }
goOn() { kill -CONT "\${pids[$1]}"; }
${body}`,
    files: {
      ...Object.fromEntries(
        Object.entries(downloads).map(([name, bytes]) => [`${name}.json`, JSON.stringify(clientOf(bytes))]),
      ),
      ...files,
    },
    configure: (process) => ({
      ...(process.program === 'member' ? { group: { trusted, ...group } } : {}),
      ...configure(process),
    }),
  });
}

function clientOf(bytes: number): object {
  return {
    server: contactAddress,
    port: servicePort,
    bytes,
    periodMs: 1,
    phasesMs: [0],
    receiveLowWater: 0,
    receiveWindow: 131_072,
    timeoutMs: 60_000,
    lingerMs: 2000,
  };
}

/** What a client's router sees of the change from one member to another, ms of the mark's clock. */
export function gapAt(
  run: TakeoverRun,
  {
    mark = 'death',
    from = 'node1',
    to = 'node2',
    client = 'client1',
  }: Partial<Record<'mark' | 'from' | 'to' | 'client', string>> = {},
): { readonly last: number; readonly first: number; readonly gap: number } {
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get(mark)!);
  const out = (member: string): readonly number[] =>
    seen.sightings
      .filter(
        ({ direction, packet: { upper, network } }) =>
          direction === 'out' &&
          upper.kind === 'tcp' &&
          upper.payloadLength > 0 &&
          network.source === addressOf(member) &&
          network.destination === addressOf(client),
      )
      .map(({ ms }) => ms);
  const last = Math.max(...out(from));
  const first = Math.min(...out(to));
  return { last, first, gap: first - last };
}

/** What each of these daemons has told of these kinds, in order. */
export async function told(
  run: TakeoverRun,
  names: readonly string[],
  ...kinds: readonly string[]
): Promise<readonly LoggedEvent[]> {
  const all = await Promise.all(names.map((name) => run.events(name)));
  return all
    .flat()
    .filter(({ event }) => kinds.includes(event))
    .toSorted((a, b) => Number(BigInt(a.t) - BigInt(b.t)));
}
