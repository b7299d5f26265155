import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { encodeFrame, FrameReader } from '../../server/channel/channel-frames.ts';
import { pairKeys } from '../../server/channel/channel-keys.ts';
import { frameOfType, frameTable, isOptionalType } from '../../server/channel/frame-table.ts';
import { agree, ownAnnouncement, unannounced } from '../../server/channel/versions.ts';
import { withBody } from '../support/frame-body.ts';
import { framesOfVersion0, type GoldenFrame, goldenFrames, plainFrame } from '../support/golden-frames.ts';

const { frames, keys } = goldenFrames();
const typeOf = ({ octets }: GoldenFrame): number => octets[4]!;
const text = ({ frame, octets }: GoldenFrame): string => `${frame.kind} (${octets.toString('hex')})`;
test('every frame of an independent encoder is read and written as it is', () => {
  for (const golden of frames) {
    assert.deepEqual(
      new FrameReader().push(golden.octets).map(plainFrame),
      [plainFrame(golden.frame)],
      text(golden),
    );
    assert.equal(Buffer.from(encodeFrame(golden.frame)).toString('hex'), golden.octets.toString('hex'));
  }
});

test('there is a golden frame of every type in the table, and none of another', () => {
  const types = frameTable.map(({ type }) => type as number);
  assert.equal(new Set(types).size, types.length);
  assert.deepEqual(
    [...new Set(frames.map(typeOf))].sort((a, b) => a - b),
    types,
  );
  for (const golden of frames) assert.equal(frameOfType(typeOf(golden))?.kind, golden.frame.kind);
});

test('what members before version 1 send is still read, and what they are sent is what they know', () => {
  const old = framesOfVersion0();
  for (const golden of old) {
    assert.deepEqual(
      new FrameReader().push(golden.octets).map(plainFrame),
      [plainFrame(golden.frame)],
      text(golden),
    );
    assert.equal(Buffer.from(encodeFrame(golden.frame)).toString('hex'), golden.octets.toString('hex'));
  }
  // Whatever is of version 0 in the table has a recorded frame: a later change of a layout would be seen.
  const types = frameTable.filter(({ since }) => since === 0).map(({ type }) => type as number);
  assert.deepEqual(
    [...new Set(old.map(typeOf))].sort((a, b) => a - b),
    types,
  );
});

test('Hello of version 1 begins with that of version 0, and whatever later versions add to it is passed over', () => {
  const [hello] = frames.filter(({ frame }) => frame.kind === 'hello');
  const [before] = framesOfVersion0().filter(({ frame }) => frame.kind === 'hello');
  const bodyBefore = before!.octets.subarray(5);
  assert.deepEqual(hello!.octets.subarray(5, 5 + bodyBefore.length), bodyBefore);
  const later = withBody(
    1,
    Buffer.concat([hello!.octets.subarray(5), Buffer.from('what a later version adds')]),
  );
  assert.deepEqual(new FrameReader().push(later).map(plainFrame), [plainFrame(hello!.frame)]);
  const backwards = Buffer.from(hello!.octets.subarray(5));
  [backwards[20], backwards[21]] = [1, 2];
  assert.throws(() => new FrameReader().push(withBody(1, backwards)), ProtocolError);
});

/** Types whose last field is the rest of the frame, whatever its length: nothing can stand behind it. */
const endsWithRest = new Set([
  'hello',
  'init',
  'refuse',
  'padding',
  'forwarded',
  'replica',
  'replica-drop',
  'replica-input',
]);
/** The same, in steps of so many octets. */
const endsWithList: Readonly<Record<string, number>> = { forward: 4, 'member-list': 16 };

for (const { type, kind } of frameTable) {
  test(`octets too many or too few in ${kind} (${type}) are refused`, () => {
    for (const golden of frames.filter((one) => typeOf(one) === type)) {
      const body = golden.octets.subarray(5);
      if (!endsWithRest.has(kind))
        assert.throws(
          () => new FrameReader().push(withBody(type, Buffer.concat([body, Buffer.of(0)]))),
          ProtocolError,
          text(golden),
        );
      if (kind === 'padding') continue;
      // Down to nothing: every prefix is another frame, legal only where a list or the rest is shorter.
      for (let length = 0; length < body.length; length++) {
        const read = (): unknown[] => new FrameReader().push(withBody(type, body.subarray(0, length)));
        if (isLegalPrefix(golden, length)) assert.equal(read().length, 1, `${text(golden)} to ${length}`);
        else assert.throws(read, ProtocolError, `${text(golden)} to ${length}`);
      }
    }
  });
}

