import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignallingMessage } from '../../analysis/events/signalling.ts';
import type { Passage } from '../../analysis/events/testbed.ts';
import { isOfThePath } from '../../analysis/events/unknown-bindings.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { BindingUpdate, MobilityMessage } from '../../mip6/wire/messages.ts';
import { bindingUpdate, client, contactAddress } from '../support/handoff-messages.ts';

const [donor, acceptor] = [ipv6('2001:db8:1::2'), ipv6('2001:db8:2::2')];
const lossless = { lossy: false, reordering: false, roundTripMs: 80 };
const [loss, jitter] = [
  { ...lossless, lossy: true },
  { ...lossless, reordering: true },
];

function passage(ms: number | undefined): Passage | undefined {
  return ms === undefined ? undefined : { timeNs: ms * 1e6, packet: 1, neighbour: 'client', direction: 'in' };
}

function message(
  from: Ipv6Address,
  what: MobilityMessage,
  times: { readonly arrived?: number; readonly left?: number },
): SignallingMessage {
  const [arrived, left] = [passage(times.arrived), passage(times.left)];
  const ways = { from, to: client, source: contactAddress, destination: client, octets: 100 };
  return {
    ...ways,
    message: what,
    ...(arrived === undefined ? {} : { arrived }),
    ...(left === undefined ? {} : { left }),
  };
}

const update = (careOf: Ipv6Address, sequence: number, arrived: number, left?: number): SignallingMessage =>
  message(careOf, bindingUpdate(420, sequence), { arrived, ...(left === undefined ? {} : { left }) });

/** The donor's, for the acceptor. */
function inBand(sequence: number, arrived: number, left?: number): SignallingMessage {
  const told = bindingUpdate(420, sequence) as BindingUpdate;
  const options = [{ kind: 'alternate-care-of-address', address: acceptor } as const, ...told.options];
  const what = { ...told, options };
  return message(donor, what, { arrived, ...(left === undefined ? {} : { left }) });
}

function unknown(to: Ipv6Address, ms: number, status = 1): SignallingMessage {
  const error = { kind: 'binding-error', status, homeAddress: contactAddress, options: [] } as const;
  const ways = { from: client, to, source: client, destination: to, octets: 100 };
  return { ...ways, message: error, arrived: passage(ms)! };
}

const first = update(donor, 1, 0, 40);

test('a straggler of a donor finds its client bound to another where packets overtake each other, and only there', () => {
  for (const second of [update(acceptor, 2, 960, 1000), inBand(2, 960, 1000)]) {
    const error = unknown(donor, 1003);
    assert.equal(isOfThePath(error, [first, second], jitter), true);
    assert.equal(isOfThePath(error, [first, second], loss), false);
    assert.equal(isOfThePath(error, [first, second], lossless), false);
  }
});

test('a donor that sends on for longer than a round trip is no straggler, nor is one whose binding was deleted', () => {
  const deletion = message(donor, bindingUpdate(0, 2), { arrived: 960, left: 1000 });
  for (const second of [inBand(2, 960, 1000), deletion]) {
    assert.equal(isOfThePath(unknown(donor, 1079), [first, second], jitter), true);
    for (const ms of [1081, 61_000, 3_600_000])
      assert.equal(isOfThePath(unknown(donor, ms), [first, second], jitter), false);
  }
});

test('a care-of address that was never bound is nobody’s straggler', () => {
  assert.equal(isOfThePath(unknown(acceptor, 1003), [first], jitter), false);
  assert.equal(
    isOfThePath(unknown(ipv6('2001:db8:3::2'), 1003), [first, inBand(2, 960, 1000)], jitter),
    false,
  );
});

test('a deletion is overtaken like any other', () => {
  const deletion = message(donor, bindingUpdate(0, 2), { arrived: 960, left: 1000 });
  assert.equal(isOfThePath(unknown(donor, 1003), [first, deletion], jitter), true);
  assert.equal(isOfThePath(unknown(donor, 1003), [first, deletion], lossless), false);
});

test('the latest update is the one of the highest number, modulo 2¹⁶, and not the one that came last', () => {
  const [before, after] = [update(donor, 0xffff, 0, 1000), update(acceptor, 0, 0, 999)];
  assert.equal(isOfThePath(unknown(donor, 1003), [before, after], jitter), true);
  assert.equal(isOfThePath(unknown(acceptor, 1003), [before, after], jitter), true);
  const lately = unknown(acceptor, 2000);
  assert.equal(isOfThePath(lately, [before, after], jitter), false);
});

test('what comes before an update that was lost, or is late, finds no binding yet', () => {
  const lost = update(acceptor, 2, 960);
  for (const path of [loss, jitter]) {
    assert.equal(isOfThePath(unknown(acceptor, 1003), [first, lost], path), true);
    assert.equal(isOfThePath(unknown(acceptor, 1003), [first, inBand(2, 960, 1002)], path), true);
  }
  assert.equal(isOfThePath(unknown(acceptor, 1003), [first, lost], lossless), false);
});

test('nothing was sent yet that would bind it: that is no loss', () => {
  assert.equal(isOfThePath(unknown(acceptor, 950), [first, update(acceptor, 2, 960)], loss), false);
});

test('an update that came more than a round trip before has bound it', () => {
  const second = inBand(2, 860, 900);
  assert.equal(isOfThePath(unknown(acceptor, 981), [first, second], loss), false);
  assert.equal(isOfThePath(unknown(acceptor, 979), [first, second], loss), true);
});

test('any other status is a fault', () => {
  assert.equal(isOfThePath(unknown(donor, 1003, 2), [first, inBand(2, 960, 1000)], jitter), false);
});
