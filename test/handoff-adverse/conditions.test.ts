import { runAdverse } from '../support/adverse-lab.ts';
import { type Behaviour, inTurn, leg, round, sessionsOf, variants } from '../support/adverse-sessions.ts';
import { handedOff, testRun } from '../support/adverse-tests.ts';
import type { ClientPath } from '../support/adverse-topology.ts';

const ssMs = 20;

/** Paths to members 1, 2 and 3, one client each. */
const paths: Readonly<Record<string, ClientPath>> = {
  'a path of 40 ms': { csMs: [40, 40, 40] },
  'loss of 1 % each way': { csMs: [40, 40, 40], lossPct: 1 },
  'loss of 5 % each way': { csMs: [40, 40, 40], lossPct: 5 },
  // Full segments leave the members' sites 0.12 ms apart: they overtake each other by dozens.
  'jitter of ± 10 ms, which reorders': { csMs: [40, 40, 40], jitterMs: 10 },
  'acceptor far, donor near': { csMs: [10, 70, 40] },
  'acceptor near, donor far': { csMs: [70, 10, 40] },
  'no latency at all': { csMs: [0, 0, 0] },
};

const there = 'there and back';
const onAnyPath: readonly Behaviour[] = [{ name: there, upload: 50_000, receiveLowWater: 16_384 }];

/** On the first path. */
const behaviours: readonly Behaviour[] = [
  {
    name: 'a receive window of 8 kB',
    receiveWindow: 8192,
    bytes: 150_000,
    legs: [leg(50_000, 2), leg(100_000, 1)],
  },
  {
    name: 'a zero window before and during the handoff',
    receiveWindow: 16_384,
    pause: { afterBytes: 70_000, forMs: 3000 },
  },
  {
    name: 'a zero window in the handoff back, for 20 s',
    receiveWindow: 32_768,
    pause: { afterBytes: 190_000, forMs: 20_000 },
  },
  {
    name: 'an upload in flight',
    bytes: 0,
    upload: 200_000,
    legs: [leg(60_000, 2, 'received'), leg(130_000, 1, 'received')],
  },
  {
    name: 'octets in flight both ways',
    upload: 300_000,
    receiveLowWater: 16_384,
    legs: [leg(100_000, 2, 'received'), leg(250_000, 1)],
  },
  {
    name: 'an upload in small pieces',
    bytes: 0,
    upload: 90_000,
    pace: { octets: 3000, everyMs: 15 },
    legs: [leg(20_000, 2, 'received'), leg(20_001, 3, 'received'), leg(60_000, 1, 'received')],
  },
  {
    name: 'back to back, no octet in between',
    bytes: 150_000,
    upload: 30_000,
    legs: [leg(100_000, 2), leg(100_000, 3), leg(100_000, 1), leg(100_000, 2)],
  },
  {
    name: 'back to back, one octet in between',
    bytes: 150_000,
    upload: 30_000,
    legs: [leg(100_000, 2), leg(100_001, 1), leg(100_002, 2), leg(100_003, 1)],
  },
  {
    name: 'ten handoffs, three members',
    bytes: 550_000,
    upload: 20_000,
    receiveLowWater: 16_384,
    legs: round(50_000, 10, [3, 2, 1, 2, 3, 1]),
  },
];

const sessions = Object.keys(paths).map((path, index) => {
  const ofClient =
    index > 0
      ? sessionsOf(onAnyPath)
      : sessionsOf([...onAnyPath, ...behaviours], (which) => (which === 0 ? variants : inTurn(which)));
  return ofClient.map((one) => ({ ...one, name: `${path}: ${one.name}` }));
});
const run = await runAdverse({
  network: { clients: Object.values(paths), members: 3, ssMs, rateKbit: 100_000 },
  sessions,
});
const legs = new Map(sessions.flat().map(({ name, itinerary }) => [name, itinerary.legs.length]));
testRun(run, [...legs.keys()], (verdict) => handedOff(legs.get(verdict.name)!)(verdict, run));
