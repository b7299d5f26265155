import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import type { ConnectionEnds } from '../../server/admission/connection-ends.ts';
import { GroupAddresses } from '../../server/admission/group-addresses.ts';
import { HandoffEndpoint } from '../../server/handoff/endpoint.ts';
import type { EndpointInput, EndpointOutput } from '../../server/handoff/endpoint-types.ts';
import type { HandoffFrame } from '../../server/handoff/frames.ts';
import { MOST_REMEMBERED } from '../../server/recently-ended.ts';
import { wholeAxes } from '../../server/variants/axes.ts';
import { decodeAxes, encodeAxes, type HandoffAxes, handoffVariant } from '../../server/variants/variants.ts';
import { HandoffWorld, type Mishaps } from '../support/handoff-world.ts';

const client = ipv6('2001:db8:c::2');
const contactAddress = ipv6('2001:db8:1::100');
const [self, peer, third] = ['2001:db8:1::2', '2001:db8:2::2', '2001:db8:3::2'].map((text) => ipv6(text)) as [
  ReturnType<typeof ipv6>,
  ReturnType<typeof ipv6>,
  ReturnType<typeof ipv6>,
];
const servicePort = 80;
const nothing = new Uint8Array(0);
const variant = handoffVariant('drain+advance-rr');

function endpoint({ variants = true, sequence = 41 as number | 'none' } = {}) {
  const role = new HandoffEndpoint<ConnectionEnds>({
    ...{ contactAddress, servicePort, doneTimeoutMs: 1000, leaseMs: 300 },
    group: new GroupAddresses([
      [contactAddress, 'contact address'],
      [self, 'care-of address'],
    ]),
    attentionTo: () => undefined,
    takesClaims: () => true,
    takesVariants: () => variants,
    decode: () => ({
      local: { address: contactAddress, port: servicePort },
      remote: { address: client, port: 4000 },
    }),
    lastSequence: () => (sequence === 'none' ? undefined : sequence),
  });
  const outputs = (): EndpointOutput<ConnectionEnds>[] => {
    const all: EndpointOutput<ConnectionEnds>[] = [];
    for (let output = role.poll(); output !== undefined; output = role.poll()) all.push(output);
    return all;
  };
  const tell = (input: EndpointInput, now = 0): readonly string[] => {
    role.handle(input, now);
    return outputs().map(inWords);
  };
  const hears = (from: typeof peer, frame: HandoffFrame, now = 0): readonly string[] =>
    tell({ kind: 'frame', from, frame }, now);
  return { role, outputs, tell, hears };
}

function inWords(output: EndpointOutput<ConnectionEnds>): string {
  switch (output.kind) {
    case 'send': {
      const { frame, to } = output;
      const more =
        frame.kind === 'refuse' ? ` bound=${frame.bound}` : frame.kind === 'done' ? ` ${frame.sequence}` : '';
      return `${frame.kind}${more} to ${to}`;
    }
    case 'received':
      return `${output.frame.kind} received`;
    case 'discarded':
      return `discarded: ${output.reason}`;
    case 'test-home':
      return output.kind;
    case 'fell-back':
      return `fell back: ${output.rules.join()}`;
    case 'of-donation':
    case 'of-arrival':
      return output.output.kind;
    default:
      return output satisfies never;
  }
}

const init = (handoff: number): HandoffFrame => ({
  ...{ kind: 'init', handoff, client, contactAddress, variant: encodeAxes(variant), sequence: 41 },
  ...{ tcpState: Uint8Array.of(1), applicationState: nothing },
});
const prepare = (handoff: number, axes: HandoffAxes = variant): HandoffFrame => ({
  ...{ kind: 'prepare', handoff, client, contactAddress, variant: encodeAxes(axes) },
});
const donation = { kind: 'donate', client, acceptor: peer, connections: [0], variant, waitMs: 0 } as const;

/** A donor whose client the acceptor has taken, `count` times. */
function handedOff(count = 1) {
  const member = endpoint();
  for (let handoff = 1; handoff <= count; handoff++) {
    donates(member);
    const said = member.hears(peer, { kind: 'done', handoff, sequence: 42 });
    assert.deepEqual(said, ['handed-off', `released to ${peer}`]);
  }
  return member;
}

function donates({ tell }: Pick<ReturnType<typeof endpoint>, 'tell'>): void {
  tell(donation);
  const of = (input: Extract<EndpointInput, { kind: 'of-donation' }>['input']) =>
    tell({ kind: 'of-donation', client, input });
  of({ kind: 'last-send-returned', connection: 0 });
  of({ kind: 'drained', connection: 0 });
  const state = { tcpState: Uint8Array.of(1), applicationState: nothing };
  assert.deepEqual(of({ kind: 'extracted', connection: 0, state, sequence: 41 }), [`init to ${peer}`]);
}

