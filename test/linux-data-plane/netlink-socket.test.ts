import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { libc } from '../../linux/libc.ts';
import { concat } from '../../linux/netlink/attributes.ts';
import { ACK, ERROR, parseMessages } from '../../linux/netlink/message.ts';
import { type NamedRequest, NETLINK_XFRM, NetlinkSocket } from '../../linux/netlink/socket.ts';

/** NLM_F_REQUEST */
const REQUEST = 0x1;
const EEXIST = 17;
const ENOENT = 2;

/** A kernel that works on each message of a send, and refuses those whose first octet of body is an error number. */
class Kernel {
  readonly sends: ReturnType<typeof parseMessages>[] = [];
  readonly #answers: Uint8Array[] = [];

  socket = (): number => 7;
  close = (): number => 0;
  setsockopt = (): number => 0;

  send(_descriptor: number, octets: Uint8Array, length: number): number {
    const messages = parseMessages(octets.slice(0, length));
    this.sends.push(messages);
    for (const { sequence, flags, payload } of messages) {
      const code = payload[0]!;
      if (code !== 0 || (flags & ACK) !== 0) this.#answers.push(answer(sequence, code));
    }
    return length;
  }

  recv(_descriptor: number, into: Uint8Array): number {
    const next = this.#answers.shift();
    assert.ok(next !== undefined, 'nothing to receive: a real kernel would let the process wait for ever');
    into.set(next);
    return next.length;
  }

  /** In place of the C library. */
  readonly calls = ((name: 'socket' | 'close' | 'setsockopt' | 'send' | 'recv') =>
    this[name].bind(this)) as unknown as typeof libc;

  /** Answers that nobody has read. */
  get left(): number {
    return this.#answers.length;
  }
}

/** An acknowledgement, or with a code a refusal, without the request's echo (NETLINK_CAP_ACK). */
function answer(sequence: number, code: number): Uint8Array {
  const octets = new Uint8Array(20);
  const view = new DataView(octets.buffer);
  view.setUint32(0, octets.length, true);
  view.setUint16(4, ERROR, true);
  view.setUint16(6, 0x100, true);
  view.setUint32(8, sequence, true);
  view.setInt32(16, -code, true);
  return octets;
}

const asking = (code: number, what = `code ${code}`): NamedRequest => ({
  request: { type: 0x13, flags: 0, body: Uint8Array.of(code, 0, 0, 0) },
  what,
});

function start() {
  const kernel = new Kernel();
  return { kernel, socket: new NetlinkSocket(NETLINK_XFRM, kernel.calls) };
}

test('requests go in one send, in their order, and only the last asks for an acknowledgement', () => {
  const { kernel, socket } = start();
  const outcomes = socket.requestAll([asking(0), asking(0), asking(0)]);
  assert.deepEqual(outcomes, [{}, {}, {}]);
  assert.deepEqual(
    kernel.sends.map((messages) => messages.map(({ flags, sequence }) => [flags, sequence])),
    [
      [
        [REQUEST, 1],
        [REQUEST, 2],
        [REQUEST | ACK, 3],
      ],
    ],
  );
  assert.equal(kernel.left, 0);
});

test('each refusal is told with its own words, wherever it stands, and nothing is left unread', () => {
  for (const refused of [[0], [1], [2], [0, 2], [0, 1, 2]]) {
    const { kernel, socket } = start();
    const requests = [0, 1, 2].map((index) =>
      asking(refused.includes(index) ? EEXIST + index : 0, `request ${index}`),
    );
    const outcomes = socket.requestAll(requests);
    assert.deepEqual(
      outcomes.map(({ failure }) => failure?.code),
      [0, 1, 2].map((index) => (refused.includes(index) ? EEXIST + index : undefined)),
    );
    for (const index of refused)
      assert.match(outcomes[index]!.failure!.message, new RegExp(`refused: request ${index}`));
    assert.equal(kernel.left, 0);
  }
});

test('a request after that has its own answer', () => {
  const { socket } = start();
  socket.requestAll([asking(ENOENT), asking(0)]);
  assert.deepEqual(socket.request(asking(0).request, 'after'), []);
  assert.throws(() => socket.request(asking(ENOENT).request, 'then'), /refused: then/);
});

test('a transaction is sent whole; the message before its end is acknowledged', () => {
  const { kernel, socket } = start();
  socket.transaction(
    [asking(0), asking(0), asking(0), asking(0)].map(({ request }) => request),
    'all',
  );
  assert.deepEqual(
    kernel.sends.map((messages) => messages.map(({ flags }) => flags)),
    [[REQUEST, REQUEST, REQUEST | ACK, REQUEST]],
  );
  assert.equal(kernel.left, 0);
});

test('a transaction fails with its first refusal, whichever message it is of; nothing is left unread', () => {
  for (const [refused, told] of [
    [[1], /EEXIST/],
    [[2], /EEXIST/],
    [[1, 2], /EEXIST/],
  ] as const) {
    const { kernel, socket } = start();
    const messages = [0, 1, 2, 3].map(
      (index) => asking(refused.some((one) => one === index) ? EEXIST : 0).request,
    );
    assert.throws(() => socket.transaction(messages, 'all of it'), told);
    assert.equal(kernel.left, 0);
  }
});

test('a transaction that is refused as a whole has no other answer, and is not waited for', () => {
  const { kernel, socket } = start();
  const receive = kernel.recv.bind(kernel);
  let answers = 0;
  kernel.recv = (descriptor, into): number => {
    assert.equal(++answers, 1, 'a real kernel would let the process wait for ever');
    return receive(descriptor, into);
  };
  const messages = [asking(1), asking(0), asking(0), asking(0)].map(({ request }) => request);
  assert.throws(() => socket.transaction(messages, 'all of it'), /refused: all of it[\s\S]*EPERM/);
});

test('more than fit into one send go in several, none at all in none', () => {
  const { kernel, socket } = start();
  const requests = Array.from({ length: 150 }, (_, index) => asking(index === 100 ? EEXIST : 0));
  const outcomes = socket.requestAll(requests);
  assert.deepEqual(
    kernel.sends.map(({ length }) => length),
    [64, 64, 22],
  );
  assert.deepEqual(
    outcomes.flatMap(({ failure }, index) => (failure === undefined ? [] : [index])),
    [100],
  );
  assert.deepEqual(socket.requestAll([]), []);
  assert.equal(kernel.sends.length, 3);
});

test('answers that come together in one datagram are all read', () => {
  const { kernel, socket } = start();
  const receive = kernel.recv.bind(kernel);
  const together = new Uint8Array(4096);
  kernel.recv = (descriptor, into): number => {
    let length = 0;
    while (kernel.left > 0) length += receive(descriptor, together.subarray(length));
    into.set(concat([together.subarray(0, length)]));
    return length;
  };
  const outcomes = socket.requestAll([asking(EEXIST), asking(ENOENT), asking(0)]);
  assert.deepEqual(
    outcomes.map(({ failure }) => failure?.code),
    [EEXIST, ENOENT, undefined],
  );
});
