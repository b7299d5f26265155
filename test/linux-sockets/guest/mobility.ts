import { setTimeout as delay } from 'node:timers/promises';
import { FdPoller } from '../../../linux/fd-poller.ts';
import { HomeTestInitMonitor, type SeenHomeTestInit } from '../../../linux/home-test-init-monitor.ts';
import { MemberTunnelSocket } from '../../../linux/member-tunnel-socket.ts';
import {
  MobilityHeaderSocket,
  type ReceivedMobilityDatagram,
} from '../../../linux/mobility-header-socket.ts';
import { ipv6, ipv6ToBytes } from '../../../mip6/wire/address.ts';
import { addLink, addNode, inNode, ip } from './network.ts';

const H = ipv6('2001:db8:1::100');
const C1 = ipv6('2001:db8:1::2');
const C2 = ipv6('2001:db8:1::3');
const CN = ipv6('2001:db8:c::2');
const SETTLE_MS = 20;

const HOME_TEST_INIT = mobilityHeader(1, '00000102030405060708');
const CARE_OF_TEST_INIT = mobilityHeader(2, '00001112131415161718');
const HOME_TEST = mobilityHeader(3, '0007010203040506070811223344556677aa');
const BINDING_UPDATE = mobilityHeader(5, '0001800000050104000000000000');
const BINDING_ACKNOWLEDGEMENT = mobilityHeader(6, '000000010005010400000000');

/** client – contact – acceptor: every kind of packet that the raw sockets send or receive. */
export async function mobility(): Promise<unknown> {
  buildNetwork();
  const poller = FdPoller.open();
  const open = (node: string) => new Mailbox(inNode(node, () => MobilityHeaderSocket.open(poller)));
  const [client, contact, acceptor] = [open('client'), open('contact'), open('acceptor')];
  const seen: SeenHomeTestInit[] = [];
  const monitor = inNode('contact', () => HomeTestInitMonitor.open(poller, ['tmem']));
  monitor.onHomeTestInit = (one) => seen.push(one);
  const relay = inNode('contact', () => MemberTunnelSocket.open(C1));

  client.socket.send({ source: CN, destination: C1, bytes: CARE_OF_TEST_INIT });
  const plain = await contact.next();

  optimise();
  contact.socket.send({ source: H, destination: CN, bytes: BINDING_UPDATE });
  const bindingUpdate = await client.next();
  client.socket.send({
    source: CN,
    destination: H,
    careOfAddress: C1,
    routingHeader: true,
    bytes: BINDING_ACKNOWLEDGEMENT,
  });
  const acknowledgement = await contact.next();

  acceptor.socket.send({ source: H, destination: CN, bytes: CARE_OF_TEST_INIT });
  acceptor.socket.send({ source: H, destination: CN, bytes: HOME_TEST_INIT });
  await delay(SETTLE_MS);
  const checked = withChecksum(CN, H, HOME_TEST);
  relay.relay({ source: CN, destination: H, bytes: checked }, C1, C2);
  const relayed = await acceptor.next();
  const wrong = Uint8Array.from(checked);
  wrong[4]! ^= 1;
  relay.relay({ source: CN, destination: H, bytes: wrong }, C1, C2);
  await delay(SETTLE_MS);
  const afterWrong = acceptor.received.length;

  relay.close();
  monitor.close();
  for (const { socket } of [client, contact, acceptor]) socket.close();
  poller.close();
  const datagrams = { plain, bindingUpdate, acknowledgement, relayed };
  return {
    ...Object.fromEntries(Object.entries(datagrams).map(([name, datagram]) => [name, readable(datagram)])),
    seen: seen.map((one) => ({ ...one, homeInitCookie: Buffer.from(one.homeInitCookie).toString('hex') })),
    afterWrong,
  };
}

class Mailbox {
  readonly socket: MobilityHeaderSocket;
  readonly received: ReceivedMobilityDatagram[] = [];
  #arrived = Promise.withResolvers<void>();