/** An acceptor that has had the client for good under number 42, in each of these handoffs. */
function settled(count = 1) {
  const member = endpoint({ sequence: 42 });
  let now = 0;
  for (let handoff = 1; handoff <= count; handoff++) {
    now += 1000;
    member.hears(peer, init(handoff), now);
    const { tell } = member;
    tell({ kind: 'of-arrival', arrival: handoff, input: { kind: 'restored' } }, now);
    tell({ kind: 'answer', answer: { client, kind: 'routable' } }, now);
    tell({ kind: 'answer', answer: { client, kind: 'bound', sequence: 42 } }, now);
    assert.deepEqual(member.hears(peer, { kind: 'released', handoff }, now), ['settled']);
  }
  return member;
}

test('Done again, because Released was lost, is answered by Released again: for the acceptor of the handoff alone', () => {
  const { hears } = handedOff();
  assert.deepEqual(hears(third, { kind: 'done', handoff: 1, sequence: 42 }), []);
  assert.deepEqual(hears(peer, { kind: 'done', handoff: 2, sequence: 42 }), [], 'a handoff that never was');
  for (let time = 0; time < 3; time++)
    assert.deepEqual(hears(peer, { kind: 'done', handoff: 1, sequence: 42 }), [`released to ${peer}`]);
  assert.deepEqual(hears(peer, { kind: 'claim', handoff: 1 }), [`grant to ${peer}`]);
  assert.deepEqual(hears(third, { kind: 'claim', handoff: 1 }), [`cancel to ${third}`]);
});

test('Cancel of a handoff that is settled is answered by Done again: the donor did not hear of it, and the client has been served', () => {
  const { hears } = settled();
  for (let time = 0; time < 2; time++)
    assert.deepEqual(hears(peer, { kind: 'cancel', handoff: 1 }), [`done 42 to ${peer}`]);
  assert.deepEqual(hears(third, { kind: 'cancel', handoff: 1 }), [`refuse bound=true to ${third}`]);
});

test('what is over is remembered for so many handoffs, of each kind, and no longer', () => {
  const donor = handedOff(MOST_REMEMBERED + 1);
  assert.deepEqual(donor.hears(peer, { kind: 'done', handoff: 1, sequence: 42 }), []);
  assert.deepEqual(donor.hears(peer, { kind: 'done', handoff: 2, sequence: 42 }), [`released to ${peer}`]);
  const acceptor = settled(MOST_REMEMBERED + 1);
  assert.deepEqual(acceptor.hears(peer, { kind: 'cancel', handoff: 1 }), [`refuse bound=true to ${peer}`]);
  assert.deepEqual(acceptor.hears(peer, { kind: 'cancel', handoff: 2 }), [`done 42 to ${peer}`]);
  const announced = endpoint({ sequence: 'none' });
  for (let handoff = 1; handoff <= MOST_REMEMBERED + 1; handoff++) {
    announced.hears(peer, prepare(handoff), 1000 * handoff);
    announced.tell(
      { kind: 'answer', answer: { client, kind: 'unanswered', reason: 'silence' } },
      1000 * handoff,
    );
  }
  const late = 1e9;
  // The one that is forgotten counts as begun by its Init; of the others the Init is late.
  assert.deepEqual(announced.hears(peer, init(2), late), ['init received', `refuse bound=false to ${peer}`]);
  assert.deepEqual(announced.hears(peer, init(1), late), [
    'init received',
    'start-return-routability',
    'restore-sockets',
  ]);
});

test('another process of a peer has said nothing yet: what is remembered of its predecessor is gone, and of others stays', () => {
  const donor = handedOff();
  donor.tell({ kind: 'peer', peer: third, change: 'gone' });
  assert.deepEqual(donor.hears(peer, { kind: 'done', handoff: 1, sequence: 42 }), [`released to ${peer}`]);
  donor.tell({ kind: 'peer', peer, change: 'up' });
  assert.deepEqual(donor.hears(peer, { kind: 'done', handoff: 1, sequence: 42 }), []);
  const acceptor = settled();
  acceptor.tell({ kind: 'peer', peer, change: 'lost' });
  assert.deepEqual(acceptor.hears(peer, { kind: 'cancel', handoff: 1 }), [`done 42 to ${peer}`]);
  acceptor.tell({ kind: 'peer', peer, change: 'gone' });
  assert.deepEqual(acceptor.hears(peer, { kind: 'cancel', handoff: 1 }), [`refuse bound=true to ${peer}`]);
});

