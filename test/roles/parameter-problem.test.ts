import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Transmission } from '../../mip6/roles/shared/datagram.ts';
import { emitIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import { homeAddressHeader } from '../support/home-address-header.ts';
import { CARE_OF_1, CORRESPONDENT, STRANGER } from '../support/mip6-addresses.ts';
import { type Mip6Lab, mip6Lab } from '../support/mip6-lab.ts';

const START = {
  kind: 'start-return-routability',
  correspondent: CORRESPONDENT,
  careOfAddress: CARE_OF_1,
} as const;
const BIND = { kind: 'bind', correspondent: CORRESPONDENT, lifetimeSeconds: 420, acknowledge: true } as const;
const NO_MOBILITY_HEADER = { code: 1, pointer: 6 };

/** What a host answers that cannot read `sent`. */
function problem(sent: Transmission, { code, pointer } = NO_MOBILITY_HEADER, nextHeader = 135): Uint8Array {
  const { source, destination, careOfAddress, homeAddressOption, bytes } = sent;
  const away = homeAddressOption === true && careOfAddress !== undefined;
  const packet = emitIpv6({
    source: away ? careOfAddress : source,
    destination,
    nextHeader,
    payload: bytes,
    extensionHeaders: away ? [homeAddressHeader(source)] : [],
  });
  return Uint8Array.from([4, code, 0, 0, 0, 0, 0, pointer, ...packet]);
}

function answer(lab: Mip6Lab, bytes: Uint8Array, source = CORRESPONDENT): void {
  lab.tell({ kind: 'parameter-problem', source, bytes });
}

function sent(lab: Mip6Lab): Transmission[] {
  return lab.mobile.outputs.flatMap(({ output }) => (output.kind === 'transmit' ? [output] : []));
}

function asked(): Mip6Lab {
  const lab = mip6Lab({ path: { delayMs: 20, loss: 1 } });
  lab.tell(START);
  lab.tell(BIND);
  return lab;
}

describe('ICMPv6 Parameter Problem (RFC 6275 §11.3.5)', () => {
  for (const [index, step] of (['home-test', 'care-of-test'] as const).entries()) {
    test(`in answer to the ${step} init ends everything at once, and for a while`, () => {
      const lab = asked();
      answer(lab, problem(sent(lab)[index]!));
      assert.deepEqual(lab.events('mobility-unsupported'), [
        { kind: 'mobility-unsupported', correspondent: CORRESPONDENT },
      ]);
      assert.deepEqual(lab.events('gave-up'), [{ kind: 'gave-up', correspondent: CORRESPONDENT, step }]);
      assert.equal(lab.mobileRole.deadline(), undefined);
      const before = sent(lab).length;
      lab.network.advance(419_000);
      lab.tell(START);
      lab.tell(BIND);
      assert.equal(sent(lab).length, before);
      assert.equal(lab.events('gave-up').length, 2);
      lab.network.advance(2000);
      lab.tell(START);
      assert.equal(sent(lab).length, before + 2);
    });
  }

  test('says nothing any more of one that has been bound since: it is asked, and its next answer counts', () => {
    const lab = asked();
    answer(lab, problem(sent(lab)[0]!));
    const before = sent(lab).length;
    lab.tell({ ...START, bound: true });
    assert.equal(sent(lab).length, before + 2);
    answer(lab, problem(sent(lab).at(-1)!));
    assert.equal(lab.events('gave-up').length, 2);
    lab.tell(START);
    assert.equal(sent(lab).length, before + 2);
    lab.network.path = { delayMs: 20 };
    lab.tell({ ...START, bound: true });
    lab.tell(BIND);
    lab.network.advance(1000);
    assert.equal(lab.events('binding-acknowledged').length, 1);
  });

  test('in answer to a Binding Update, Home Address option and all', () => {
    const lab = mip6Lab();
    lab.tell(START);
    lab.network.advance(100);
    lab.network.path = { delayMs: 20, loss: 1 };
    lab.tell(BIND);
    answer(lab, problem(sent(lab).at(-1)!));
    assert.deepEqual(
      lab.events('gave-up').map(({ step }) => step),
      ['binding-update'],
    );
    const last = lab.mobile.outputs.findLast(({ output }) => output.kind === 'binding')?.output;
    assert.equal(last?.kind === 'binding' && last.phase, 'none');
  });

  test('is believed only with a message of ours in it that waits for an answer, from the node it was sent to', () => {
    const lab = asked();
    const [homeTestInit] = sent(lab) as [Transmission];
    const otherCookie = { ...homeTestInit, bytes: Uint8Array.from(homeTestInit.bytes) };
    otherCookie.bytes[15]! ^= 1;
    answer(lab, problem(homeTestInit), STRANGER);
    answer(lab, problem({ ...homeTestInit, destination: STRANGER }));
    answer(lab, problem(otherCookie));
    answer(lab, problem(homeTestInit, { code: 0, pointer: 4 }));
    answer(lab, problem(homeTestInit, { code: 2, pointer: 42 }));
    answer(lab, problem(homeTestInit, NO_MOBILITY_HEADER, 6));
    answer(lab, problem(homeTestInit).subarray(0, 40));
    answer(lab, problem(homeTestInit).subarray(0, 60));
    const counters = lab.mobileRole.counters.snapshot();
    assert.equal(counters['received.parameter-problem'], 8);
    assert.equal(counters['discarded.unmatched-parameter-problem'], 6);
    assert.equal(counters['discarded.option-unrecognized-by-correspondent'], 1);
    assert.equal(counters['discarded.malformed'], 1);
    assert.deepEqual(lab.events('mobility-unsupported'), []);
    assert.notEqual(lab.mobileRole.deadline(), undefined);
  });

  test('from a correspondent that holds an acknowledged binding: only counted, the update is sent again', () => {
    const lab = mip6Lab();
    lab.tell(START);
    lab.tell({ ...BIND, refresh: true });
    lab.network.advance(1000);
    lab.network.path = { delayMs: 20, loss: 1 };
    lab.tell({ ...BIND, refresh: true });
    answer(lab, problem(sent(lab).at(-1)!));
    assert.equal(lab.mobileRole.counters.snapshot()['discarded.parameter-problem-while-bound'], 1);
    assert.deepEqual(lab.events('gave-up'), []);
    lab.network.path = { delayMs: 20 };
    lab.network.advance(5000);
    assert.equal(lab.events('binding-acknowledged').length, 2);
  });
});
