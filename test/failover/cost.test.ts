import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstOfOther, octetsOf } from '../../analysis/failover/failover-family.ts';
import { isProgress, type Signal } from '../../analysis/failover/traffic.ts';

const signal = (at: number, of: Signal['of'], octets: number): Signal => ({ at: BigInt(at), of, octets });
const signals = [
  signal(99, 'channel', 1),
  signal(100, 'channel', 10),
  signal(150, 'mobility', 100),
  signal(199, 'channel', 1000),
  signal(200, 'channel', 10_000),
];
const between = (connectedAt: number, endAt: number) => ({
  connected: { t: BigInt(connectedAt), port: 40_000 },
  end: { t: BigInt(endAt), member: 'node1' },
});

test('what protection costs is counted from the client’s connection to the end of its member, each kind by itself', () => {
  assert.equal(octetsOf('channel', between(100, 200), signals), 1010);
  assert.equal(octetsOf('mobility', between(100, 200), signals), 100);
  assert.equal(octetsOf('mobility', between(160, 200), signals), 0);
});

test('a member that ends before its client has come has cost nothing that could be told', () => {
  assert.equal(octetsOf('channel', between(200, 100), signals), undefined);
  assert.equal(octetsOf('channel', { ...between(0, 200), connected: undefined }, signals), undefined);
  assert.equal(octetsOf('channel', { ...between(0, 200), end: undefined }, signals), undefined);
});

test('the first octet of another member is the first behind its Binding Update: before, a client’s own member is seen at the home agent’s site', () => {
  const seen = {
    data: new Map([
      ['node2', [250n]],
      ['node1', [310n, 400n]],
      ['node3', [420n]],
    ]),
    acknowledged: new Map(),
    resets: 0,
  };
  const end = { t: 300n, member: 'node2' };
  assert.equal(firstOfOther({ end, nextEnd: undefined, takenAt: 380n }, seen.data), 400n);
  assert.equal(firstOfOther({ end, nextEnd: undefined, takenAt: 410n }, seen.data), 420n);
  // A later repetition’s client had the same port.
  assert.equal(firstOfOther({ end, nextEnd: 415n, takenAt: 410n }, seen.data), undefined);
  assert.equal(firstOfOther({ end, nextEnd: 415n, takenAt: 380n }, seen.data), 400n);
  // Nobody has taken it over.
  assert.equal(firstOfOther({ end, nextEnd: undefined, takenAt: undefined }, seen.data), 310n);
  assert.equal(
    firstOfOther({ end: undefined, nextEnd: undefined, takenAt: undefined }, seen.data),
    undefined,
  );
});

test('an acknowledgement is progress when it is for more than any before, wherever numbers wrap; a connection’s first is its beginning', () => {
  const [ACK, SYN_ACK] = [0x10, 0x12];
  const connection = { highest: undefined };
  const progress = (acknowledgement: number, flags = ACK): boolean =>
    isProgress(connection, { flags, acknowledgement });
  assert.deepEqual(
    [progress(0xffff_fff0, SYN_ACK), progress(0xffff_fff0), progress(5), progress(0xffff_fff8), progress(6)],
    [false, false, true, false, true],
  );
  // The port has come again.
  assert.deepEqual([progress(3, SYN_ACK), progress(3), progress(4)], [false, false, true]);
});
