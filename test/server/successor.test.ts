import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inputBehind, lastUpdateWithin, positionAt } from '../../server/successor/position.ts';
import { Successor } from '../../server/successor/successor.ts';
import { DISPUTE_MS, RETEST_MS, SETTLING_MS } from '../../server/successor/successor-state.ts';
import type { SuccessorInput, SuccessorOutput } from '../../server/successor/successor-types.ts';
import { hasRoom, takeoverNumber } from '../../server/successor/takeover-number.ts';
import { aStanding, replicaState, servedByOne, silentMs } from '../support/survival-world.ts';

type State = ReturnType<typeof replicaState>;
const reason = 'a reason';
const octets = Uint8Array.of(1);
const port = 40_001;
const state = replicaState(port);
const replica = (number: number, takeover = 612, of = port) =>
  ({
    ...{ kind: 'replica', port: of, number, takeover, state: replicaState(of), applicationState: octets },
  }) as SuccessorInput<State>;
const standing = (sent: number, of = port, ahead = false) =>
  ({ kind: 'standing', port: of, standing: aStanding(state, sent), ahead }) as SuccessorInput<State>;

function polled(role: Successor<State>): readonly SuccessorOutput<State>[] {
  const all: SuccessorOutput<State>[] = [];
  for (let output = role.poll(); output !== undefined; output = role.poll()) all.push(output);
  return all;
}

const kinds = (role: Successor<State>): readonly string[] => polled(role).map(({ kind }) => kind);

/** One with its tokens, that is told all of this at `now`. */
function successor(
  inputs: readonly SuccessorInput<State>[],
  heardAt: () => number = () => 0,
): Successor<State> {
  const role = new Successor<State>({ silentMs, heardAt }, 0);
  for (const input of inputs) role.handle(input, 0);
  return role;
}

const routable = { kind: 'routable' } as const;
const gone = { kind: 'holder-gone' } as const;

/** Lets deadlines pass until `now`. */
function until(role: Successor<State>, now: number): void {
  for (let due = role.deadline(); due !== undefined && due <= now; due = role.deadline())
    role.handleTimeout(due);
}

test('a replica is acknowledged when the tokens for the Binding Update are here, and each further one at once', () => {
  const role = successor([replica(1)]);
  assert.deepEqual(kinds(role), ['test']);
  role.handle(replica(2, 612, 40_002), 10);
  role.handle(routable, 100);
  assert.deepEqual(polled(role), [{ kind: 'acknowledge', number: 2 }]);
  role.handle(replica(3), 200);
  role.handle({ kind: 'sequence', number: 4, takeover: 900 }, 300);
  assert.deepEqual(polled(role), [
    { kind: 'acknowledge', number: 3 },
    { kind: 'acknowledge', number: 4 },
  ]);
  role.handle(gone, 400);
  assert.deepEqual(polled(role), [{ kind: 'bind', sequence: 900 }]);
});

test('tokens are asked for anew before they are too old', () => {
  const role = successor([replica(1), routable]);
  polled(role);
  let heard = 0;
  const beaten = successor([replica(1), routable], () => heard);
  polled(beaten);
  heard = RETEST_MS;
  until(beaten, RETEST_MS);
  assert.deepEqual(kinds(beaten), ['test']);
  // As long as the client does not answer, the earlier ones are good.
  beaten.handle({ kind: 'unanswered', reason }, RETEST_MS + 1000);
  assert.deepEqual(kinds(beaten), []);
});

test('a client that never answers the tests is not kept', () => {
  const role = successor([replica(1)]);
  polled(role);
  role.handle({ kind: 'unanswered', reason }, 1000);
  assert.deepEqual(kinds(role), ['refuse', 'over']);
});

test('a holder is taken for dead when it has been silent, and not when this process has stood still', () => {
  const role = successor([replica(1), routable]);
  polled(role);
  until(role, silentMs - 1);
  assert.deepEqual(kinds(role), []);
  role.handleTimeout(silentMs + 5000);
  assert.deepEqual(kinds(role), []);
  assert.equal(role.deadline(), silentMs + 5000 + silentMs);
  until(role, 3 * silentMs + 5000);
  assert.equal(kinds(role)[0], 'bind');
});

test('probes follow each other soon at first, then as often as a client answers one', () => {
  const role = successor([replica(1), routable, gone]);
  polled(role);
  const times: number[] = [];
  for (let due = role.deadline(); due !== undefined && due < 2500; due = role.deadline()) {
    role.handleTimeout(due);
    times.push(...kinds(role).map(() => due));
  }
  assert.deepEqual(times, [1, 5, 21, 85, 515, 1025, 1535, 2045]);
});

