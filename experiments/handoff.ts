import type { ParameterSpec, Parameters } from './experiment.ts';

/** One-way latency between members, ms: two round trips of a TLS handshake pass within the 10 s that members allow for it. */
export const farthestMembersMs = 2000;
/** Per direction and pair, %: beyond that TCP's timers grow faster than its transfers. */
export const mostLossPct = 10;

/**
 * SO_SNDBUF of the members' sockets where an experiment does not vary it (`sendBufferBytes`, see docs/parameters.md). It decides how much a
 * socket holds after the last send(). The kernel doubles the number for its own overhead, and it wakes a writer when a third is free:
 * with some values a microsecond decides whether it is woken once more, and 80 and 70 kB are left by turns.
 */
export const defaultSendBuffer = 84 * 1024;

/** What `--set` may name where one download of `bytes` is handed from node1 to node2 on the testbed of Fig. 9. */
export const handoffParameters: Readonly<Record<string, ParameterSpec>> = {
  csMs: { description: 'one-way latency client – both members', default: 40, min: 0, max: 10_000 },
  cs1Ms: { description: 'client – node1 alone, instead of csMs', min: 0, max: 10_000 },
  cs2Ms: { description: 'client – node2 alone, instead of csMs', min: 0, max: 10_000 },
  ssMs: { description: 'one-way latency node1 – node2', default: 20, min: 0, max: farthestMembersMs },
  rateKbit: { description: 'upstream rate of each home agent', default: 2000, min: 64, max: 10_000_000 },
  bytes: {
    description: 'size of the download',
    default: 1_000_000,
    min: 1,
    max: 64_000_000,
    integer: true,
  },
  firstBytes: {
    description: 'sent by the donor',
    default: 500_000,
    min: 1,
    max: 64_000_000,
    integer: true,
  },
  waitMs: { description: 'donor’s delay after the last send()', default: 0, min: 0, max: 60_000 },
  lossPct: { description: 'packet loss between sites', default: 0, min: 0, max: mostLossPct },
  windowBytes: {
    description: 'largest receive window that the client offers',
    default: 40_960,
    min: 2920,
    max: 1_000_000,
    integer: true,
  },
  sendBufferBytes: {
    description: 'send buffer (SO_SNDBUF) of the members’ sockets',
    default: 85_248,
    min: 4608,
    max: 1_000_000,
    integer: true,
  },
  bucketFrames: {
    description: 'room of the home agents’ token buckets, in full frames',
    default: 2,
    min: 1,
    max: 20,
  },
  quickAck: {
    description: '1: the client acknowledges each segment at once; 0: at its kernel’s own pace',
    default: 1,
    min: 0,
    max: 1,
    integer: true,
  },
  jitterMs: { description: 'jitter between sites', default: 0, min: 0, max: 1000 },
};

/** One-way latencies of a cell on the testbed: `csMs` is both to the client, `cs1Ms` and `cs2Ms` set one of them. */
export function linkLatencies({ csMs = 0, cs1Ms = csMs, cs2Ms = csMs, ssMs = 0 }: Parameters) {
  return { cs1Ms, cs2Ms, ssMs };
}
