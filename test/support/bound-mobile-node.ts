import assert from 'node:assert/strict';
import type { MobileNodeOutput } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { CARE_OF_1, CORRESPONDENT } from './mip6-addresses.ts';
import type { Mip6Lab } from './mip6-lab.ts';

/** Inputs of a mobile node about the correspondent. */
export const BIND = {
  kind: 'bind',
  correspondent: CORRESPONDENT,
  lifetimeSeconds: 420,
  acknowledge: true,
} as const;
export const START = { kind: 'start-return-routability', correspondent: CORRESPONDENT } as const;

/** A client that this mobile node has bound. */
export function bound(lab: Mip6Lab, careOfAddress = CARE_OF_1, refresh = false): Mip6Lab {
  lab.tell({ ...START, careOfAddress });
  lab.tell({ ...BIND, refresh });
  const before = lab.events('binding-acknowledged').length;
  assert.ok(lab.network.run(() => lab.events('binding-acknowledged').length > before, 10_000));
  return lab;
}

/** Kernel phases and messages in order: `pending`, `binding-update`, `active`, … */
export function story(outputs: readonly { readonly output: MobileNodeOutput }[]): string[] {
  return outputs.flatMap(({ output }) => {
    if (output.kind === 'binding') return [output.phase];
    return output.kind === 'transmit' ? [parseMobilityHeader(output.bytes).message.kind] : [];
  });
}

/** The Binding Updates that have left, each with its time. */
export function updates(lab: Mip6Lab) {
  return lab.mobile.outputs.flatMap(({ at, output }) => {
    if (output.kind !== 'transmit') return [];
    const { message } = parseMobilityHeader(output.bytes);
    return message.kind === 'binding-update' ? [{ at, sequence: message.sequence, message }] : [];
  });
}
