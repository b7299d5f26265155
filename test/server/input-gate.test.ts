import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { GroupAddresses } from '../../server/admission/group-addresses.ts';
import { SurvivalEndpoint } from '../../server/successor/endpoint.ts';
import type { SurvivalInput, SurvivalOutput } from '../../server/successor/endpoint-types.ts';
import { Holder } from '../../server/successor/holder.ts';
import type { HolderInput, HolderOutput } from '../../server/successor/holder-types.ts';
import { InputGate } from '../../server/successor/input-gate.ts';
import { InputLog, MOST_INPUT_OCTETS } from '../../server/successor/input-log.ts';
import type { ReplicaState } from '../../server/successor/successor-types.ts';
import { takenSegment } from '../support/gated-segments.ts';
import { contact, replicaState, theClient } from '../support/survival-world.ts';

const port = 40_001;
const first = 1000;
const backup = ipv6('2001:db8:2::2');
const other = ipv6('2001:db8:3::2');
const silentMs = 500;
const octets = new Uint8Array(0);

/** A holder with one gated connection, and what it has said. */
class GatedHolder {
  readonly role: Holder;
  now = 0;
  readonly said: HolderOutput[] = [];

  constructor(aheadTo = first) {
    this.role = new Holder({
      client: theClient,
      contactAddress: contact,
      lastSequence: () => 100,
      isBound: () => true,
      silentMs: () => silentMs,
    });
    this.checkpoint(first, aheadTo);
  }

  handle(input: HolderInput): this {
    this.role.handle(input, this.now);
    for (let output = this.role.poll(); output !== undefined; output = this.role.poll())
      this.said.push(output);
    return this;
  }

  checkpoint(next: number, aheadTo = next): this {
    const gated = { next, aheadTo };
    return this.handle({ kind: 'checkpoint', port, tcpState: octets, applicationState: octets, gated });
  }

  /** The backup has all that was sent so far. */
  acknowledge(): this {
    const numbers = this.said.flatMap((output) => ('number' in output ? [output.number] : []));
    return this.handle({ kind: 'acknowledged', number: Math.max(...numbers) });
  }

  /** From a backup that can take the client over on. */
  backed(): this {
    this.handle({ kind: 'chosen', backup }).acknowledge();
    return this;
  }

  segment(id: number, at: number, length = 10, ends = false): this {
    const sequence = (first + at) >>> 0;
    const piece = { sequence, octets: new Uint8Array(length).fill(id), ends };
    return this.handle({ kind: 'segment', port, segment: takenSegment(id, piece) });
  }

  wait(ms: number): this {
    this.now += ms;
    this.role.handleTimeout(this.now);
    for (let output = this.role.poll(); output !== undefined; output = this.role.poll())
      this.said.push(output);
    return this;
  }

  get verdicts(): readonly string[] {
    return this.said.flatMap((output) =>
      output.kind === 'verdict' ? [`${output.id} ${output.passes ? 'passes' : 'dropped'}`] : [],
    );
  }

  get sent(): readonly string[] {
    return this.said.flatMap((output) =>
      output.kind === 'send-input'
        ? [
            `${(output.piece.sequence - first) | 0}+${output.piece.octets.length}${output.piece.ends ? ' end' : ''}`,
          ]
        : [],
    );
  }

  get protection(): string | undefined {
    return this.said.findLast((output) => output.kind === 'protection')?.protection.kind;
  }
}

test('no octet passes before the backup has acknowledged it, and all that it has passes at once', () => {
  const holder = new GatedHolder().backed().segment(1, 0).segment(2, 10);
  assert.deepEqual(holder.verdicts, []);
  assert.deepEqual(holder.sent, ['0+10', '10+10']);
  holder.acknowledge();
  assert.deepEqual(holder.verdicts, ['1 passes', '2 passes']);
  assert.equal(holder.protection, 'protected');
});