  constructor(socket: MobilityHeaderSocket) {
    this.socket = socket;
    socket.onDatagram = (datagram) => {
      this.received.push(datagram);
      this.#arrived.resolve();
    };
  }

  async next(): Promise<ReceivedMobilityDatagram> {
    await this.#arrived.promise;
    this.#arrived = Promise.withResolvers();
    return this.received.pop()!;
  }
}

function buildNetwork(): void {
  for (const node of ['client', 'contact', 'acceptor']) addNode(node);
  addLink('client', 'contact', `${CN}/64`, '2001:db8:c::1/64');
  addLink('contact', 'acceptor', `${C1}/64`, `${C2}/64`);
  ip('client', '-6 route add default via 2001:db8:c::1');
  ip('acceptor', `-6 route add default via ${C1}`);
  for (const node of ['contact', 'acceptor']) ip(node, `addr add ${H}/128 dev lo home nodad`);
  for (const [node, local, remote] of [
    ['contact', C1, C2],
    ['acceptor', C2, C1],
  ]) {
    ip(node!, `link add tmem type ip6tnl mode ip6ip6 local ${local} remote ${remote} encaplimit none`);
    ip(node!, 'link set tmem up');
  }
  ip('acceptor', '-6 route add default dev tmem table 100');
  ip('acceptor', `-6 rule add pref 1000 from ${H} lookup 100`);
}

/** Home Address option on Binding Updates of the contact node, wildcard states and policies to accept the headers. */
function optimise(): void {
  const xfrm = (node: string, words: string): string => ip(node, `xfrm ${words}`);
  xfrm('contact', 'state add src :: dst :: proto route2 mode ro coa :: flag wildrecv sel src ::/0 dst ::/0');
  xfrm(
    'contact',
    'policy add dir in src ::/0 dst ::/0 ptype sub priority 19 tmpl src :: dst :: proto route2 mode ro level use',
  );
  xfrm('contact', `state add src ${H} dst ${CN} proto hao mode ro coa ${C1} sel src ${H} dst ${CN}`);
  const tmpl = `tmpl src ${H} dst ${CN} proto hao mode ro level use`;
  xfrm('contact', `policy add dir out src ${H} dst ${CN} proto 135 type 5 ptype sub priority 8 ${tmpl}`);
  xfrm('client', 'state add src :: dst :: proto hao mode ro coa :: flag wildrecv sel src ::/0 dst ::/0');
  const wildcard = 'tmpl src :: dst :: proto hao mode ro level use';
  xfrm('client', `policy add dir in src ::/0 dst ::/0 proto 135 type 5 ptype sub priority 9 ${wildcard}`);
}

/** A Mobility Header of that type, padded to 8 octets, its checksum still zero. */
function mobilityHeader(type: number, dataHex: string): Buffer {
  const data = Buffer.from(dataHex, 'hex');
  const header = Buffer.alloc(Math.ceil((6 + data.length) / 8) * 8);
  header.set([59, header.length / 8 - 1, type], 0);
  header.set(data, 6);
  // PadN over what is left, if it is more than an octet.
  const left = header.length - 6 - data.length;
  if (left > 1) header.set([1, left - 2], 6 + data.length);
  return header;
}

/** Independent of the kernel's own computation (RFC 6275 §6.1.1, RFC 8200 §8.1). */
function checksum(source: typeof H, destination: typeof H, bytes: Uint8Array): number {
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(bytes.length, 0);
  pseudo[7] = 135;
  const whole = Buffer.concat([ipv6ToBytes(source), ipv6ToBytes(destination), pseudo, bytes]);
  let sum = 0;
  for (let at = 0; at < whole.length; at += 2) sum += whole.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function withChecksum(source: typeof H, destination: typeof H, bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(checksum(source, destination, bytes), 4);
  return copy;
}

function readable({ bytes, ...addresses }: ReceivedMobilityDatagram) {
  const { source, destination } = addresses;
  return {
    ...addresses,
    type: bytes[2],
    octets: bytes.length,
    checksumHolds: checksum(source, destination, bytes) === 0,
  };
}
