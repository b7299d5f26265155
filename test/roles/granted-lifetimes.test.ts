import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emitAuthenticated } from '../../mip6/wire/binding-authorization-data.ts';
import { BindingStatus } from '../../mip6/wire/constants.ts';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import type { MobilityOption } from '../../mip6/wire/mobility-options.ts';
import { keyOf, type Tokens } from '../support/hand-made-mobile-node.ts';
import { CARE_OF_1, CORRESPONDENT, HOME_ADDRESS, HOME_AGENT } from '../support/mip6-addresses.ts';
import { type Mip6Lab, mip6Lab } from '../support/mip6-lab.ts';

const START = { kind: 'start-return-routability', correspondent: CORRESPONDENT } as const;
const BIND = { kind: 'bind', correspondent: CORRESPONDENT, acknowledge: true, refresh: true } as const;
const advice = (intervalSeconds: number): MobilityOption => ({
  kind: 'binding-refresh-advice',
  intervalSeconds,
});

function updates(lab: Mip6Lab): readonly { readonly at: number; readonly sequence: number }[] {
  return lab.mobile.outputs.flatMap(({ at, output }) => {
    if (output.kind !== 'transmit') return [];
    const { message } = parseMobilityHeader(output.bytes);
    return message.kind === 'binding-update' ? [{ at, sequence: message.sequence }] : [];
  });
}

/** A binding of 100 s is asked for, and the correspondent’s acknowledgement grants this. */
function boundFor(lifetimeSeconds: number, options: readonly MobilityOption[] = [], asked = 100): Mip6Lab {
  const lab = mip6Lab();
  lab.tell({ ...START, careOfAddress: CARE_OF_1 });
  lab.network.advance(100);
  const tokens: Partial<Record<'home' | 'careOf', Uint8Array>> = {};
  for (const { output } of lab.correspondent.outputs) {
    const message = output.kind === 'transmit' ? parseMobilityHeader(output.bytes).message : undefined;
    if (message?.kind === 'home-test') tokens.home = message.homeKeygenToken;
    if (message?.kind === 'care-of-test') tokens.careOf = message.careOfKeygenToken;
  }
  lab.network.path = { delayMs: 20, loss: 1 };
  lab.tell({ ...BIND, lifetimeSeconds: asked });
  const { sequence } = updates(lab)[0]!;
  const message = {
    kind: 'binding-acknowledgement',
    status: BindingStatus.accepted,
    keyManagement: false,
    sequence,
    lifetimeSeconds,
    options,
  } as const;
  const ends = { source: CORRESPONDENT, destination: HOME_ADDRESS };
  const bytes = emitAuthenticated(message, keyOf(tokens as Tokens, false), CARE_OF_1, CORRESPONDENT, ends);
  lab.tell({ kind: 'datagram', datagram: { ...ends, careOfAddress: CARE_OF_1, bytes } });
  return lab;
}

/** The same of a home registration. */
function registeredFor(lifetimeSeconds: number, options: readonly MobilityOption[] = []): Mip6Lab {
  const lab = mip6Lab();
  lab.network.path = { delayMs: 20, loss: 1 };
  const what = { homeAgent: HOME_AGENT, careOfAddress: CARE_OF_1, lifetimeSeconds: 100 };
  lab.tell({ kind: 'register-home', ...what });
  const { sequence } = updates(lab)[0]!;
  const content = {
    status: BindingStatus.accepted,
    keyManagement: false,
    sequence,
    lifetimeSeconds,
    options,
  };
  const ends = { source: HOME_AGENT, destination: HOME_ADDRESS };
  const bytes = emitMobilityHeader({ kind: 'binding-acknowledgement', ...content }, ends);
  lab.tell({ kind: 'datagram', datagram: { ...ends, careOfAddress: CARE_OF_1, bytes } });
  return lab;
}

describe('a correspondent’s binding', () => {
  for (const [granted, kept] of [
    [400, 100],
    [262_140, 100],
    [100, 100],
    [40, 40],
  ] as const) {
    test(`100 s asked for, ${granted} s granted: kept for ${kept} s (§11.7.3)`, () => {
      const lab = boundFor(granted);
      assert.equal(lab.events('binding-acknowledged')[0]?.lifetimeSeconds, kept);
      assert.equal(lab.mobileRole.bindings(lab.network.now)[0]?.lifetimeMs, kept * 1000);
    });
  }

  test('never longer than MAX_RR_BINDING_LIFETIME (§5.2.7)', () => {
    const lab = boundFor(1000, [], 1000);
    assert.equal(lab.mobileRole.bindings(lab.network.now)[0]?.lifetimeMs, 420_000);
  });

  test('a Binding Refresh Advice is a home agent’s alone to give (§6.2.4)', () => {
    const lab = boundFor(100, [advice(8)]);
    const { at: bound } = updates(lab)[0]!;
    lab.network.advance(80_000);
    assert.equal(updates(lab).length, 1);
    lab.network.advance(11_000);
    assert.deepEqual(updates(lab)[1]?.at, bound + 90_000);
  });
});

describe('a home registration', () => {
  for (const [granted, kept] of [
    [400, 100],
    [40, 40],
  ] as const) {
    test(`100 s asked for, ${granted} s granted: renewed as one of ${kept} s, and told so`, () => {
      const lab = registeredFor(granted);
      assert.equal(lab.events('home-registered')[0]?.lifetimeSeconds, kept);
      lab.network.advance(kept * 900);
      assert.deepEqual(
        updates(lab).map(({ at }) => at),
        [0, kept * 900],
      );
    });
  }

  test('an advice is followed when it is shorter than our own time, else not', () => {
    for (const [interval, renewed] of [
      [8, 8000],
      [92, 90_000],
      [400, 90_000],
    ] as const) {
      const lab = registeredFor(100, [advice(interval)]);
      lab.network.advance(95_000);
      assert.equal(updates(lab)[1]?.at, renewed);
    }
  });
});