test('an acknowledgement releases what it is for, and nothing behind it', () => {
  const holder = new GatedHolder().backed().segment(1, 0);
  const [number] = holder.said.flatMap((one) => (one.kind === 'send-input' ? [one.number] : []));
  holder.segment(2, 10).handle({ kind: 'acknowledged', number: number! });
  assert.deepEqual(holder.verdicts, ['1 passes']);
});

test('what the client sends again is not held twice, and passes once the backup has it', () => {
  const holder = new GatedHolder().backed().segment(1, 0).segment(2, 0);
  assert.deepEqual(holder.verdicts, ['2 dropped']);
  holder.acknowledge().segment(3, 0);
  assert.deepEqual(holder.verdicts, ['2 dropped', '1 passes', '3 passes']);
  // From before the checkpoint: nothing new, whatever waits.
  holder.segment(4, 10).segment(5, -10);
  assert.deepEqual(holder.verdicts.slice(3), ['5 passes']);
  assert.deepEqual(holder.sent, ['0+10', '10+10']);
});

test('the client’s end is held like an octet', () => {
  const holder = new GatedHolder().backed().segment(1, 0, 0, true);
  assert.deepEqual([holder.verdicts, holder.sent], [[], ['0+0 end']]);
  assert.deepEqual(holder.acknowledge().verdicts, ['1 passes']);
});

test('until a backup can go on all passes, and is told; protected it is when that has come there', () => {
  const holder = new GatedHolder().handle({ kind: 'chosen', backup }).segment(1, 0);
  assert.deepEqual([holder.verdicts, holder.sent], [['1 passes'], ['0+10']]);
  // The checkpoint alone: from now on nothing passes, but what has passed is not there yet.
  holder.handle({ kind: 'acknowledged', number: 1 }).segment(2, 10);
  assert.deepEqual([holder.verdicts, holder.protection], [['1 passes'], 'pending']);
  holder.acknowledge();
  assert.deepEqual([holder.verdicts, holder.protection], [['1 passes', '2 passes'], 'protected']);
});

test('a gate that has been shut stays so beside a newer checkpoint', () => {
  const holder = new GatedHolder()
    .backed()
    .segment(1, 0)
    .acknowledge()
    .checkpoint(first + 10);
  assert.deepEqual(holder.segment(2, 10).verdicts, ['1 passes']);
});

test('checkpoints that follow each other sooner than the backup answers do not keep the gate open', () => {
  const holder = new GatedHolder().handle({ kind: 'chosen', backup });
  // Behind an open gate a client sends as fast as it can, and its octets fill the channel.
  const queue: number[] = [];
  for (let at = 0, seen = 0; at < 40; at += 10) {
    holder
      .segment(at + 1, at)
      .segment(at + 2, at + 5)
      .checkpoint(first + at + 10);
    queue.push(...holder.said.slice(seen).flatMap((one) => ('number' in one ? [one.number] : [])));
    seen = holder.said.length;
    holder.handle({ kind: 'acknowledged', number: queue.shift()! });
  }
  assert.deepEqual(holder.verdicts, ['1 passes', '2 passes']);
  const open = queue.slice(0, 3);
  for (const number of open) holder.handle({ kind: 'acknowledged', number });
  assert.equal(holder.protection, 'protected');
});

test('a backup that has not heard of its new number yet protects nothing, gate or not', () => {
  const holder = new GatedHolder().backed();
  holder.handle({ kind: 'bound', sequence: 600 });
  assert.equal(holder.protection, 'pending');
  assert.deepEqual(holder.segment(1, 0).verdicts, []);
  assert.equal(holder.acknowledge().protection, 'protected');
});

test('behind a gate that is shut a connection is protected whichever checkpoint its backup has; who gave the newer one is told', () => {
  const holder = new GatedHolder().backed().segment(1, 0).acknowledge();
  const before = holder.said.length;
  holder.checkpoint(first + 10);
  const told = holder.said.slice(before).flatMap((one) => (one.kind === 'protection' ? [one] : []));
  assert.deepEqual(
    told.map(({ protection }) => protection.kind),
    ['protected'],
  );
  // Of a backup that is out of reach it is none.
  holder.handle({ kind: 'backup-lost' }).checkpoint(first + 10);
  assert.equal(holder.protection, 'unprotected');
});

