import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { parseAttributes, readText } from '../../linux/netlink/attributes.ts';
import { parseStruct } from '../../linux/netlink/layout.ts';
import {
  ACK,
  DONE,
  emitMessage,
  type NetlinkMessage,
  type NetlinkRequest,
  parseMessages,
} from '../../linux/netlink/message.ts';
import { linkDigits, machineRequests } from '../../topologies/build-requests.ts';
import { builderPerl } from '../../topologies/builder-perl.ts';
import { interfacesAt, interfacesOf } from '../../topologies/interfaces.ts';
import { provisionScript } from '../../topologies/provision.ts';
import * as rt from '../../topologies/rtnetlink.ts';
import { isShaped } from '../../topologies/shaping.ts';
import { shapingRequests } from '../../topologies/shaping-requests.ts';
import { questions, told } from '../../topologies/told-by-kernel.ts';
import type { Topology } from '../../topologies/topology.ts';
import { deviationsOf } from '../../topologies/verify.ts';
import { networks } from '../support/built-networks.ts';

interface Recorded {
  readonly dump: string;
  readonly ip: string;
  readonly tc: string;
}

const recorded = JSON.parse(
  readFileSync(new URL('../support/built-networks.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Recorded>>;

const machines = Object.entries(networks).flatMap(([name, { topology, machines }]) =>
  machines.map((node) => {
    const { dump, ip, tc } = recorded[`${name} ${node}`]!;
    return { name, topology, node, ip, tc, dump: new Uint8Array(gunzipSync(Buffer.from(dump, 'base64'))) };
  }),
);

function deviations(topology: Topology, node: string, words: { readonly ip: string; readonly tc: string }) {
  const files = { [`${node}.ip.json`]: words.ip, [`${node}.tc.json`]: words.tc };
  return deviationsOf(topology, files)
    .filter((one) => one.node === node)
    .map(String);
}

for (const { name, topology, node, ip, tc, dump } of machines) {
  test(`${name}, ${node}: the kernel's own words say what ip and tc say of the same network, and what was asked`, () => {
    assert.deepEqual(deviations(topology, node, { ip, tc }), []);
    assert.deepEqual(deviations(topology, node, told(dump)), []);
    const [ours, theirs] = [told(dump), { ip, tc }].map((words) => essence(words));
    assert.deepEqual(ours, theirs);
  });

  test(`${name}, ${node}: whatever a machine has been given and its kernel does not tell is a deviation`, () => {
    const messages = [...cut(dump)];
    const missed = messages.filter((_, position) => {
      const type = new DataView(messages[position]!.buffer).getUint16(4, true);
      if (type === DONE) return false;
      const rest = Buffer.concat(messages.filter((__, other) => other !== position));
      return deviations(topology, node, told(rest)).length > 0;
    });
    const interfaces = interfacesAt(topology, node).length;
    const added = machineRequests(topology, node).filter(({ type }) => type === rt.NEW.route).length;
    // The loopback device's name, without which its address is a stranger's; of each interface: itself, its address and that address's network, its neighbour; link-local addresses are not compared.
    const shaped = shapingRequests(topology, node).length;
    assert.equal(missed.length, 1 + 4 * interfaces + added + shaped);
  });

  test(`${name}, ${node}: what the kernel tells it was asked for in the same octets`, () => {
    const asked = [...machineRequests(topology, node), ...shapingRequests(topology, node)];
    const answers = parseMessages(dump);
    const additions = asked.filter(({ flags, type }) => flags !== 0 && type !== rt.NEW.link);
    for (const request of additions)
      assert.ok(
        answers.some((answer) => tells(answer, request)),
        `type ${request.type}, ${rt.hex(emitMessage(request, 1))}`,
      );
  });
}

/** Whether a kernel's message has all that the request has, but for what a kernel fills in: protocols, times, priorities. */
function tells(answer: NetlinkMessage, request: NetlinkRequest): boolean {
  if (answer.type !== request.type) return false;
  const size = request.body.length;
  const given = request.attributes ?? [];
  const found = parseAttributes(answer.payload.subarray(size));
  return (
    sameBody(answer.payload.subarray(0, size), request) &&
    given.every((octets) =>
      [...parseAttributes(octets)].every(([type, value]) => {
        // The kernel tells a local address as the address alone.
        if (request.type === rt.NEW.address && type === rt.ADDRESS_ATTRIBUTE.local) return true;
        return contains(found.get(type), value, request);
      }),
    )
  );
}

function sameBody(body: Uint8Array, { type, body: asked }: NetlinkRequest): boolean {
  if (type === rt.NEW.qdisc || type === rt.NEW.filter) {
    const [told, wanted] = [parseStruct(rt.TRAFFIC, body), parseStruct(rt.TRAFFIC, asked)];
    const info = type === rt.NEW.qdisc || told.info === wanted.info;
    const handle = type === rt.NEW.filter || told.handle === wanted.handle;
    return told.index === wanted.index && told.parent === wanted.parent && info && handle;
  }
  if (type === rt.NEW.neighbour)
    return isDeepStrictEqual(parseStruct(rt.NEIGHBOUR, body), parseStruct(rt.NEIGHBOUR, asked));
  if (type === rt.NEW.route)
    return isDeepStrictEqual(parseStruct(rt.ROUTE, body), parseStruct(rt.ROUTE, asked));
  const [told, wanted] = [parseStruct(rt.ADDRESS, body), parseStruct(rt.ADDRESS, asked)];
  const duplicates = told.flags & rt.ADDRESS_FLAG.noDuplicateDetection;
  return (
    told.index === wanted.index && told.prefixLength === wanted.prefixLength && duplicates === wanted.flags
  );
}

function contains(found: Uint8Array | undefined, value: Uint8Array, request: NetlinkRequest): boolean {
  if (found === undefined) return false;
  const kind = readText(parseAttributes(request.attributes![0]!).get(rt.TRAFFIC_ATTRIBUTE.kind));
  const isOptions = request.type === rt.NEW.qdisc && Buffer.from(value).indexOf(`${kind}\0`) !== 0;
  if (isOptions && kind === 'tbf') return sameBucket(parseAttributes(found), parseAttributes(value));
  if (
    request.type === rt.NEW.filter &&
    kind === 'flower' &&
    !Buffer.from(value).equals(Buffer.from('flower\0'))
  )
    return [...parseAttributes(value)].every(([type, own]) =>
      Buffer.from(own).equals(parseAttributes(found).get(type) ?? new Uint8Array()),
    );
  return Buffer.from(found.subarray(0, value.length)).equals(value);
}

/** The kernel tells a bucket by its time. */
function sameBucket(found: ReadonlyMap<number, Uint8Array>, asked: ReadonlyMap<number, Uint8Array>): boolean {
  const { parameters, rate64 } = rt.TBF_ATTRIBUTE;
  const [told, wanted] = [found.get(parameters)!, asked.get(parameters)!];
  const limit = parseStruct(rt.TBF, told).limit === parseStruct(rt.TBF, wanted).limit;
  const rate = Buffer.from(told.subarray(8, 12)).equals(wanted.subarray(8, 12));
  const large = asked.get(rate64);
  return limit && rate && (large === undefined || Buffer.from(large).equals(found.get(rate64)!));
}

/** Names, numbers and texts that both have; what iproute2 rounds is left to the comparison with what was asked. */
function essence({ ip, tc }: { readonly ip: string; readonly tc: string }): unknown {
  const [links, addresses, routes, neighbours] = documents(ip);
  const [qdiscs = [], ...filters] = documents(tc);
  return {
    links: links!.map(({ ifindex, ifname, mtu, qdisc }) => ({ ifindex, ifname, mtu, qdisc })),
    addresses: addresses!
      .flatMap(({ ifname, addr_info = [] }) =>
        (addr_info as { local?: string; prefixlen?: number }[]).map(
          ({ local, prefixlen }) => `${ifname} ${local}/${prefixlen}`,
        ),
      )
      .sort(),
    routes: routes!
      .map(({ dst, dev, gateway, metrics }) => JSON.stringify({ dst, dev, gateway, metrics }))
      .sort(),
    neighbours: neighbours!
      .filter(({ state }) => (state as string[]).includes('PERMANENT'))
      .map(({ dst, dev, lladdr }) => `${dst} ${dev} ${lladdr}`)
      .sort(),
    qdiscs: qdiscs
      .filter(({ kind }) => kind !== 'noqueue')
      .map(({ kind, handle, dev, parent, root }) => ({ kind, handle, dev, parent, root })),
    filters: filters.map((document) =>
      document.map((filter) => {
        const { classid, indev } = (filter.options ?? {}) as Record<string, unknown>;
        return { kind: filter.kind, classid, indev };
      }),
    ),
  };
}

function documents(text: string): readonly (readonly Record<string, unknown>[])[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as Record<string, unknown>[]).filter((one) => hasWords(one)));
}

/** ip leaves empty objects where it has nothing to say of one. */
function hasWords(one: object): boolean {
  return Object.keys(one).length > 0;
}

function* cut(dump: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < dump.length; ) {
    const length = (new DataView(dump.buffer, dump.byteOffset + at).getUint32(0, true) + 3) & ~3;
    yield dump.slice(at, at + length);
    at += length;
  }
}

