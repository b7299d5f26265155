import net from 'node:net';
import * as z from 'zod/mini';
import { encodeTcpState } from '../../../linux/tcp/state-codec.ts';
import { type Ipv6Address, ipv6 } from '../../../mip6/wire/address.ts';
import { startNode } from '../../../nodes/support/node-process.ts';
import { type AnyChannelFrame, encodeFrame, FrameReader } from '../../../server/channel/channel-frames.ts';
import { tcpState } from '../../support/tcp-state.ts';
import { tlsChannel } from '../../support/tls-channel.ts';

/** A member that holds the group key, and means ill: it speaks to another one from its own address. */
const node = startNode(
  'hostile-member',
  'sends a member frames that no member of good faith sends',
  z.object({
    member: z.ipv6(),
    port: z.int(),
    self: z.ipv6(),
    channelKey: z.string(),
    client: z.ipv6(),
    contactAddress: z.ipv6(),
    servicePort: z.int(),
    /** of as many clients that do not exist, and of the one that does */
    announcements: z.int(),
  }),
);
const { config } = node;
const [member, self, client, contactAddress] = [
  config.member,
  config.self,
  config.client,
  config.contactAddress,
].map(ipv6) as [Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address];
const { servicePort } = config;

const service = { address: contactAddress, port: servicePort };
const remote = { address: client, port: 4000 };
let handoff = 0;

function init(
  [local, far] = [service, remote],
  but: Partial<Extract<AnyChannelFrame, { kind: 'init' }>> = {},
): AnyChannelFrame {
  const of = { handoff: ++handoff, client, contactAddress, sequence: 1 };
  const tcp = encodeTcpState(tcpState(local, far));
  return { kind: 'init', ...of, tcpState: tcp, applicationState: new Uint8Array(8), ...but };
}

const illegal: readonly AnyChannelFrame[] = [
  init([{ address: member, port: 22 }, remote]),
  init([{ address: contactAddress, port: 22 }, remote]),
  init([service, { address: member, port: 4000 }]),
  init([service, { ...remote, address: ipv6('ff02::1') }], { client: ipv6('ff02::1') }),
  init([service, { ...remote, address: member }], { client: member }),
  init([service, remote], { contactAddress: member }),
];
const announcements = Array.from({ length: config.announcements }, (_, number) => [
  prepare(ipv6(`2001:db8:c::${(number + 4096).toString(16)}`)),
  prepare(client),
]).flat();

function prepare(of: Ipv6Address): AnyChannelFrame {
  return { kind: 'prepare', handoff: ++handoff, client: of, contactAddress };
}

function attack(socket: net.Socket): void {
  const reader = new FrameReader();
  let refused = 0;
  socket.on('data', (chunk) => {
    for (const { kind } of reader.push(chunk, 0)) if (kind === 'refuse') refused++;
  });
  socket.on('error', () => undefined);
  const hello = { kind: 'hello', careOfAddress: self, incarnation: 1 } as const;
  const frames = [hello, { kind: 'padding', octets: 10 } as const, ...illegal, ...announcements];
  socket.write(Buffer.concat(frames.map(encodeFrame)));
  const tell = (): void =>
    node.log.write('attacked', { refused, announced: announcements.length, illegal: illegal.length });
  node.onStop(tell);
}

const security = tlsChannel(Buffer.from(config.channelKey, 'hex'), self);
let calls = 0;
call();
node.ready();

/** Until the member is there. */
function call(): void {
  const raw = net.connect({ host: member, port: config.port, localAddress: self });
  raw.once('error', () => {
    if (calls++ < 100) setTimeout(call, 100);
  });
  raw.once('connect', () =>
    security.connecting(raw, member, {
      onSecure: attack,
      onRefused: (reason) => node.log.write('refused', { reason }),
    }),
  );
}