test('a backup out of reach is fenced off before anything passes that it has not', () => {
  const holder = new GatedHolder().backed().segment(1, 0).handle({ kind: 'backup-lost' }).segment(2, 10);
  assert.deepEqual([holder.role.state, holder.verdicts], ['contesting', []]);
  holder.handle({ kind: 'bound', sequence: 612 });
  assert.deepEqual([holder.role.state, holder.verdicts], ['choosing', ['1 passes', '2 passes']]);
  // The next one is told all that has come behind the checkpoint.
  const before = holder.sent.length;
  holder.handle({ kind: 'chosen', backup: other }).acknowledge();
  assert.deepEqual([holder.sent.slice(before), holder.protection], [['0+20'], 'protected']);
});

test('of a backup whose process has ended nobody is asked: all passes', () => {
  const holder = new GatedHolder().backed().segment(1, 0).handle({ kind: 'backup-gone' });
  assert.deepEqual(holder.verdicts, ['1 passes']);
});

test('a client that is another member’s gets nothing acknowledged here any more', () => {
  const holder = new GatedHolder().backed().segment(1, 0);
  holder.handle({ kind: 'superseded', reason: 'a higher number' });
  assert.deepEqual(holder.verdicts, ['1 dropped']);
});

test('a backup that says nothing for so long, while something waits, is taken for out of reach', () => {
  const holder = new GatedHolder().backed();
  assert.equal(holder.role.deadline(), undefined);
  holder.segment(1, 0);
  assert.equal(holder.role.deadline(), silentMs);
  holder.wait(silentMs - 1).segment(2, 10);
  assert.equal(holder.role.deadline(), silentMs);
  const [number] = holder.said.flatMap((one) => (one.kind === 'send-input' ? [one.number] : []));
  holder.handle({ kind: 'acknowledged', number: number! });
  assert.equal(holder.role.deadline(), 2 * silentMs - 1);
  assert.equal(holder.wait(silentMs).role.state, 'contesting');
});

test('before a planned handoff all that waits passes, and moves with the connection', () => {
  const holder = new GatedHolder().backed().segment(1, 0).handle({ kind: 'leaving' });
  assert.deepEqual(holder.verdicts, ['1 passes']);
  assert.deepEqual(holder.segment(2, 10).verdicts, ['1 passes', '2 passes']);
});

test('with its connection a gate ends, and one whose input is not gated any more', () => {
  const ended = new GatedHolder().backed().segment(1, 0).handle({ kind: 'ended', port });
  assert.deepEqual(ended.verdicts, ['1 passes']);
  const ungated = new GatedHolder().backed().segment(1, 0);
  ungated.handle({ kind: 'checkpoint', port, tcpState: octets, applicationState: octets });
  assert.deepEqual(ungated.segment(2, 10).verdicts, ['1 passes', '2 passes']);
});

test('what waits is bounded: the client sends the rest again', () => {
  const holder = new GatedHolder().backed();
  const size = 64 * 1024;
  for (let id = 0; id < 5; id++) holder.segment(id, id * size, size);
  assert.deepEqual(holder.verdicts, ['3 dropped', '4 dropped']);
  assert.equal(holder.sent.length, 3);
});

test('more than is kept behind a checkpoint opens the gate, and the connection counts as unprotected until the next', () => {
  const holder = new GatedHolder().backed();
  const size = 64 * 1024;
  let id = 0;
  for (; id * size < MOST_INPUT_OCTETS; id++) holder.segment(id, id * size, size).acknowledge();
  assert.equal(holder.protection, 'protected');
  holder.segment(id, id * size, size);
  assert.equal(holder.protection, 'unprotected');
  assert.equal(holder.verdicts.at(-1), `${id} passes`);
  assert.equal(holder.said.filter(({ kind }) => kind === 'send-drop').length, 1);
  // Before the end of what nobody keeps a checkpoint is none; then it is.
  holder.checkpoint(first + id * size);
  assert.equal(holder.protection, 'unprotected');
  holder.checkpoint(first + (id + 1) * size).acknowledge();
  assert.equal(holder.protection, 'protected');
});