test('every connection is asked, and goes on where its own client stands', () => {
  const role = successor([replica(1), replica(2, 612, 40_002), routable, gone]);
  until(role, 1);
  polled(role);
  role.handle(standing(1234), 80);
  const [served] = polled(role);
  assert.ok(served?.kind === 'serve');
  assert.deepEqual([served.port, served.position.sent, served.position.timestamp], [port, 1234, 78]);
  until(role, 5);
  assert.deepEqual(
    polled(role).map((output) => [output.kind, 'port' in output && output.port]),
    [['probe', 40_002]],
  );
  role.handle(standing(0, 40_002), 90);
  assert.deepEqual(kinds(role), ['serve']);
  until(role, 90 + SETTLING_MS);
  assert.deepEqual(polled(role), [{ kind: 'over', served: true }]);
});

test('an acknowledgement of what the new socket has not sent is where it goes on once more; others are its own affair', () => {
  const role = successor([replica(1), routable, gone, standing(1000)]);
  polled(role);
  role.handle(standing(2000), 200);
  assert.deepEqual(kinds(role), []);
  role.handle(standing(5000, port, true), 300);
  const [again] = polled(role);
  assert.ok(again?.kind === 'serve');
  assert.equal(again.position.sent, 5000);
});

test('a client that lacks octets from before the checkpoint is reset, and its binding goes', () => {
  const role = successor([replica(1), routable, gone, standing(-1)]);
  assert.deepEqual(kinds(role).slice(-3), ['break-off', 'let-go', 'over']);
});

test('a client that knows the connection no more leaves nothing here', () => {
  const role = successor([replica(1), routable, gone]);
  polled(role);
  const over = { ...aStanding(state, 0), over: true };
  role.handle({ kind: 'standing', port, standing: over, ahead: false }, 80);
  assert.deepEqual(kinds(role), ['let-go', 'over']);
});

for (const [received, lost] of [
  [0, true],
  [99, false],
  [100, false],
] as const)
  test(`of 100 octets that the client has sent behind the checkpoint it repeats ${received}: ${lost ? 'a reset' : 'it goes on'}`, () => {
    const role = successor([replica(1), routable, gone]);
    polled(role);
    const behind = { ...aStanding(state, 10), sequence: state.receiveNext + 100 };
    role.handle({ kind: 'standing', port, standing: behind, ahead: false }, 80);
    until(role, 80 + SETTLING_MS);
    assert.deepEqual(kinds(role), ['serve', 'check-input']);
    role.handle({ kind: 'received', port, octets: received }, 80 + SETTLING_MS);
    assert.deepEqual(kinds(role), lost ? ['break-off', 'over'] : ['over']);
    assert.equal(role.deadline(), undefined);
  });

test('status 135: the client is another member’s, unless it answers a probe', () => {
  const superseded = { kind: 'superseded', reason } as const;
  const another = successor([replica(1), routable, gone, superseded]);
  polled(another);
  until(another, DISPUTE_MS - 1);
  assert.equal(another.state, 'probing');
  until(another, DISPUTE_MS);
  assert.deepEqual(kinds(another).at(-1), 'stop');
  // Its own update was answered, and the answer lost: the retransmission has the same number.
  const own = successor([replica(1), routable, gone, superseded]);
  polled(own);
  own.handle(standing(10), 80);
  assert.deepEqual(kinds(own), ['renew', 'serve']);
  const late = successor([replica(1), routable, gone, standing(10)]);
  polled(late);
  late.handle(superseded, 1000);
  assert.deepEqual(kinds(late), ['renew']);
  late.handle(superseded, 1080);
  assert.deepEqual(kinds(late), ['stop']);
  const acknowledged = successor([
    replica(1),
    routable,
    gone,
    { kind: 'bound', sequence: 612 },
    standing(10),
  ]);
  polled(acknowledged);
  acknowledged.handle(superseded, 2000);
  assert.deepEqual(kinds(acknowledged), ['stop']);
});

test('a backup that asks a client which has come to it by a handoff meanwhile is over without a word; one that serves it goes on', () => {
  const here = { kind: 'served-here' } as const;
  const asking = successor([replica(1), routable, gone]);
  until(asking, 100);
  polled(asking);
  asking.handle(here, 200);
  assert.deepEqual(polled(asking), [{ kind: 'over', served: false }]);
  asking.handle(standing(10), 201);
  assert.deepEqual([kinds(asking), asking.finished], [[], true]);
  const testing = successor([replica(1), gone]);
  polled(testing);
  testing.handle(here, 200);
  assert.deepEqual(kinds(testing), ['over']);
  for (const inputs of [
    [replica(1), routable],
    [replica(1), routable, gone, standing(10)],
  ]) {
    const other = successor(inputs);
    polled(other);
    other.handle(here, 200);
    assert.deepEqual([kinds(other), other.finished], [[], false]);
  }
});