test('a frame that has not left is what it is: Init lets the donor serve on at once, any other says that the channel is lost', () => {
  const early = endpoint();
  donates(early);
  assert.deepEqual(early.tell({ kind: 'unsent', to: peer, frame: init(1) }), ['resume']);
  assert.deepEqual(
    early.hears(peer, { kind: 'done', handoff: 1, sequence: 42 }),
    [],
    'it never was handed off',
  );
  const asking = endpoint();
  asking.tell(donation);
  assert.deepEqual(asking.tell({ kind: 'unsent', to: peer, frame: prepare(1) }), ['resume']);
  const late = endpoint();
  donates(late);
  assert.deepEqual(late.tell({ kind: 'unsent', to: peer, frame: { kind: 'ask', handoff: 1 } }), ['contest']);
  assert.deepEqual(late.tell({ kind: 'unsent', to: third, frame: init(1) }), [], 'of another acceptor');
  const prepared = endpoint();
  const announcing = { kind: 'prepare', client, acceptor: peer, variant } as const;
  assert.deepEqual(prepared.tell(announcing), [`prepare to ${peer}`]);
  assert.equal(prepared.role.isPrepared(client, peer), true);
  prepared.tell({ kind: 'unsent', to: peer, frame: prepare(1) });
  assert.equal(prepared.role.isPrepared(client, peer), false);
});

test('a Prepare leaves once, whoever wants it: the application long before, or the variant', () => {
  const before = endpoint();
  before.tell({ kind: 'prepare', client, acceptor: peer, variant });
  assert.deepEqual(before.tell({ kind: 'prepare', client, acceptor: peer, variant }), []);
  before.tell(donation);
  const input = { kind: 'last-send-returned', connection: 0 } as const;
  assert.deepEqual(before.tell({ kind: 'of-donation', client, input }), [
    'hold-new-connections',
    'watch-drain',
  ]);
  const other = endpoint();
  other.tell({ kind: 'prepare', client, acceptor: third, variant });
  assert.deepEqual(other.tell(donation), [`cancel to ${third}`]);
  assert.deepEqual(other.tell({ kind: 'of-donation', client, input }), [
    'hold-new-connections',
    `prepare to ${peer}`,
    'watch-drain',
  ]);
  assert.throws(() => other.role.handle(donation, 0), /handed off already/);
});

test('candidates that keep their tokens fresh stand beside each other until one of them is taken, or another kind of handoff is announced', () => {
  const standing = handoffVariant('unforeseen-standing');
  const candidates = endpoint();
  const announce = (acceptor: typeof peer, of: typeof variant = standing) =>
    candidates.tell({ kind: 'prepare', client, acceptor, variant: of });
  assert.deepEqual(announce(peer), [`prepare to ${peer}`]);
  assert.deepEqual(announce(third), [`prepare to ${third}`]);
  assert.deepEqual(announce(peer), [], 'it stands');
  const stand = () => [peer, third].map((one) => candidates.role.isPrepared(client, one));
  assert.deepEqual(stand(), [true, true]);
  // One gives it up, the other stays.
  candidates.hears(third, { kind: 'refuse', handoff: 2, bound: false, reason: 'full' });
  assert.deepEqual(stand(), [true, false]);
  announce(third);
  assert.deepEqual(candidates.tell({ ...donation, variant: standing }), [`cancel to ${third}`]);
  const other = endpoint();
  other.tell({ kind: 'prepare', client, acceptor: peer, variant: standing });
  other.tell({ kind: 'prepare', client, acceptor: third, variant: standing });
  assert.deepEqual(other.tell({ kind: 'prepare', client, acceptor: third, variant }), []);
  assert.deepEqual(other.tell({ kind: 'withdraw', client }), [`cancel to ${peer}`, `cancel to ${third}`]);
  const changed = endpoint();
  changed.tell({ kind: 'prepare', client, acceptor: peer, variant: standing });
  assert.deepEqual(changed.tell({ kind: 'prepare', client, acceptor: third, variant }), [
    `cancel to ${peer}`,
    `prepare to ${third}`,
  ]);
});