test('what the kernel may have taken before the gate stood is in a checkpoint first', () => {
  const holder = new GatedHolder(first + 100).handle({ kind: 'chosen', backup });
  assert.equal(holder.protection, 'unprotected');
  assert.deepEqual(holder.segment(1, 0, 100).verdicts, ['1 passes']);
  assert.equal(holder.said.filter(({ kind }) => kind === 'send-replica').length, 0);
  assert.equal(holder.checkpoint(first + 100).acknowledge().protection, 'protected');
});

/** A stream in pieces: overlapping, repeated, in any order. */
const pieces = fc.array(fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 40 })), { maxLength: 60 });

test('a log has what came in order of any pieces, wherever numbers wrap and whatever is cut off in front', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 0xffff_ffc0), pieces, fc.nat(240), (from, all, cut) => {
      const stream = Uint8Array.from({ length: 240 }, (_, index) => index);
      const log = new InputLog(from);
      const has = new Set<number>();
      for (const [at, length] of all) {
        const part = stream.subarray(at, at + length);
        log.add({ sequence: (from + at) >>> 0, octets: part, ends: at + length >= 240 });
        for (let octet = at; octet < at + part.length; octet++) has.add(octet);
      }
      let end = 0;
      while (has.has(end)) end++;
      assert.deepEqual(Buffer.from(log.octets), Buffer.from(stream.subarray(0, end)));
      assert.equal(log.ended, end === 240 && all.some(([at, length]) => at + length >= 240));
      const again = new InputLog(from);
      for (const piece of log.pieces) again.add(piece);
      assert.deepEqual([again.next, again.octets], [log.next, log.octets]);
      const trimmed = Math.min(cut, end);
      log.trim((from + trimmed) >>> 0);
      assert.deepEqual(Buffer.from(log.octets), Buffer.from(stream.subarray(trimmed, end)));
    }),
    { numRuns: 500 },
  );
});

test('a log takes nothing that lies too far ahead, nor more than it may have', () => {
  const log = new InputLog(0);
  assert.equal(log.add({ sequence: MOST_INPUT_OCTETS + 1, octets: Buffer.from('x'), ends: false }), 'far');
  assert.equal(log.add({ sequence: 0, octets: Buffer.alloc(MOST_INPUT_OCTETS), ends: false }), 'kept');
  assert.equal(log.add({ sequence: MOST_INPUT_OCTETS, octets: Buffer.from('x'), ends: false }), 'full');
  assert.equal(log.isBefore({ sequence: 0xffff_fffe, octets: Buffer.from('x'), ends: true }), true);
  assert.equal(log.isBefore({ sequence: 0xffff_fffe, octets: Buffer.from('xyz'), ends: false }), false);
});

/** A holder and its backup at the two ends of a channel in order, a client that sends, and a kernel that takes what passes. */
class GatedPair {
  readonly sides: Readonly<Record<'holder' | 'backup', SurvivalEndpoint<ReplicaState>>>;
  readonly addresses = { holder: ipv6('2001:db8:1::2'), backup } as const;
  now: Instant = 0;
  readonly frames: { readonly to: 'holder' | 'backup'; readonly frame: unknown }[] = [];
  /** octets of the stream that the kernel has, in pieces that may lie ahead */
  readonly kernel = new InputLog(first);
  served: Extract<SurvivalOutput<ReplicaState>, { kind: 'of-replica' }>['output'] | undefined;
  readonly held = new Map<number, readonly [at: number, length: number]>();
  #id = 0;