test('a link is asked for with both ends whole, each with the descriptor of its namespace', () => {
  const { topology } = networks.testbed!;
  const digits = linkDigits(topology, 0);
  assert.deepEqual(digits.match(/<[^>]+>/g), ['<client>', '<router>']);
  const octets = Buffer.from(digits.replace('<client>', '07000000').replace('<router>', '08000000'), 'hex');
  const [message, ...more] = parseMessages(new Uint8Array(octets));
  assert.deepEqual(more, []);
  const link = message!.payload;
  const attributes = parseAttributes(link.subarray(rt.LINK.size));
  const info = parseAttributes(attributes.get(rt.LINK_ATTRIBUTE.info)!);
  const peer = parseAttributes(info.get(rt.LINK_INFO.data)!).get(rt.LINK_INFO.vethPeer)!;
  assert.equal(readText(info.get(rt.LINK_INFO.kind)), 'veth');
  const [client, router] = interfacesOf(topology);
  for (const [octetsOf, at, descriptor] of [
    [link, client!, 7],
    [peer, router!, 8],
  ] as const) {
    const { index, flags, change } = parseStruct(rt.LINK, octetsOf);
    const own = parseAttributes(octetsOf.subarray(rt.LINK.size));
    assert.deepEqual(
      [index, flags, change, readText(own.get(3)), own.get(28)?.[0], [...own.get(1)!], own.get(4)?.[0]],
      [at.index, 0x80, 0x1080, at.name, descriptor, [...rt.macBytes(at.mac)], 1500 & 0xff],
    );
  }
});

