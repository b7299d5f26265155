import net from 'node:net';
import tls from 'node:tls';
import * as z from 'zod/mini';
import { encodeTcpState } from '../../../linux/tcp/state-codec.ts';
import { ipv6 } from '../../../mip6/wire/address.ts';
import { startNode } from '../../../nodes/support/node-process.ts';
import { encodeFrame } from '../../../server/channel/channel-frames.ts';
import { tcpState } from '../../support/tcp-state.ts';

/** A process on a member's own machine, but outside the group: tries to be taken for the member. */
const node = startNode(
  'channel-intruder',
  'sends handoff frames to a member without knowing the group key',
  z.object({ member: z.ipv6(), port: z.int(), pretended: z.ipv6() }),
);
const { member, port, pretended } = node.config;
const attemptMs = 2000;

const client = ipv6('2001:db8:c::2');
const contactAddress = ipv6('2001:db8:1::100');
const frames = Buffer.concat([
  encodeFrame({ kind: 'hello', careOfAddress: ipv6(pretended), incarnation: 1 }),
  encodeFrame({ kind: 'padding', octets: 10 }),
  encodeFrame({ kind: 'prepare', handoff: 1, client, contactAddress }),
  encodeFrame({
    kind: 'init',
    handoff: 1,
    client,
    contactAddress,
    sequence: 1,
    tcpState: encodeTcpState(
      tcpState({ address: contactAddress, port: 8080 }, { address: client, port: 4000 }),
    ),
    applicationState: new Uint8Array(8),
  }),
  encodeFrame({ kind: 'done', handoff: 1, sequence: 2 }),
]);

type Wrap = (raw: net.Socket) => net.Socket;
const tls13 = { minVersion: 'TLSv1.3', rejectUnauthorized: false } as const;
const attempts: Readonly<Record<string, Wrap>> = {
  'in the clear': (raw) => raw,
  'TLS without a key': (socket) => tls.connect({ ...tls13, socket }),
  'TLS with a wrong key': (socket) =>
    tls.connect({
      ...tls13,
      socket,
      ciphers: 'TLS_AES_128_GCM_SHA256',
      pskCallback: () => ({ psk: Buffer.alloc(32, 1), identity: pretended }),
    }),
};

async function attempt(name: string, wrap: Wrap): Promise<void> {
  const raw = net.connect({ host: member, port, localAddress: pretended });
  const { promise, resolve } = Promise.withResolvers<void>();
  raw.once('connect', () => {
    const socket = wrap(raw);
    socket.on('error', () => undefined);
    socket.write(frames);
  });
  raw.on('error', () => undefined);
  raw.once('close', () => resolve());
  setTimeout(() => raw.destroy(), attemptMs);
  await promise;
  node.log.write('attempted', { name });
}

node.ready();
async function attemptAll(): Promise<void> {
  for (const [name, wrap] of Object.entries(attempts)) await attempt(name, wrap);
  node.end(0);
}

void attemptAll();