  constructor() {
    const group = new GroupAddresses([[contact, 'contact address']]);
    const side = () =>
      new SurvivalEndpoint<ReplicaState>({
        ...{ group, contactAddress: contact, servicePort: 8080, beatMs: 100 },
        ...{ silentMs: () => silentMs, lastSequence: () => 100, isBound: () => true },
        decode: ([high = 0, low = 0]) => ({ ...replicaState(port), receiveNext: first + high * 256 + low }),
      });
    this.sides = { holder: side(), backup: side() };
    this.checkpoint();
    this.tell('holder', { kind: 'chosen', client: theClient, backup });
  }

  /** As the kernel stands. */
  checkpoint(): void {
    const { next } = this.kernel;
    const taken = next - first;
    const checkpoint = {
      ...{ port, tcpState: Uint8Array.of(taken >> 8, taken & 0xff), applicationState: octets },
      gated: { next, aheadTo: next },
    };
    this.tell('holder', { kind: 'checkpoint', client: theClient, checkpoint });
  }

  send(at: number, length: number): void {
    const id = ++this.#id;
    this.held.set(id, [at, length]);
    const piece = { sequence: first + at, octets: stream.subarray(at, at + length), ends: false };
    this.tell('holder', { kind: 'segment', client: theClient, port, segment: takenSegment(id, piece) });
  }

  /** Somebody else's, in the place of what the client has sent or will send: the kernel does not take it. */
  forge(at: number, length: number, how: Forgery): void {
    const id = ++this.#id;
    const piece = { sequence: first + at, octets: new Uint8Array(length).fill(0xff), ends: false };
    const { bounds, ...segment } = takenSegment(id, piece);
    const told = {
      old: { ...segment, bounds: { ...bounds, timestamps: true } },
      acknowledging: { ...segment, acknowledgement: 1, bounds },
      beyond: { ...segment, bounds: { ...bounds, windowEnd: piece.sequence } },
    }[how];
    this.tell('holder', { kind: 'segment', client: theClient, port, segment: told });
  }

  /** The next so many frames arrive. */
  deliver(count: number): void {
    for (let index = 0; index < count; index++) {
      const next = this.frames.shift();
      if (next === undefined) return;
      const from = this.addresses[next.to === 'holder' ? 'backup' : 'holder'];
      this.tell(next.to, { kind: 'frame', from, frame: next.frame as never });
    }
  }

  /** The holder dies; what it has sent arrives still, or `lost` of it do not. The client stands where its acknowledgements do. */
  die(lost: number): void {
    const arriving = this.frames.filter(({ to }) => to === 'backup');
    this.frames.splice(0, this.frames.length, ...arriving.slice(0, Math.max(0, arriving.length - lost)));
    this.deliver(this.frames.length);
    this.tell('backup', { kind: 'peer', peer: this.addresses.holder, change: 'gone' });
    const standing = {
      ...{ over: false, acknowledgement: replicaState(port).sendUnacknowledged, window: 500, beyond: 0 },
      ...{ sequence: first + stream.length, timestampEcho: 7 },
    };
    const input = { kind: 'standing', port, standing, ahead: false } as const;
    this.tell('backup', { kind: 'of-replica', client: theClient, input });
  }

  tell(side: 'holder' | 'backup', input: SurvivalInput): void {
    const endpoint = this.sides[side];
    endpoint.handle(input, this.now);
    for (let output = endpoint.poll(); output !== undefined; output = endpoint.poll())
      this.#act(side, output);
  }

  #act(side: 'holder' | 'backup', output: SurvivalOutput<ReplicaState>): void {
    if (output.kind === 'send')
      this.frames.push({ to: side === 'holder' ? 'backup' : 'holder', frame: output.frame });
    else if (output.kind === 'verdict') {
      const [at, length] = this.held.get(output.id) ?? [0, 0];
      const octetsOf = stream.subarray(at, at + length);
      if (output.passes) this.kernel.add({ sequence: first + at, octets: octetsOf, ends: false });
    } else if (output.kind === 'of-replica' && output.output.kind === 'serve') this.served = output.output;
    else if (output.kind === 'of-replica' && output.output.kind === 'test')
      this.frames.push({ to: 'backup', frame: undefined });
  }
}

