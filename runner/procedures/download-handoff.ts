import { FIG9_ADDRESSES, type Fig9Parameters, fig9 } from '../../topologies/fig9.ts';
import type { Cell } from '../cells.ts';
import { UsageError } from '../usage-error.ts';
import { lingerFor, longestTripMs, lossesMs, windowsMs } from './patience.ts';
import type { LabPlan, LabProcess } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';
import { lingerMs, sessionStarts, sessionsSeconds, wallWarmUps } from './session-starts.ts';
import { channelPort, linkParameters, type MemberNumber, serverDaemons } from './testbed.ts';

const servicePort = 8080;
const receiveLowWater = 256 * 1024;
/** longer than TIME-WAIT (60 s), so that no connection meets the rests of the one before */
const restMs = 70_000;

/** Paper §6.2–§6.4: the client fetches a document from the contact address; node 1 sends the first part, node 2 the rest. */
export function downloadHandoff(cell: Cell): LabPlan {
  refuseWithoutHandoff(cell);
  const link = linkParameters(cell);
  const sessionMs = sessionLimitMs(cell, link);
  const periodMs = Math.ceil((sessionMs + restMs) / 10_000) * 10_000;
  return {
    topology: fig9(link),
    addresses: FIG9_ADDRESSES,
    servicePort,
    channelPort,
    associations: securityAssociations(cell.seed),
    daemons: serverDaemons(cell, {
      contactNode: 1,
      servicePort,
      application: (number) => downloadServer(number, cell),
    }),
    driver: downloadClient(cell, { periodMs, timeoutMs: sessionMs, tripMs: longestTripMs(fig9(link)) }),
    virtualTimeoutS: Math.ceil(((cell.repetitions + wallWarmUps + 2) * periodMs) / 1000) + 120,
    wallSeconds: wallSeconds(cell, link),
  };
}

/** Throws UsageError when the donor would send everything: there is nothing to hand off then. */
function refuseWithoutHandoff({ parameters }: Cell): void {
  const { firstBytes = 0, bytes = 0 } = parameters;
  if (firstBytes < bytes) return;
  const remedy = `give less than bytes (${bytes}), or more bytes: the acceptor sends the rest`;
  throw new UsageError('firstBytes', String(firstBytes), 'leaves nothing for the acceptor', remedy);
}

/** Far above what a session can take: transfer at the rate, round trips of slow start and handoff, and losses. */
function sessionLimitMs(
  { parameters }: Cell,
  { rateKbit, cs1Ms, cs2Ms, ssMs, lossPct }: Fig9Parameters,
): number {
  const { bytes = 0, waitMs = 0, windowBytes = bytes } = parameters;
  const atTheRate = (bytes * 8 * 4) / rateKbit + 60 * (cs1Ms + cs2Ms + ssMs);
  const atTheWindow = windowsMs(bytes, windowBytes, Math.max(cs1Ms, cs2Ms));
  const bare = Math.max(atTheRate, atTheWindow) + waitMs + 60_000;
  return Math.ceil(bare + lossesMs(bytes, lossPct));
}

/** Node 1 hands off to node 2, which hands nobody off. */
function downloadServer(number: MemberNumber, { parameters, variant }: Cell): object {
  const { firstBytes, waitMs = 0 } = parameters;
  const acceptor = number === 1 ? { acceptor: FIG9_ADDRESSES.node2 } : {};
  return { kind: 'download', firstBytes, ...acceptor, variant, waitMs };
}

/** Round trips of a session beside its data: connection, slow start, handoff. */
const roundTrips = 12;

function wallSeconds(cell: Cell, { rateKbit, cs1Ms, cs2Ms, ssMs }: Fig9Parameters): number {
  const { bytes = 0, waitMs = 0 } = cell.parameters;
  const sessionMs = (bytes * 8 * 1.1) / rateKbit + waitMs + roundTrips * (cs1Ms + cs2Ms + ssMs);
  return sessionsSeconds(cell, sessionMs);
}

/** A session's times, ms. */
interface SessionTimes {
  readonly periodMs: number;
  readonly timeoutMs: number;
  /** the longest one-way way */
  readonly tripMs: number;
}

function downloadClient(cell: Cell, { periodMs, timeoutMs, tripMs }: SessionTimes): LabProcess {
  return {
    name: 'client',
    host: 'client',
    program: 'download-client',
    config: {
      server: FIG9_ADDRESSES.contactAddress,
      port: servicePort,
      bytes: cell.parameters.bytes,
      ...sessionStarts(cell, periodMs),
      receiveLowWater,
      receiveWindow: cell.parameters.windowBytes,
      timeoutMs,
      lingerMs: lingerFor(lingerMs, tripMs),
    },
  };
}
