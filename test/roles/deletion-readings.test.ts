import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { CorrespondentNode } from '../../mip6/roles/correspondent-node/correspondent-node.ts';
import type { CorrespondentNodeInput } from '../../mip6/roles/correspondent-node/correspondent-node-types.ts';
import type { MobilityDatagram } from '../../mip6/roles/shared/datagram.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { emitAuthenticated, verifyAuthenticated } from '../../mip6/wire/binding-authorization-data.ts';
import { parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import {
  acknowledgement,
  bindingUpdate,
  deliver,
  getTokens,
  keyOf,
} from '../support/hand-made-mobile-node.ts';
import { CARE_OF_1, CARE_OF_2, CORRESPONDENT, HOME_ADDRESS } from '../support/mip6-addresses.ts';
import { type Mip6Lab, type Mip6LabOptions, mip6Lab } from '../support/mip6-lab.ts';
import { seededBytes } from '../support/seeded-random.ts';

/** Which address a correspondent takes for the care-of address of a deletion's authenticator (RFC 6275 §6.2.7). */
type Reading = 'home-address' | 'care-of-address';
const READINGS: readonly Reading[] = ['home-address', 'care-of-address'];
const START = { kind: 'start-return-routability', correspondent: CORRESPONDENT } as const;
const BIND = { kind: 'bind', correspondent: CORRESPONDENT, lifetimeSeconds: 420, acknowledge: true } as const;
const UNBIND = { kind: 'unbind', correspondent: CORRESPONDENT, acknowledge: true } as const;

describe('a correspondent node takes a deletion in either reading', () => {
  for (const reading of READINGS) {
    test(`${reading}: the binding ends, and what comes back is authorised in the same way`, () => {
      const node = new CorrespondentNode({ random: seededBytes(1) });
      const tokens = getTokens(node, 0);
      deliver(node, bindingUpdate(tokens, { sequence: 1 }), 0);
      const covered = reading === 'home-address' ? HOME_ADDRESS : CARE_OF_2;
      const signed = { careOfAddress: CARE_OF_2, authorizedCareOfAddress: covered, lifetimeSeconds: 0 };
      const deletion = bindingUpdate(tokens, { sequence: 2, ...signed });
      for (const [status, now] of [
        [0, 1],
        [135, 2],
      ] as const) {
        const outputs = deliver(node, deletion, now);
        assert.equal(acknowledgement(outputs).status, status);
        const sent = outputs.find((output) => output.kind === 'transmit');
        assert.ok(sent?.kind === 'transmit');
        assert.ok(verifyAuthenticated(sent.bytes, keyOf(tokens, true), covered, CORRESPONDENT));
      }
      assert.deepEqual(
        node.bindings().map(({ state }) => state),
        ['ended'],
      );
    });
  }

  test('care-of address: the one of the Alternate Care-of Address option, where there is one', () => {
    const node = new CorrespondentNode({ random: seededBytes(1) });
    const tokens = getTokens(node, 0);
    const signed = { alternate: CARE_OF_2, authorizedCareOfAddress: CARE_OF_2, lifetimeSeconds: 0 };
    assert.equal(acknowledgement(deliver(node, bindingUpdate(tokens, signed), 0)).status, 0);
  });
});

/** A lab whose correspondent has one reading: other deletions never get to it. */
function lab(reading: Reading, options: Mip6LabOptions = {}): Mip6Lab {
  const lab = mip6Lab(options);
  const { role } = lab.correspondent;
  const handle = role.handle.bind(role);
  let token = new Uint8Array();
  const poll = role.poll.bind(role);
  role.poll = () => {
    const output = poll();
    if (output?.kind === 'transmit') {
      const { message } = parseMobilityHeader(output.bytes);
      if (message.kind === 'home-test') token = Uint8Array.from(message.homeKeygenToken);
    }
    return output;
  };
  role.handle = (input: CorrespondentNodeInput, now) => {
    if (input.kind !== 'datagram' || understands(reading, input.datagram, token)) handle(input, now);
  };
  return lab;
}

function understands(reading: Reading, datagram: MobilityDatagram, homeToken: Uint8Array): boolean {
  const { bytes, source, destination, careOfAddress = source } = datagram;
  const { message } = parseMobilityHeader(bytes);
  if (message.kind !== 'binding-update' || message.lifetimeSeconds !== 0) return true;
  const kbm = new Uint8Array(createHash('sha1').update(homeToken).digest());
  return verifyAuthenticated(bytes, kbm, reading === 'home-address' ? source : careOfAddress, destination);
}

function bound(lab: Mip6Lab): Mip6Lab {
  lab.tell({ ...START, careOfAddress: CARE_OF_1 });
  lab.tell(BIND);
  lab.network.advance(1000);
  assert.equal(lab.events('binding-acknowledged').length, 1);
  return lab;
}

/** An acknowledgement of the last update whose authenticator covers this care-of address. */
function answer(lab: Mip6Lab, kbm: Uint8Array, covered: Ipv6Address): MobilityDatagram {
  const sequence = lab.mobileRole.exportBinding(CORRESPONDENT)!.sequence!;
  const content = { status: 0, keyManagement: false, sequence, lifetimeSeconds: 0, options: [] };
  const message = { kind: 'binding-acknowledgement', ...content } as const;
  const ends = { source: CORRESPONDENT, destination: HOME_ADDRESS };
  return { ...ends, bytes: emitAuthenticated(message, kbm, covered, CORRESPONDENT, ends) };
}

/** When deletions were sent, in seconds from the first one, and which address the authenticator covers. */
function deletions(lab: Mip6Lab): readonly (readonly [number, Reading])[] {
  const kbms = lab.correspondent.outputs.flatMap(({ output }) => {
    if (output.kind !== 'transmit') return [];
    const { message } = parseMobilityHeader(output.bytes);
    return message.kind === 'home-test'
      ? [new Uint8Array(createHash('sha1').update(message.homeKeygenToken).digest())]
      : [];
  });
  const sent = lab.mobile.outputs.flatMap(({ at, output }) => {
    if (output.kind !== 'transmit') return [];
    const { message } = parseMobilityHeader(output.bytes);
    if (message.kind !== 'binding-update' || message.lifetimeSeconds !== 0) return [];
    const covers = kbms.some((kbm) => verifyAuthenticated(output.bytes, kbm, HOME_ADDRESS, CORRESPONDENT));
    return [{ at, reading: covers ? ('home-address' as const) : ('care-of-address' as const) }];
  });
  return sent.map(({ at, reading }) => [(at - sent[0]!.at) / 1000, reading] as const);
}

describe('a mobile node that deletes a binding', () => {
  test('by the letter of the RFC first; that is enough for a correspondent that reads it so', () => {
    const run = bound(lab('home-address'));
    run.tell(UNBIND);
    run.network.advance(200_000);
    assert.deepEqual(deletions(run), [[0, 'home-address']]);
    assert.equal(run.events('binding-deleted').length, 1);
  });

  test('in the other reading when the first stays unanswered, and no third time', () => {
    const run = bound(lab('care-of-address'));
    run.tell(UNBIND);
    run.network.advance(200_000);
    assert.deepEqual(deletions(run), [
      [0, 'home-address'],
      [1, 'care-of-address'],
    ]);
    assert.equal(run.events('binding-deleted').length, 1);
    assert.deepEqual(
      run.correspondentRole.bindings().map(({ state }) => state),
      ['ended'],
    );
  });

  test('turn by turn while nobody answers', () => {
    const run = bound(lab('home-address', { mobile: { retransmissionLimit: 3 } }));
    run.network.path = { delayMs: 20, loss: 1 };
    run.tell(UNBIND);
    run.network.advance(100_000);
    assert.deepEqual(deletions(run), [
      [0, 'home-address'],
      [1, 'care-of-address'],
      [3, 'home-address'],
      [7, 'care-of-address'],
    ]);
    assert.equal(run.events('gave-up').length, 1);
  });

  for (const reading of READINGS) {
    test(`another member's binding, at a correspondent that reads ${reading}: deleted under its one number`, () => {
      const run = bound(lab(reading));
      const sequence = run.mobileRole.exportBinding(CORRESPONDENT)!.sequence!;
      run.tell({ kind: 'forget', correspondent: CORRESPONDENT });
      run.tell({ ...UNBIND, numbering: { kind: 'fixed', number: sequence + 1 }, careOfAddress: CARE_OF_2 });
      run.network.advance(5000);
      assert.deepEqual(
        run.events('binding-deleted').map((event) => event.sequence),
        [sequence + 1],
      );
      assert.equal(run.events('binding-rejected').length, 0);
      assert.deepEqual(
        run.correspondentRole.bindings().map(({ state }) => state),
        ['ended'],
      );
    });
  }

  test('keeps to the reading that a refusal for its sequence number has shown', () => {
    const run = bound(lab('care-of-address'));
    const { sequence = 0 } = run.mobileRole.exportBinding(CORRESPONDENT)!;
    run.tell({ kind: 'forget', correspondent: CORRESPONDENT });
    // Nothing is known of the numbers that were used: two before the last.
    const old = { correspondent: CORRESPONDENT, homeAddress: HOME_ADDRESS, sequence: sequence - 3 };
    run.tell({ kind: 'import', binding: old });
    run.tell({ ...START, careOfAddress: CARE_OF_1 });
    run.network.advance(100);
    run.tell(UNBIND);
    run.network.advance(5000);
    assert.deepEqual(
      run.events('binding-rejected').map(({ status, retrying }) => [status, retrying]),
      [[135, true]],
    );
    const [first, second, third, ...more] = deletions(run);
    assert.deepEqual(
      [first, second, third].map((one) => one?.[1]),
      ['home-address', 'care-of-address', 'care-of-address'],
    );
    assert.ok(third![0] < 1.1, `the third came after ${third![0]} s`);
    assert.deepEqual(more, []);
    assert.equal(run.events('binding-deleted').length, 1);
  });

  test('an acknowledgement in either reading is believed, in no other', () => {
    for (const [covered, deleted] of [
      [HOME_ADDRESS, 1],
      [CARE_OF_1, 1],
      [CARE_OF_2, 0],
    ] as const) {
      const run = bound(mip6Lab());
      run.network.path = { delayMs: 20, loss: 1 };
      run.tell(UNBIND);
      const token = run.correspondent.outputs.flatMap(({ output }) => {
        const message = output.kind === 'transmit' ? parseMobilityHeader(output.bytes).message : undefined;
        return message?.kind === 'home-test' ? [message.homeKeygenToken] : [];
      })[0]!;
      const kbm = new Uint8Array(createHash('sha1').update(token).digest());
      run.tell({ kind: 'datagram', datagram: answer(run, kbm, covered) });
      assert.equal(run.events('binding-deleted').length, deleted, covered);
    }
  });
});