type Forgery = 'old' | 'acknowledging' | 'beyond';

const stream = Uint8Array.from({ length: 2000 }, (_, index) => (index * 7) % 251);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ send: fc.nat(1800), length: fc.integer({ min: 1, max: 200 }) }) },
  { weight: 6, arbitrary: fc.record({ deliver: fc.integer({ min: 1, max: 12 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      forge: fc.constantFrom<Forgery>('old', 'acknowledging', 'beyond'),
      ahead: fc.nat(300),
      length: fc.integer({ min: 1, max: 200 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ checkpoint: true }) },
);

test('whenever the holder dies, whatever was lost or out of order, its backup has every octet that the client was acknowledged', () => {
  let gone = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(20), (steps, lost) => {
      const pair = new GatedPair();
      // The replica arrives, the tokens are there, and that is acknowledged: protected.
      pair.deliver(1);
      pair.frames.splice(0, pair.frames.length, ...pair.frames.filter(({ frame }) => frame !== undefined));
      pair.tell('backup', { kind: 'answer', answer: { kind: 'routable', client: theClient } });
      pair.deliver(9);
      for (const one of steps) {
        // A client sends from where it has been acknowledged, or beyond.
        if ('send' in one)
          pair.send(
            Math.min(1800, pair.kernel.next - first + (one.send % 2 === 0 ? 0 : one.send % 300)),
            one.length,
          );
        else if ('forge' in one) pair.forge(pair.kernel.next - first + one.ahead, one.length, one.forge);
        else if ('deliver' in one) pair.deliver(one.deliver);
        else pair.checkpoint();
      }
      const acknowledged = pair.kernel.next - first;
      pair.die(lost);
      assert.ok(pair.served?.kind === 'serve');
      const { state, input } = pair.served;
      const from = state.receiveNext - first;
      const has = from + (input?.octets.length ?? 0);
      assert.ok(has >= acknowledged, `${has} of ${acknowledged}`);
      assert.deepEqual(Buffer.from(input!.octets), Buffer.from(stream.subarray(from, has)));
      if (acknowledged > from) gone++;
    }),
    { numRuns: 2000 },
  );
  // Some of them died with octets that no checkpoint had.
  assert.ok(gone > 100, `${gone}`);
});

test('a client that sends octet by octet costs no more than its octets, at a checkpoint and when it is served', () => {
  const log = new InputLog(1000);
  const count = 200_000;
  for (let at = 0; at < count; at++)
    log.add({ sequence: 1000 + at, octets: Uint8Array.of(at & 0xff), ends: false });
  assert.equal(log.octets.length, count);
  assert.equal(log.pieces.length, 1);
  log.trim(1000 + count - 10);
  assert.deepEqual(
    [...log.octets],
    Array.from({ length: 10 }, (_, k) => (count - 10 + k) & 0xff),
  );
  log.add({ sequence: 1000 + count, octets: Uint8Array.of(7), ends: true });
  assert.equal(log.octets.at(-1), 7);
  assert.ok(log.ended);
});

test('no connection takes all places of the queue: of the smallest segments 256 wait', () => {
  const gate = new InputGate({ next: 0, aheadTo: 0 });
  gate.close();
  const decisions = Array.from({ length: 300 }, (_, at) => {
    const segment = takenSegment(at, { sequence: at, octets: Uint8Array.of(1), ends: false });
    const decision = gate.segment(segment, undefined, 0);
    if (decision === 'tell') gate.told(segment, at + 1);
    return decision;
  });
  assert.equal(decisions.filter((one) => one === 'tell').length, 256);
  assert.ok(decisions.slice(256).every((one) => one === 'drop'));
});
