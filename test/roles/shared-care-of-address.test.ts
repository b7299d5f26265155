import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MobileNode } from '../../mip6/roles/mobile-node/mobile-node.ts';
import type {
  MobileNodeInput,
  MobileNodeTransmission,
} from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { emitIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { CARE_OF_1, CORRESPONDENT, HOME_ADDRESS, STRANGER } from '../support/mip6-addresses.ts';

const OTHER_HOME = ipv6('2001:db8:1::101');
type Arrival = Extract<MobileNodeInput, { kind: 'datagram' | 'parameter-problem' }>;

/** Two mobile nodes at one care-of address, each in the middle of return routability with the same correspondent. */
function both(): { readonly node: MobileNode; readonly sent: readonly MobileNodeTransmission[] }[] {
  return [HOME_ADDRESS, OTHER_HOME].map((homeAddress, index) => {
    const node = new MobileNode({ homeAddress, random: (octets) => new Uint8Array(octets).fill(index + 1) });
    node.handle(
      { kind: 'start-return-routability', correspondent: CORRESPONDENT, careOfAddress: CARE_OF_1 },
      0,
    );
    const sent: MobileNodeTransmission[] = [];
    for (let output = node.poll(); output !== undefined; output = node.poll())
      if (output.kind === 'transmit') sent.push(output);
    return { node, sent };
  });
}

function arrival(message: MobilityMessage, source: Ipv6Address = CORRESPONDENT): Arrival {
  const addresses = { source, destination: CARE_OF_1 };
  return { kind: 'datagram', datagram: { ...addresses, bytes: emitMobilityHeader(message, addresses) } };
}

/** For each of the two, whether it takes the arrival for its own. */
function owners(pair: readonly { readonly node: MobileNode }[], what: Arrival): readonly boolean[] {
  return pair.map(({ node }) => node.recognizes(what, 10) !== undefined);
}

/** Parameter Problems for both Inits of a node. */
function problemsFor({ sent }: { readonly sent: readonly MobileNodeTransmission[] }): readonly Arrival[] {
  return sent.map(({ source, destination, bytes }): Arrival => {
    const packet = emitIpv6({ source, destination, nextHeader: 135, payload: bytes });
    return {
      kind: 'parameter-problem',
      source: CORRESPONDENT,
      bytes: Uint8Array.from([4, 1, 0, 0, 0, 0, 0, 6, ...packet]),
    };
  });
}

test('a Care-of Test belongs to the home address that asked, before and after it is answered; a forged one to none', () => {
  const pair = both();
  const answers = pair.map(({ sent }) => {
    const init = parseMobilityHeader(sent[1]!.bytes).message;
    assert.ok(init.kind === 'care-of-test-init');
    const { careOfInitCookie } = init;
    const careOfKeygenToken = new Uint8Array(8);
    return {
      kind: 'care-of-test',
      careOfNonceIndex: 1,
      careOfInitCookie,
      careOfKeygenToken,
      options: [],
    } as const;
  });
  assert.deepEqual(owners(pair, arrival(answers[0]!)), [true, false]);
  assert.deepEqual(owners(pair, arrival(answers[1]!)), [false, true]);
  pair[1]!.node.handle(arrival(answers[1]!), 10);
  assert.deepEqual(owners(pair, arrival(answers[1]!)), [false, true]);
  assert.deepEqual(owners(pair, arrival(answers[1]!, STRANGER)), [false, false]);
  assert.deepEqual(owners(pair, arrival({ ...answers[0]!, careOfInitCookie: new Uint8Array(8).fill(9) })), [
    false,
    false,
  ]);
});

test('a Binding Error belongs to the home address that it names; one that names none, to who waits for an answer', () => {
  const pair = both();
  const error = (homeAddress: Ipv6Address, status: number) =>
    arrival({ kind: 'binding-error', status, homeAddress, options: [] });
  assert.deepEqual(owners(pair, error(HOME_ADDRESS, 1)), [true, false]);
  assert.deepEqual(owners(pair, error(OTHER_HOME, 1)), [false, true]);
  pair[0]!.node.handle({ kind: 'forget', correspondent: CORRESPONDENT }, 0);
  assert.deepEqual(owners(pair, error(ipv6('::'), 2)), [false, true]);
});

test('both Parameter Problems for one mobile node’s Inits are its own', () => {
  const pair = both();
  for (const problem of problemsFor(pair[1]!)) {
    assert.deepEqual(owners(pair, problem), [false, true]);
    pair[1]!.node.handle(problem, 10);
  }
});

test('a Parameter Problem is who asks’s, though another knows already that this correspondent has no Mobile IPv6', () => {
  const pair = both();
  const [first] = problemsFor(pair[0]!);
  pair[0]!.node.handle(first!, 5);
  for (const problem of problemsFor(pair[1]!).slice(0, 1))
    assert.deepEqual(
      pair.map(({ node }) => node.recognizes(problem, 10)),
      ['settled', 'awaited'],
    );
});
