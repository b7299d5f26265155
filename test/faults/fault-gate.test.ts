import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultGate, type GateOutput, type PlannedFault } from '../../nodes/fault-gate/fault-gate.ts';
import { type GateAddresses, type GateSignal, signalOf } from '../../nodes/fault-gate/signal-of.ts';
import {
  acknowledgement,
  bindingUpdate,
  careOf1,
  careOf2,
  client,
  contactAddress,
} from '../support/handoff-messages.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { channelPort, servicePort } from '../support/session-segments.ts';

const session: GateSignal = { kind: 'session' };
const toAcceptor = (sequence: number): GateSignal => ({ kind: 'channel', to: 'acceptor', sequence });
const toDonor = (sequence: number): GateSignal => ({ kind: 'channel', to: 'donor', sequence });
const mobility = (name: string, more: Partial<GateSignal & { kind: 'mobility' }> = {}): GateSignal => ({
  kind: 'mobility',
  name,
  ofAcceptor: false,
  ...more,
});

/** A gate with these faults in its sessions; `pass` gives what it does at a packet. */
function gateWith(...sessions: readonly (readonly PlannedFault[])[]) {
  const gate = new FaultGate({
    ...{ sessions, copyMs: 90, holdMs: 500, cutMs: 20_000 },
    toAcceptor: sessions.map(() => ['prepare', 'init']),
    toDonor: sessions.map(() => ['done']),
  });
  let id = 0;
  const outputs = (): readonly GateOutput[] => {
    const all: GateOutput[] = [];
    for (let output = gate.poll(); output !== undefined; output = gate.poll()) all.push(output);
    return all;
  };
  return {
    pass: (signal: GateSignal | undefined, now = 0) => {
      gate.handle({ kind: 'packet', id: id++, signal }, now);
      return outputs();
    },
    at: (now: number) => {
      gate.handleTimeout(now);
      return outputs();
    },
    deadline: () => gate.deadline(),
  };
}

const verdict = (id: number, passes = true): GateOutput => ({ kind: 'verdict', id, passes });

test('a packet of the plan is lost, once; what passed before the handoff began is none of it', () => {
  const gate = gateWith([{ signal: 'binding-update', fault: 'lost' }]);
  assert.deepEqual(gate.pass(session), [verdict(0)]);
  assert.deepEqual(gate.pass(mobility('binding-update')), [verdict(1)], 'the donor’s own');
  gate.pass(toAcceptor(10));
  assert.deepEqual(gate.pass(mobility('binding-update')), [
    { kind: 'applied', session: 0, signal: 'binding-update', fault: 'lost' },
    verdict(3, false),
  ]);
  assert.deepEqual(gate.pass(mobility('binding-update')), [verdict(4)], 'sent again it passes');
});

test('the second copy of a message is a packet of its own', () => {
  const gate = gateWith([{ signal: 'binding-update-2', fault: 'lost' }]);
  gate.pass(session);
  gate.pass(toAcceptor(1));
  assert.deepEqual(gate.pass(mobility('binding-update')), [verdict(2)]);
  assert.equal(gate.pass(mobility('binding-update'))[0]!.kind, 'applied');
});

test('a delayed packet goes on behind the next of the signalling, and in the end without one', () => {
  const planned: readonly PlannedFault[] = [{ signal: 'init', fault: 'delayed' }];
  const gate = gateWith(planned, planned);
  gate.pass(session);
  gate.pass(toAcceptor(10));
  assert.deepEqual(
    gate.pass(toAcceptor(20), 5).map(({ kind }) => kind),
    ['applied'],
  );
  assert.deepEqual(gate.pass(undefined, 6), [verdict(3)], 'data overtakes it and does not free it');
  assert.deepEqual(gate.pass(mobility('home-test'), 7), [verdict(4), verdict(2)]);
  assert.equal(gate.deadline(), undefined);
  gate.pass(session);
  gate.pass(toAcceptor(30));
  gate.pass(toAcceptor(40), 1000);
  assert.equal(gate.deadline(), 1500);
  assert.deepEqual(gate.at(1499), []);
  assert.deepEqual(gate.at(1500), [verdict(7)]);
});

test('a doubled packet passes, and comes a second time later', () => {
  const gate = gateWith([{ signal: 'done', fault: 'doubled' }]);
  gate.pass(session);
  gate.pass(toAcceptor(10));
  const [, passed] = gate.pass(toDonor(5), 100);
  assert.deepEqual(passed, verdict(2));
  assert.equal(gate.deadline(), 190);
  assert.deepEqual(gate.at(190), [{ kind: 'repeat', id: 2 }]);
});

test('an end is killed, or cut off for its time, behind the packet', () => {
  for (const [fault, output] of [
    ['donor-killed', { kind: 'kill', member: 'donor' }],
    ['acceptor-killed', { kind: 'kill', member: 'acceptor' }],
    ['donor-cut-off', { kind: 'cut', member: 'donor' }],
    ['acceptor-cut-off', { kind: 'cut', member: 'acceptor' }],
  ] as const) {
    const gate = gateWith([{ signal: 'prepare', fault }]);
    gate.pass(session);
    assert.deepEqual(gate.pass(toAcceptor(1), 10).slice(1), [verdict(1), output], fault);
    const cut = fault.endsWith('off');
    assert.equal(gate.deadline(), cut ? 20_010 : undefined);
    if (cut) assert.deepEqual(gate.at(20_010), [{ kind: 'heal', member: output.member }]);
  }
});

