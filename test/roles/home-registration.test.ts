import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MobileNodeOutput } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { CARE_OF_1, CARE_OF_2, HOME_ADDRESS, HOME_AGENT } from '../support/mip6-addresses.ts';
import { mip6Lab } from '../support/mip6-lab.ts';

const REGISTER = {
  kind: 'register-home',
  homeAgent: HOME_AGENT,
  careOfAddress: CARE_OF_1,
  lifetimeSeconds: 300,
} as const;

function story(outputs: readonly { readonly output: MobileNodeOutput }[]): string[] {
  return outputs.flatMap(({ output }) => {
    if (output.kind === 'home-binding') return [`${output.phase} ${output.careOfAddress}`];
    return output.kind === 'transmit' ? [parseMobilityHeader(output.bytes).message.kind] : [];
  });
}

describe('home registration by the mobile node (RFC 6275 §11.7.1)', () => {
  test('pending before the update, active after the acknowledgement; the update is as §11.7.1 wants it', () => {
    const lab = mip6Lab();
    lab.tell({ ...REGISTER, sequence: 9 });
    lab.network.advance(40);
    assert.deepEqual(story(lab.mobile.outputs), [
      `pending ${CARE_OF_1}`,
      'binding-update',
      `active ${CARE_OF_1}`,
    ]);
    const sent = lab.mobile.outputs.flatMap(({ output }) => (output.kind === 'transmit' ? [output] : []))[0]!;
    assert.deepEqual([sent.homeAddressOption, sent.careOfAddress, sent.via], [true, CARE_OF_1, 'direct']);
    const { message } = parseMobilityHeader(sent.bytes);
    assert.ok(message.kind === 'binding-update');
    assert.ok(message.homeRegistration && message.acknowledge && message.sequence === 9);
    assert.deepEqual(message.options, [{ kind: 'alternate-care-of-address', address: CARE_OF_1 }]);
    assert.equal(lab.events('home-registered')[0]?.lifetimeSeconds, 300);
  });

  test('the first registration is retransmitted after 1.5, 3, 6, … 32 s, for ever', () => {
    const lab = mip6Lab({ path: { delayMs: 20, loss: 1 } });
    lab.tell(REGISTER);
    lab.network.advance(300_000);
    const at = lab.network.sent.map((sent) => sent.at / 1000);
    assert.deepEqual(at.slice(0, 9), [0, 1.5, 4.5, 10.5, 22.5, 46.5, 78.5, 110.5, 142.5]);
    lab.network.path = { delayMs: 20 };
    assert.ok(lab.network.run(() => lab.events('home-registered').length > 0, 33_000));
  });

  test('is renewed before it expires, and moves with the care-of address', () => {
    const lab = mip6Lab();
    lab.tell(REGISTER);
    lab.network.advance(1_000_000);
    assert.equal(lab.homeAgentRole.counters.get('binding.expired'), 0);
    assert.equal(lab.homeAgentRole.counters.get('accepted.updated'), 3);
    // A renewal leaves the tunnel as it is.
    const renewals = Array.from({ length: 3 }, () => 'binding-update');
    assert.deepEqual(story(lab.mobile.outputs).slice(3), renewals);
    const before = lab.mobile.outputs.length;
    lab.tell({ ...REGISTER, careOfAddress: CARE_OF_2 });
    lab.network.advance(100);
    assert.deepEqual(story(lab.mobile.outputs.slice(before)), [
      `pending ${CARE_OF_2}`,
      'binding-update',
      `active ${CARE_OF_2}`,
    ]);
    assert.equal(lab.homeAgentRole.bindings()[0]?.careOfAddress, CARE_OF_2);
  });

  test('a Binding Refresh Advice makes it renew earlier', () => {
    const lab = mip6Lab({ homeAgent: { refreshAdviceSeconds: 60 } });
    lab.tell(REGISTER);
    lab.network.advance(250_000);
    assert.deepEqual(
      lab.network.sent
        .filter(({ transmission }) => transmission.homeAddressOption)
        .map(({ at }) => Math.floor(at / 1000)),
      [0, 60, 120, 180, 240],
    );
  });

  test('135: a backup node with an old sequence number takes over all the same', () => {
    const lab = mip6Lab();
    lab.tell({ ...REGISTER, sequence: 1000 });
    lab.network.advance(100);
    lab.tell({ kind: 'forget-home' });
    const backup = mip6Lab({ seed: 7 });
    backup.network.act((now) => {
      const [taken] = lab.network.sent;
      assert.ok(taken !== undefined);
      backup.homeAgentRole.handle(
        { kind: 'datagram', datagram: taken.transmission, protectedByIpsec: true },
        now,
      );
    });
    backup.tell({ ...REGISTER, careOfAddress: CARE_OF_2, sequence: 990 });
    backup.network.advance(1000);
    const [rejected] = backup.events('home-registration-rejected');
    assert.deepEqual([rejected?.status, rejected?.retrying], [135, true]);
    assert.equal(backup.events('home-registered')[0]?.sequence, 1001);
  });

  test('a refusal is reported and clears the kernel', () => {
    const lab = mip6Lab({ homeAgent: { prohibited: [HOME_ADDRESS] } });
    lab.tell(REGISTER);
    lab.network.advance(100);
    const [rejected] = lab.events('home-registration-rejected');
    assert.deepEqual([rejected?.status, rejected?.retrying], [129, false]);
    assert.equal(story(lab.mobile.outputs).at(-1), `none ${CARE_OF_1}`);
    assert.equal(lab.mobileRole.deadline(), undefined);
  });

  test('a lifetime below the unit of the wire is a ProtocolError, not a deletion', () => {
    assert.throws(() => mip6Lab().tell({ ...REGISTER, lifetimeSeconds: 3 }), ProtocolError);
  });

  test('de-registration ends it on both sides', () => {
    const lab = mip6Lab();
    lab.tell(REGISTER);
    lab.network.advance(100);
    lab.tell({ kind: 'deregister-home' });
    lab.network.advance(100);
    assert.equal(lab.events('home-deregistered').length, 1);
    assert.equal(story(lab.mobile.outputs).at(-1), `none ${CARE_OF_1}`);
    assert.deepEqual(lab.homeAgentRole.bindings(), []);
    assert.equal(lab.mobileRole.deadline(), undefined);
  });

  test('without answers the registration expires but goes on being asked for', () => {
    const lab = mip6Lab();
    lab.tell(REGISTER);
    lab.network.advance(100);
    lab.network.path = { delayMs: 20, loss: 1 };
    lab.network.advance(400_000);
    assert.equal(lab.events('home-registration-expired').length, 1);
    assert.equal(
      story(lab.mobile.outputs)
        .filter((step) => step !== 'binding-update')
        .at(-1),
      `pending ${CARE_OF_1}`,
    );
    lab.network.path = { delayMs: 20 };
    lab.network.advance(33_000);
    assert.equal(lab.events('home-registered').length, 2);
  });
});