test('an announcement that never says it has been tested is made anew for a handoff that waits for that', () => {
  const [standing, waits] = [handoffVariant('unforeseen-standing'), handoffVariant('in-band')];
  const early = endpoint();
  early.tell({ kind: 'prepare', client, acceptor: peer, variant: standing });
  assert.deepEqual(early.tell({ kind: 'prepare', client, acceptor: peer, variant: waits }), [
    `cancel to ${peer}`,
    'test-home',
    `prepare to ${peer}`,
  ]);
  assert.deepEqual(early.tell({ kind: 'prepare', client, acceptor: peer, variant: waits }), []);
  assert.deepEqual(early.tell({ ...donation, variant: waits }), [], 'and stands for that');
  const late = endpoint();
  late.tell({ kind: 'prepare', client, acceptor: peer, variant: standing });
  assert.deepEqual(late.tell({ ...donation, variant: waits }), [
    `cancel to ${peer}`,
    'test-home',
    `prepare to ${peer}`,
  ]);
  // The other way round: tested, and tells it.
  const tested = endpoint();
  tested.tell({ kind: 'prepare', client, acceptor: peer, variant: waits });
  assert.deepEqual(tested.tell({ kind: 'prepare', client, acceptor: peer, variant: standing }), [
    `cancel to ${peer}`,
    `prepare to ${peer}`,
  ]);
});

test('a candidate that gives up after long is announced anew as long as its client is here, one that gives up soon is not', () => {
  const standing = handoffVariant('unforeseen-standing');
  const refuse = (handoff: number) => ({ kind: 'refuse', handoff, bound: false, reason: 'anew' }) as const;
  const donor = endpoint();
  donor.tell({ kind: 'prepare', client, acceptor: peer, variant: standing }, 1000);
  assert.deepEqual(donor.hears(third, refuse(1), 3_600_000), [], 'another member’s word');
  assert.deepEqual(donor.hears(peer, refuse(1), 3_600_000), [`prepare to ${peer}`]);
  assert.deepEqual(donor.hears(peer, refuse(1), 3_600_000), [], 'once');
  assert.equal(donor.role.isPrepared(client, peer), true);
  assert.deepEqual(donor.hears(peer, refuse(2), 3_600_000 + 299_999), []);
  assert.equal(donor.role.isPrepared(client, peer), false);
  const gone = endpoint();
  gone.tell({ kind: 'prepare', client, acceptor: peer, variant: standing });
  gone.tell({ kind: 'withdraw', client });
  assert.deepEqual(gone.hears(peer, refuse(1), 3_600_000), []);
  const once = endpoint();
  once.tell({ kind: 'prepare', client, acceptor: peer, variant });
  assert.deepEqual(once.hears(peer, refuse(1), 3_600_000), [], 'it is no candidate');
});

test('candidates take no place from handoffs that a peer begins here', () => {
  const acceptor = endpoint();
  const each = (number: number) => ipv6(`2001:db8:c::${(number + 16).toString(16)}`);
  const told = { kind: 'prepare', contactAddress } as const;
  const stands = encodeAxes(handoffVariant('unforeseen-standing'));
  for (let handoff = 1; handoff <= 300; handoff++)
    acceptor.hears(peer, { ...told, handoff, client: each(handoff), variant: stands }, 1000 * handoff);
  const begun = { ...told, client, variant: encodeAxes(variant) };
  assert.deepEqual(acceptor.hears(peer, { ...begun, handoff: 301 }, 301_000), [
    'prepare received',
    'start-return-routability',
  ]);
  const many = endpoint();
  for (let handoff = 1; handoff <= 256; handoff++)
    many.hears(peer, { ...begun, handoff, client: each(handoff) }, handoff);
  assert.match(many.hears(peer, { ...begun, handoff: 257 }, 10_000).join(), /discarded/);
});

test('what is abandoned forgets the client’s binding only where that is this handoff’s, or there is none', () => {
  for (const [sequence, forgets] of [
    ['none', true],
    [41, false],
  ] as const) {
    const { role, outputs, hears } = endpoint({ sequence });
    hears(peer, prepare(1));
    role.handle({ kind: 'frame', from: peer, frame: { kind: 'cancel', handoff: 1 } }, 1);
    const [end] = outputs().flatMap((output) =>
      output.kind === 'of-arrival' && output.output.kind === 'abandon' ? output.output.forgets : [],
    );
    assert.equal(end, forgets);
  }
});

const nobody: Mishaps = {
  ...{ donorNotices: 0, acceptorNotices: 0, hostTells: true, lostUpdates: 0, lostAcknowledgements: 0 },
  ...{ memberMs: 20, clientMs: 40 },
};

