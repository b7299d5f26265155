import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { plainChannel } from '../../nodes/member/channel-security.ts';
import { encodeFrame, FrameReader } from '../../server/channel/channel-frames.ts';
import { frameOfType } from '../../server/channel/frame-table.ts';
import { type Announcement, unannounced } from '../../server/channel/versions.ts';
import { ChannelWorld, RecordedMember } from '../support/channel-world.ts';

const [one, two] = ['2001:db8:1::2', '2001:db8:2::2'].map(ipv6) as [Ipv6Address, Ipv6Address];
const client = ipv6('2001:db8:c::2');
const hello = { kind: 'hello', careOfAddress: two, incarnation: 7 } as const;
const padding = encodeFrame({ kind: 'padding', octets: 10 });

/** Member `one`, and what a process at `two` may send it by hand. */
async function greeted(
  context: TestContext,
  announced?: Announcement,
  beforePadding: Uint8Array = Buffer.alloc(0),
) {
  const world = new ChannelWorld();
  const { promise: called, resolve } = Promise.withResolvers<import('node:net').Socket>();
  const listener = world.at(two).listen(resolve);
  const member = new RecordedMember({
    careOfAddress: one,
    peers: [two],
    security: plainChannel,
    network: world.at(one),
  });
  context.after(() => {
    listener.close();
    member.channel.close();
  });
  const socket = await called;
  const reader = new FrameReader();
  const heard: string[] = [];
  const waiting: (() => void)[] = [];
  socket.on('data', (chunk: Buffer) => {
    heard.push(...reader.push(chunk).map((frame) => JSON.stringify(frame)));
    for (const look of waiting) look();
  });
  const hears = (text: string): Promise<void> =>
    new Promise((found) => {
      const look = (): void => (heard.some((frame) => frame.includes(text)) ? found() : undefined);
      waiting.push(look);
      look();
    });
  socket.write(
    Buffer.concat([
      encodeFrame(announced === undefined ? hello : { ...hello, announced }),
      beforePadding,
      padding,
    ]),
  );
  return { member, socket, heard, hears };
}

const frame = (type: number, ...body: number[]): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, body.length + 1, type]), Buffer.from(body)]);

test('a member says which versions it speaks; one that says nothing speaks version 0', async (context) => {
  const { member, hears, heard } = await greeted(context);
  await hears('"announced"');
  assert.match(heard.join('\n'), /"announced":\{"newest":1,"oldest":0,"capabilities":63\}/);
  await member.until(`up ${two}`);
  assert.equal(member.channel.takes(two, 'done'), true);
  assert.equal(member.channel.takes(two, 'not-understood'), false);
  assert.equal(member.channel.can(two, 'socketOptions'), false);
});

test('a peer of the same version is told more', async (context) => {
  const { member } = await greeted(context, { oldest: 1, newest: 9, capabilities: 1 });
  await member.until(`up ${two}`);
  assert.equal(member.channel.takes(two, 'not-understood'), true);
  assert.equal(member.channel.can(two, 'refusals'), true);
  assert.equal(member.channel.can(two, 'socketOptions'), false, 'it has not said so');
});

test('without a version in common there is no channel, and both ranges are named', async (context) => {
  const { member } = await greeted(context, { oldest: 2, newest: 3, capabilities: 0 });
  await member.until('fault');
  assert.match(member.happened.join('\n'), /versions 2 to 3 of the channel, this member 0 to 1/);
  assert.equal(member.count('up'), 0);
});

test('an unknown frame is answered by name, and service for other clients goes on', async (context) => {
  const { member, socket, hears, heard } = await greeted(context, { oldest: 0, newest: 1, capabilities: 1 });
  await member.until(`up ${two}`);
  const ofContact = frame(45, ...Buffer.alloc(16, 1), 99);
  const optional = frame(200, 5);
  const done = encodeFrame({ kind: 'done', handoff: 1, sequence: 2 });
  socket.write(Buffer.concat([frame(99, 1, 2), frame(99, 3), optional, ofContact, done]));
  await member.untilFrames(1);
  assert.deepEqual(member.frames, [{ kind: 'done', handoff: 1, sequence: 2 }]);
  await hears('"type":45,"inner":99');
  assert.equal(heard.filter((text) => text.includes('not-understood')).length, 2, heard.join('\n'));
  assert.deepEqual(member.happened.slice(1), [
    `frame-unknown ${two} {"type":99}`,
    `frame-unknown ${two} {"type":200}`,
    `frame-unknown ${two} {"type":45,"inner":99}`,
  ]);
});

test('to a peer without that capability nothing new is said', async (context) => {
  const { member, socket, heard, hears } = await greeted(context);
  await member.until(`up ${two}`);
  socket.write(frame(99));
  await member.until('frame-unknown');
  member.channel.send(two, { kind: 'client-probe', client });
  await hears('client-probe');
  assert.ok(!heard.some((text) => text.includes('not-understood')), heard.join('\n'));
});

test('what a peer does not understand is written down', async (context) => {
  const { member, socket } = await greeted(context, { oldest: 0, newest: 1, capabilities: 1 });
  socket.write(encodeFrame({ kind: 'not-understood', type: 45, inner: 44 }));
  await member.until(`frame-not-understood ${two} {"type":45,"inner":44}`);
  assert.deepEqual(member.frames, []);
});

test('oddities of one connection are told so often and no more', async (context) => {
  const { member, socket } = await greeted(context);
  await member.until(`up ${two}`);
  const types = Array.from({ length: 128 }, (_, type) => type + 128);
  socket.write(
    Buffer.concat([
      ...types.map((type) => frame(frameOfType(type) === undefined ? type : 255)),
      encodeFrame({ kind: 'done', handoff: 1, sequence: 2 }),
    ]),
  );
  await member.untilFrames(1);
  assert.equal(member.count('frame-unknown'), 32);
});

const disorder: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['Hello again', encodeFrame(hello), /hello came again/],
  ['padding again', padding, /padding came again/],
];
for (const [name, octets, fault] of disorder) {
  test(`${name} ends the channel`, async (context) => {
    const { member, socket } = await greeted(context);
    await member.until(`up ${two}`);
    socket.write(octets);
    await member.until('fault');
    assert.match(member.happened.join('\n'), fault);
  });
}

test('nothing is taken between Hello and the end of the padding', async (context) => {
  const { member } = await greeted(
    context,
    undefined,
    encodeFrame({ kind: 'done', handoff: 1, sequence: 2 }),
  );
  await member.until('fault');
  assert.match(member.happened.join('\n'), /done came before the padding/);
});

test('members of both versions in one group talk in what both know', async (context) => {
  const world = new ChannelWorld();
  const common = { security: plainChannel };
  const newer = new RecordedMember({ ...common, careOfAddress: one, peers: [two], network: world.at(one) });
  const older = new RecordedMember({
    ...common,
    careOfAddress: two,
    peers: [one],
    network: world.at(two),
    announcement: unannounced,
  });
  context.after(() => {
    newer.channel.close();
    older.channel.close();
  });
  await Promise.all([newer.until('up'), older.until('up')]);
  assert.equal(newer.channel.send(two, { kind: 'not-understood', type: 1 }), false);
  assert.equal(newer.channel.send(two, { kind: 'cancel', handoff: 1 }), true);
  assert.equal(older.channel.send(one, { kind: 'released', handoff: 1 }), true);
  await Promise.all([newer.untilFrames(1), older.untilFrames(1)]);
  assert.deepEqual([newer.frames[0]?.kind, older.frames[0]?.kind], ['released', 'cancel']);
});
