import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aStanding, replicaState, SurvivalWorld, theClient } from '../support/survival-world.ts';

const [port, another] = [40_001, 40_002];

/** Member `two` serves the client’s first connection, which member `one` had; of the second one the client has said nothing yet, if there is one. */
function taken(ports: readonly number[]): SurvivalWorld {
  const world = new SurvivalWorld(ports);
  world.begin('one');
  world.run(1000);
  world.silent.add(another);
  world.kill('one');
  world.run(200);
  assert.deepEqual(served(world), [port]);
  return world;
}

const served = (world: SurvivalWorld): readonly number[] =>
  world.member('two').done.flatMap((what) => (what.startsWith('serve ') ? Number(what.split(' ')[1]) : []));

const says = (world: SurvivalWorld, of: number, sequence: number): void => {
  const standing = { ...aStanding(replicaState(of), 5000), sequence };
  const input = { kind: 'standing', port: of, standing, ahead: true } as const;
  world.tell('two', { kind: 'of-replica', client: theClient, input });
};

test('what a client acknowledges that leaves its new member makes no second socket of a connection that is frozen there', () => {
  const world = taken([port]);
  assert.equal(world.member('two').endpoint.whyStays(theClient), undefined);
  world.tell('two', { kind: 'leaving', client: theClient });
  says(world, port, 1000);
  assert.deepEqual(served(world), [port]);
  // Of one that stays it does.
  const stays = taken([port]);
  says(stays, port, 1000);
  assert.deepEqual(served(stays), [port, port]);
});

test('a client of which a connection has not been taken over yet is not handed off, and is soon', () => {
  const world = taken([port, another]);
  const whyStays = (): string | undefined => world.member('two').endpoint.whyStays(theClient);
  assert.match(whyStays() ?? '', /other connections are being taken over/);
  world.silent.clear();
  world.run(1000);
  assert.deepEqual(served(world), [port, another]);
  assert.equal(whyStays(), undefined);
});

/** The same of one connection, whose client answers when it has sent up to `sequence`. */
function takenAt(sequence: number): SurvivalWorld {
  const world = new SurvivalWorld([port]);
  world.begin('one');
  world.run(1000);
  world.silent.add(port);
  world.kill('one');
  world.run(200);
  says(world, port, sequence);
  return world;
}

test('nor is one that has sent octets to the member that died, before it is known whether they are lost', () => {
  const world = takenAt(1000 + 500);
  const whyStays = (): string | undefined => world.member('two').endpoint.whyStays(theClient);
  assert.match(whyStays() ?? '', /octets that nobody has/);
  world.run(11_000);
  assert.equal(world.member('two').done.at(-1), 'check-input');
  world.tell('two', {
    kind: 'of-replica',
    client: theClient,
    input: { kind: 'received', port, octets: 500 },
  });
  assert.equal(whyStays(), undefined);
  // A client that has only closed its side has lost nothing.
  const closed = takenAt(1000 + 1);
  assert.deepEqual(served(closed), [port]);
  assert.equal(closed.member('two').endpoint.whyStays(theClient), undefined);
});