test('each session has its own faults, two of them where two are planned; a segment sent again is the same frame', () => {
  const gate = gateWith(
    [],
    [
      { signal: 'init', fault: 'lost' },
      { signal: 'binding-acknowledgement', fault: 'lost' },
    ],
  );
  gate.pass(session);
  gate.pass(toAcceptor(1));
  assert.deepEqual(gate.pass(toAcceptor(2)), [verdict(2)], 'the first session has none');
  gate.pass(session);
  gate.pass(toAcceptor(3));
  assert.deepEqual(gate.pass(toAcceptor(3)), [verdict(5)], 'Prepare again');
  assert.equal(gate.pass(toAcceptor(4))[0]!.kind, 'applied');
  assert.equal(gate.pass(mobility('binding-acknowledgement'))[0]!.kind, 'applied');
});

test('the answers to the donor’s updates for the acceptor are told apart, whatever number they have', () => {
  const second = 'binding-acknowledgement-in-band-2';
  const gate = gateWith([{ signal: second, fault: 'lost' }]);
  gate.pass(session);
  gate.pass(toAcceptor(1));
  gate.pass(mobility('binding-acknowledgement-in-band', { inBand: 7 }));
  gate.pass(mobility('binding-update-in-band', { inBand: 8 }));
  gate.pass(mobility('binding-update-in-band', { inBand: 9 }));
  gate.pass(mobility('binding-acknowledgement-in-band', { inBand: 8 }));
  // The acceptor's own, number 10, came between: the client answers the donor's second with that.
  const [applied] = gate.pass(mobility('binding-acknowledgement-in-band', { inBand: 10 }));
  assert.equal(applied!.kind, 'applied');
});

test('what the donor does for its own binding while a handoff is prepared is no packet of the handoff', () => {
  const planned = (signal: string): PlannedFault => ({ signal, fault: 'lost' });
  const names = ['home-test-init-relayed', 'home-test', 'binding-acknowledgement-in-band'];
  const gate = gateWith(names.map(planned));
  gate.pass(session);
  gate.pass(toAcceptor(1));
  const applied = (signal: GateSignal): boolean => gate.pass(signal)[0]!.kind === 'applied';
  assert.equal(applied(mobility('home-test-init-relayed', { cookie: 'own' })), false);
  assert.equal(applied(mobility('home-test-init', { cookie: 'theirs', ofAcceptor: true })), false);
  assert.equal(applied(mobility('home-test', { cookie: 'own' })), false);
  assert.equal(applied(mobility('home-test-init-relayed', { cookie: 'theirs' })), true);
  assert.equal(applied(mobility('home-test', { cookie: 'theirs' })), true);
  assert.equal(
    applied(mobility('binding-acknowledgement-in-band', { inBand: 7 })),
    false,
    'of its own update',
  );
  assert.equal(applied(mobility('binding-update-in-band', { inBand: 8 })), false);
  assert.equal(applied(mobility('binding-acknowledgement-in-band', { inBand: 8 })), true);
  // A further session knows nothing of these.
  gate.pass(session);
  gate.pass(toAcceptor(2));
  assert.equal(gate.pass(mobility('home-test', { cookie: 'theirs' })).length, 1);
});

const addresses: GateAddresses = {
  client,
  donor: careOf1,
  acceptor: careOf2,
  contactAddress,
  servicePort,
  channelPort,
};

test('every packet of a session’s script is taken for what it is', () => {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, initAtMs: 203, initBodyOctets: 91 });
  const names = script.hops.map(({ label, packet }) => {
    const signal = signalOf(packet, addresses);
    if (signal === undefined) return [label, ''];
    if (signal.kind === 'session') return [label, 'session'];
    return [label, signal.kind === 'mobility' ? signal.name : `to ${signal.to}`];
  });
  assert.deepEqual(Object.fromEntries(names), {
    'channel-syn': '',
    'channel-syn-ack': '',
    'hello-2': 'to donor',
    'hello-1': 'to acceptor',
    syn: 'session',
    ...Object.fromEntries(
      ['syn-ack', 'ack', 'request', 'donor-data-1', 'donor-data-2', 'ack-1', 'ack-2'].map((label) => [
        label,
        '',
      ]),
    ),
    init: 'to acceptor',
    'hoti-tunnelled': 'home-test-init',
    coti: 'care-of-test-init',
    hoti: 'home-test-init-relayed',
    cot: 'care-of-test',
    hot: 'home-test',
    'hot-tunnelled': 'home-test-relayed',
    bu: 'binding-update',
    ba: 'binding-acknowledgement',
    done: 'to donor',
    ...Object.fromEntries(
      ['acceptor-data-1', 'acceptor-data-2', 'client-fin', 'last-ack'].map((label) => [label, '']),
    ),
    'bu-delete': '',
    'ba-delete': 'binding-acknowledgement',
  });
  assert.equal(signalOf(new Uint8Array(7), addresses), undefined, 'what is no packet passes');
});

test('of the donor’s updates those that name another address are in band, and no others', () => {
  const script = new HandoffScript();
  const update = bindingUpdate(420, 40);
  assert.ok(update.kind === 'binding-update');
  const alternate = { kind: 'alternate-care-of-address', address: careOf2 } as const;
  script.donorToClient('own', 0, update);
  script.donorToClient('in-band', 1, { ...update, options: [alternate, ...update.options] });
  script.clientToDonor('answer', 2, acknowledgement(0, 40));
  script.toClient('acceptors', 3, update);
  assert.deepEqual(
    script.hops.map(({ packet }) => signalOf(packet, addresses)),
    [
      undefined,
      { kind: 'mobility', name: 'binding-update-in-band', ofAcceptor: false, inBand: 40 },
      { kind: 'mobility', name: 'binding-acknowledgement-in-band', ofAcceptor: false, inBand: 40 },
      { kind: 'mobility', name: 'binding-update', ofAcceptor: true },
    ],
  );
});
