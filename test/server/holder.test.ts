import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Holder } from '../../server/successor/holder.ts';
import type { HolderInput, HolderOutput } from '../../server/successor/holder-types.ts';
import { KeptConnections } from '../../server/successor/kept-connections.ts';
import { contact, replicaState, theClient } from '../support/survival-world.ts';

const octets = Uint8Array.of(1);
const port = 40_001;
const checkpoint = { kind: 'checkpoint', port, tcpState: octets, applicationState: octets } as const;
const chosen = { kind: 'chosen', backup: contact } as const;
const acknowledged = (number: number) => ({ kind: 'acknowledged', number }) as const;

/** A holder whose client is bound, what it has said to all of these inputs, and the protection that was told last. */
function holderTold(...inputs: readonly HolderInput[]) {
  const holder = new Holder({
    client: theClient,
    contactAddress: contact,
    lastSequence: () => 100,
    isBound: () => true,
    silentMs: () => 500,
  });
  const said: HolderOutput[] = [];
  const tell = (input: HolderInput): void => {
    holder.handle(input, 0);
    for (let output = holder.poll(); output !== undefined; output = holder.poll()) said.push(output);
  };
  for (const input of inputs) tell(input);
  const protections = said.flatMap((one) => (one.kind === 'protection' ? [one.protection.kind] : []));
  return { tell, said, protections };
}

test('an acknowledgement of what was never sent protects nothing, and an older one takes nothing back', () => {
  const early = holderTold(checkpoint, chosen, acknowledged(2));
  assert.notEqual(early.protections.at(-1), 'protected');
  const late = holderTold(
    checkpoint,
    chosen,
    acknowledged(1),
    { ...checkpoint, port: port + 1 },
    acknowledged(2),
  );
  assert.equal(late.protections.at(-1), 'protected');
  const before = late.said.length;
  late.tell(acknowledged(1));
  late.tell(checkpoint);
  late.tell(acknowledged(2));
  const { protections } = holderTold(checkpoint, chosen, acknowledged(1), checkpoint, acknowledged(1));
  assert.equal(late.said.slice(before).filter(({ kind }) => kind === 'send-replica').length, 1);
  assert.equal(protections.at(-1), 'pending', 'the newer checkpoint has not been acknowledged');
});

test('a client that leaves twice is given up once: its number is burnt once, and the question about it can still be asked', () => {
  const { said, tell } = holderTold(checkpoint, chosen, { kind: 'leaving' });
  const before = said.length;
  tell({ kind: 'leaving' });
  assert.deepEqual(said.slice(before), []);
  tell({ kind: 'staying' });
  assert.deepEqual(
    said.slice(before).flatMap((one) => (one.kind === 'protection' ? [] : [one.kind])),
    ['contest'],
  );
});

test('input of a connection that is not gated, or not kept, goes with nothing: the backup cannot say that it has it', () => {
  const kept = new KeptConnections();
  const piece = { sequence: 0, octets, ends: false };
  assert.equal(kept.input(port, piece), false);
  kept.keep({ port, state: replicaState(port), applicationState: octets });
  assert.equal(kept.input(port, piece), false);
  assert.equal(kept.inputOctets(port), 0);
});