test('requests go together, at most 256 at once, and only the last of a datagram asks for its acknowledgement', () => {
  const request = { type: rt.NEW.link, flags: 0, body: new Uint8Array(16) };
  const datagrams = rt.together(Array.from({ length: 300 }, () => request));
  assert.equal(datagrams.length, 2);
  for (const [index, count] of [256, 44].entries()) {
    const messages = parseMessages(new Uint8Array(Buffer.from(datagrams[index]!, 'hex')));
    assert.deepEqual(
      messages.map(({ sequence }) => sequence),
      Array.from({ length: count }, (_, position) => position + 1),
    );
    assert.deepEqual(
      messages.map(({ flags }) => (flags & ACK) !== 0),
      Array.from({ length: count }, (_, position) => position === count - 1),
    );
  }
  assert.deepEqual(rt.together([]), []);
});

test('handles and classes are hexadecimal both ways', () => {
  for (const text of ['1:', '22:', '2:3', 'ff:1a']) assert.equal(rt.handleText(rt.handleOf(text)), text);
  assert.equal(rt.handleOf('22:'), 0x220000);
  assert.equal(rt.handleOf('2:1a'), 0x2001a);
});

test('a kernel is asked for shaping only where something is shaped, and below a rate limit by name', () => {
  const { topology } = networks.classes!;
  const count = (node: string): number => questions(topology, node).split(' ').length;
  assert.ok(isShaped(topology, 'ha1'));
  assert.equal(count('ha1'), 4 + 1 + 1);
  assert.equal(count('client1'), isShaped(topology, 'client1') ? 5 : 4);
  const last = parseMessages(
    new Uint8Array(Buffer.from(questions(topology, 'ha1').split(' ').at(-1)!, 'hex')),
  );
  assert.equal(parseStruct(rt.TRAFFIC, last[0]!.payload).parent, rt.handleOf('3:'));
});

test('all namespaces are made before any link, and a machine is whole before the next begins', () => {
  const { topology } = networks.testbed!;
  const words = provisionScript(topology)
    .split('__END__\n')[1]!
    .split('\n')
    .filter((line) => !line.startsWith('folder '))
    .map((line) => line.split(' ').slice(0, 2).join(' '));
  const names = topology.nodes.map(({ name }) => name);
  assert.deepEqual(
    words.slice(0, names.length),
    names.map((name) => `make ${name}`),
  );
  assert.deepEqual(
    words.slice(names.length, names.length + topology.links.length),
    topology.links.map(({ a, b }) => `send link:${a}-${b}`),
  );
  const order = words.filter((line) => /^(namespace|ask) /.test(line));
  assert.deepEqual(
    order,
    names.flatMap((name) => [`namespace ${name}`, `ask /run/job/network/${name}.dump`]),
  );
});

test('an architecture without known system calls is refused by name', () => {
  assert.match(builderPerl('arm64'), /^my \(\$SETNS, \$UNSHARE, \$MOUNT\) = \(268, 97, 40\);/);
  assert.throws(() => builderPerl('riscv64'), /Networks cannot be built on riscv64/);
});