test('a backup whose holder is there again binds the client no more: it is its own only if it answers a probe', () => {
  const back = { kind: 'holder-back' } as const;
  const lives = successor([replica(1), routable, gone]);
  until(lives, 100);
  polled(lives);
  lives.handle(back, 10_000);
  assert.deepEqual(kinds(lives), ['hold-back', 'probe']);
  lives.handle({ kind: 'unanswered', reason }, 10_001);
  lives.handle(back, 10_002);
  assert.deepEqual(kinds(lives), [], 'no update is repeated');
  until(lives, 10_000 + DISPUTE_MS);
  assert.equal(kinds(lives).at(-1), 'stop');
  // Its update was answered, and the answer lost.
  const bound = successor([replica(1), routable, gone, back]);
  polled(bound);
  bound.handle(standing(10), 80);
  assert.deepEqual(kinds(bound), ['renew', 'serve']);
  const acknowledged = successor([replica(1), routable, gone, { kind: 'bound', sequence: 612 }, back]);
  assert.equal(kinds(acknowledged).includes('hold-back'), false);
  const early = successor([replica(1), gone, back]);
  assert.equal(kinds(early).at(-1), 'stop');
  // It was there, and is gone.
  const dead = successor([replica(1), routable, gone, back]);
  polled(dead);
  dead.handle(gone, 100);
  assert.deepEqual(kinds(dead), ['bind']);
  dead.handle({ kind: 'unanswered', reason }, 7000);
  assert.deepEqual(kinds(dead), ['bind']);
  const kept = successor([replica(1), routable, back]);
  assert.deepEqual([kinds(kept), kept.state], [['test', 'acknowledge'], 'kept']);
});

test('a backup that was cut off and took its holder for dead leaves the client alone when both are back', () => {
  const world = servedByOne();
  world.cut('two');
  world.run(10_000);
  const binds = (): number => world.member('two').done.filter((what) => what.startsWith('bind')).length;
  const before = binds();
  assert.ok(before > 1, 'it has asked again and again');
  world.heal('two');
  world.run(10_000);
  assert.equal(binds(), before);
  assert.deepEqual(
    world.member('two').done.filter((what) => !what.startsWith('bind')),
    ['hold-back', 'stop'],
  );
  assert.deepEqual([world.serving, world.history], [['one'], ['one']]);
});

test('a Binding Update that nobody answers is sent again under the same number', () => {
  const role = successor([replica(1), routable, gone]);
  polled(role);
  role.handle({ kind: 'unanswered', reason }, 60_000);
  assert.deepEqual(polled(role), [{ kind: 'bind', sequence: 612 }]);
});

test('the initial window passes what the client holds out of order', () => {
  const { position } = positionAt(state, { ...aStanding(state, 100), beyond: 14_000 });
  assert.equal(position.segments, 10 + 10);
  assert.equal(positionAt(state, aStanding(state, 100)).position.segments, 10);
  assert.equal(position.window, 500 << 7);
  assert.equal(
    positionAt(state, { ...aStanding(state, 0), timestampEcho: undefined }).position.timestamp,
    undefined,
  );
});

test('positions wrap around as sequence numbers do', () => {
  fc.assert(
    fc.property(
      fc.nat(0xffff_ffff),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      (sendUnacknowledged, sent) => {
        const of = { ...state, sendUnacknowledged };
        const { position, whyNot } = positionAt(of, aStanding(of, sent));
        assert.equal(position.sent, sent);
        assert.equal(whyNot === undefined, sent >= 0);
      },
    ),
  );
  assert.equal(
    inputBehind({ ...state, receiveNext: 0xffff_fff0 }, { ...aStanding(state, 0), sequence: 4 }),
    20,
  );
  assert.equal(inputBehind(state, { ...aStanding(state, 0), sequence: state.receiveNext - 5 }), 0);
});

test('a client that has sent beyond the window of the state says nothing that its kernel does not take', () => {
  assert.equal(lastUpdateWithin(1500, 1000, 500), 1500);
  assert.equal(lastUpdateWithin(1501, 1000, 500), 1000);
  assert.equal(lastUpdateWithin(900, 1000, 500), 900);
  assert.equal(lastUpdateWithin(400, 2 ** 32 - 50, 500), 400);
  assert.equal(lastUpdateWithin(451, 2 ** 32 - 50, 500), 2 ** 32 - 50);
});

test('the takeover number lies above the holder’s own, with room', () => {
  fc.assert(
    fc.property(fc.nat(0xffff), (sequence) => {
      const takeover = takeoverNumber(sequence);
      assert.ok(hasRoom(takeover, sequence));
      assert.ok(!hasRoom(takeover, takeover));
      assert.ok(!hasRoom(takeover, (takeover + 1) & 0xffff));
      assert.ok(!hasRoom(takeover, (takeover - 10) & 0xffff));
      assert.ok(!hasRoom(takeover, (sequence + 20_000) & 0xffff));
    }),
  );
});

// The two sides together.