test('a member that does not read variants is sent frames without, and both do what the frames always meant', () => {
  for (const variants of [true, false]) {
    const { said, active, testsAt } = new HandoffWorld('drain+advance-rr', { ...nobody, variants }).run();
    const told = said.donor.filter(({ kind }) => kind === 'prepare' || kind === 'init');
    assert.equal(told.length, 2);
    for (const frame of told) assert.equal('variant' in frame, variants);
    assert.deepEqual([testsAt, active], [[20], { donor: false, acceptor: true }]);
  }
});

test('a variant that no table has runs: its axes say all that donor and acceptor need', () => {
  // Prepare as soon as the handoff is requested, but return routability only at Init: the acceptor has been told so.
  const mine = { freezeAt: 'drained', prepareAt: 'request', returnRoutability: 'at-init' } as const;
  const world = new HandoffWorld(mine, { ...nobody, connections: 2 }).run();
  assert.deepEqual([world.ends, world.active], [['handed-off'], { donor: false, acceptor: true }]);
  assert.equal(world.said.donor[0]?.kind, 'prepare');
  // Both connections have drained after 81 ms, and Init comes 20 ms later.
  assert.deepEqual(world.testsAt, [101]);
  const early = new HandoffWorld({ ...mine, returnRoutability: 'at-prepare' }, nobody).run();
  assert.deepEqual([early.ends, early.testsAt], [['handed-off'], [20]]);
});

test('an acceptor that is told what it does not know refuses, and the donor serves on; what cannot be is not told', () => {
  const { hears } = endpoint({ sequence: 'none' });
  const strange = { ...prepare(1), variant: Uint8Array.of(0, 9, 0) } as HandoffFrame;
  assert.deepEqual(hears(peer, strange), [
    'discarded: a handoff variant with prepareAt 9',
    `refuse bound=false to ${peer}`,
  ]);
  assert.throws(() => decodeAxes(Uint8Array.of(0, 0, 1)), /without a Prepare/);
  const known = Object.keys(wholeAxes(handoffVariant('drain'))).length;
  assert.throws(() => decodeAxes(new Uint8Array(known + 1).fill(1, known)), new RegExp(`${known + 1} axes`));
  const whole = { freezeAt: 'drained', prepareAt: 'request', returnRoutability: 'at-prepare' } as const;
  assert.deepEqual(decodeAxes(Uint8Array.of(1, 2, 1, 0)), whole, 'a later axis, as it always was');
  assert.deepEqual(decodeAxes(Uint8Array.of(1)), {
    ...{ freezeAt: 'drained', prepareAt: 'never', returnRoutability: 'at-init' },
  });
});

test('a Released or a Done that a broken channel has swallowed is said again: the acceptor settles without asking the client for ever', () => {
  // Init leaves at 81 and comes at 101; the client is bound at 181 and its answer is there at 261; Done comes at 281, Released at 301.
  for (const cutAt of [150, 261, 265, 281, 285, 299]) {
    const world = new HandoffWorld('drain', {
      ...{ ...nobody, cutAt, donorNotices: 1000, acceptorNotices: 1000, restoredAt: 2000 },
    }).run();
    assert.deepEqual(world.conflicts, []);
    if (!world.accepted) continue;
    assert.deepEqual([world.ends, world.settled], [['handed-off'], true], `cut at ${cutAt}`);
    assert.ok(world.renewals <= 1, `cut at ${cutAt}: ${world.renewals} renewals`);
  }
});

test('a connection that ends at the acceptor while the donor cannot hear of it is not taken back', () => {
  for (const clientEndsAfter of [1, 500]) {
    const world = new HandoffWorld('drain', {
      ...{
        ...nobody,
        cutAt: 265,
        donorNotices: 100,
        acceptorNotices: 100,
        restoredAt: 3000,
        clientEndsAfter,
      },
    }).run();
    assert.deepEqual([world.ends, world.settled], [['handed-off'], true]);
    assert.ok(world.said.acceptor.filter(({ kind }) => kind === 'done').length >= 2);
  }
});

test('a client that is to come back, as its acceptor says before the donor has let go of it, is asked anew behind that', () => {
  const member = endpoint();
  donates(member);
  const early = handoffVariant('in-band+own');
  assert.deepEqual(member.hears(peer, prepare(1, early)), ['prepare received', 'start-return-routability']);
  const routable = { kind: 'answer', answer: { kind: 'routable', client } } as const;
  member.tell(routable);
  // What the client has answered at this member goes with its binding.
  assert.deepEqual(member.hears(peer, { kind: 'done', handoff: 1, sequence: 42 }), [
    ...['handed-off', `released to ${peer}`, 'start-return-routability'],
  ]);
});