/** Whether a body may end there. */
function isLegalPrefix({ frame, octets }: GoldenFrame, length: number): boolean {
  const whole = octets.length - 5;
  switch (frame.kind) {
    case 'hello':
      return length === 20;
    case 'init':
    case 'replica':
      return length >= whole - frame.applicationState.length;
    case 'replica-input':
      return length >= whole - frame.octets.length;
    case 'refuse':
    case 'forwarded':
    case 'replica-drop':
      return length >= whole - Buffer.byteLength(frame.reason);
    case 'forward':
    case 'member-list': {
      const list = frame.kind === 'forward' ? 4 * frame.connections.length : 16 * frame.members.length;
      return length >= whole - list && (whole - length) % endsWithList[frame.kind]! === 0;
    }
    default:
      return false;
  }
}

test('unknown types with the highest bit are passed over, others named; known ones are neither', () => {
  for (let type = 0; type < 256; type++) {
    if (frameOfType(type) !== undefined) continue;
    const octets = withBody(type, Buffer.from('anything'));
    assert.deepEqual(new FrameReader().read(octets), [
      { kind: 'unknown-frame', type, optional: type >= 128 },
    ]);
    if (isOptionalType(type)) assert.deepEqual(new FrameReader().push(octets), []);
    else assert.throws(() => new FrameReader().push(octets), new RegExp(`unknown type ${type}`));
    const within = withBody(
      45,
      Buffer.concat([Buffer.alloc(16, 1), Buffer.of(type), Buffer.from('anything')]),
    );
    assert.deepEqual(new FrameReader().read(within), [
      { kind: 'unknown-frame', type: 45, inner: type, optional: type >= 128 },
    ]);
  }
});

test('what was added since version 0 was so for both: a type of a later version is optional, or has a version to be known by', () => {
  for (const { type, since } of frameTable) {
    assert.ok(since <= ownAnnouncement.newest, `type ${type}`);
    if (isOptionalType(type)) assert.ok(since > 0, `type ${type}`);
  }
});

test('a Hello names one version at least', () => {
  const hello = (oldest: number, newest: number) =>
    encodeFrame({
      ...{ kind: 'hello', careOfAddress: ipv6('2001:db8::1'), incarnation: 1 },
      announced: { oldest, newest, capabilities: 0 },
    });
  assert.deepEqual(plainFrame(new FrameReader().push(hello(2, 2))[0]!), {
    ...{ kind: 'hello', careOfAddress: '2001:db8::1', incarnation: 1 },
    announced: { oldest: 2, newest: 2, capabilities: 0 },
  });
  assert.throws(() => new FrameReader().push(hello(3, 2)), /versions 3 to 2/);
});

test('two members speak the newest version that both know, with the capabilities of both', () => {
  const of = (oldest: number, newest: number, capabilities = 0) => ({ oldest, newest, capabilities });
  assert.deepEqual(agree(of(0, 1, 3), of(1, 4, 6)), { version: 1, capabilities: 2 });
  assert.deepEqual(agree(of(0, 4), of(2, 3)), { version: 3, capabilities: 0 });
  assert.deepEqual(agree(ownAnnouncement, unannounced), { version: 0, capabilities: 0 });
  assert.throws(() => agree(of(0, 1), of(2, 3)), /2 to 3 .* 0 to 1/);
  assert.throws(() => agree(of(2, 3), of(0, 1)), ProtocolError);
});

test('pair keys and identities are those of an independent derivation', () => {
  const [one, two] = keys.members.map(ipv6) as [ReturnType<typeof ipv6>, ReturnType<typeof ipv6>];
  const octets = (hex: string): Buffer => Buffer.from(hex, 'hex');
  const group = { key: octets(keys.groupKey) };
  const trust = { key: octets(keys.trustKey) };
  for (const [caller, callee] of [
    [one, two],
    [two, one],
  ] as const) {
    const [plain] = pairKeys({ group: [group], trust: [trust] }, caller, callee, false);
    const [trusted, ...more] = pairKeys({ group: [group], trust: [trust] }, caller, callee, true);
    assert.equal(plain?.psk.toString('hex'), keys.groupPairKey);
    assert.equal(trusted?.psk.toString('hex'), keys.trustPairKey);
    assert.deepEqual([plain?.trusted, trusted?.trusted, more], [false, true, []]);
  }
  for (const { caller, groupId, trusted = false, trustId, identity } of keys.identities) {
    const ring = {
      group: [{ ...group, ...(groupId === undefined ? {} : { id: groupId }) }],
      trust: [{ ...trust, ...(trustId === undefined ? {} : { id: trustId }) }],
    };
    assert.deepEqual(
      pairKeys(ring, ipv6(caller), one, trusted).map((pair) => pair.identity),
      [identity],
    );
  }
});
