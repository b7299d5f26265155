import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setFilterTable } from '../../../linux/nft.ts';
import type { KernelObject } from '../../../linux/objects/types.ts';
import type { HomeAssociations } from '../../../linux/recipes/associations.ts';
import {
  correspondentBase,
  correspondentBinding,
  mobileBindingActive,
  mobileBindingPending,
} from '../../../linux/recipes/correspondent.ts';
import { homeAgentBase, homeAgentBinding } from '../../../linux/recipes/home-agent.ts';
import { acceptorRouting, contactNode, memberBase, memberTunnel } from '../../../linux/recipes/member.ts';
import { memberFirewall } from '../../../linux/recipes/member-firewall.ts';
import { perFlowForwarding } from '../../../linux/recipes/per-flow.ts';
import { Reconciler } from '../../../linux/reconciler.ts';
import { ipv6 } from '../../../mip6/wire/address.ts';

/**
 * Runs in one namespace of the lab: takes one JSON command a line on standard input, answers each with one JSON line.
 * Commands: `[name, …arguments]` with the names below.
 */
type Command = readonly [name: string, ...rest: readonly string[]];

const H = ipv6('2001:db8:1::100');
const A = ipv6('2001:db8:1::1');
const CN = ipv6('2001:db8:c::2');
const PORT = 8080;
const home = { homeAddress: H, homeAgent: A };

/** `margin` is what a backup node that takes over adds to the outbound counters it knows. */
function associations(margin: number): HomeAssociations {
  const make = (number: number) => ({
    spi: 0x1000 + number,
    requestId: number,
    encryptionKey: new Uint8Array(16).fill(number),
    authenticationKey: new Uint8Array(20).fill(0x10 + number),
    replay: { outbound: margin, inbound: 0 },
  });
  return { bindingUpdates: make(1), bindingAcknowledgements: make(2), tunnelOut: make(3), tunnelIn: make(4) };
}

/** Recipes by name; `at` is a care-of address. */
const RECIPES: Readonly<Record<string, (...words: readonly string[]) => KernelObject[]>> = {
  memberBase: () => memberBase(home),
  correspondentBase,
  homeAgentBase: () => homeAgentBase(home),
  homeAgentBaseEsp: () => homeAgentBase({ ...home, associations: associations(0) }),
  homeAgentBinding: (at) => homeAgentBinding({ ...home, careOfAddress: ipv6(at!), tunnelName: 'tm' }),
  homeAgentBindingEsp: (at) =>
    homeAgentBinding({ ...home, careOfAddress: ipv6(at!), tunnelName: 'tm', associations: associations(0) }),
  contactNode: (at) => contactNode({ ...home, careOfAddress: ipv6(at!), tunnelName: 'tha' }),
  contactNodeEsp: (at, margin) =>
    contactNode({
      ...home,
      careOfAddress: ipv6(at!),
      tunnelName: 'tha',
      associations: associations(Number(margin ?? 0)),
    }),
  correspondentBinding: (at) =>
    correspondentBinding({ correspondent: CN, homeAddress: H, careOfAddress: ipv6(at!) }),
  mobileBindingPending: (at) =>
    mobileBindingPending({ correspondent: CN, homeAddress: H, careOfAddress: ipv6(at!) }),
  mobileBindingActive: (at) =>
    mobileBindingActive({ correspondent: CN, homeAddress: H, careOfAddress: ipv6(at!) }),
  memberTunnel: (local, remote) => memberTunnel({ name: 'tmem', local: ipv6(local!), remote: ipv6(remote!) }),
  acceptorRouting: () => acceptorRouting({ homeAddress: H, tunnelName: 'tmem' }),
  perFlowForwarding: (port) =>
    perFlowForwarding({
      client: CN,
      clientPort: Number(port),
      homeAddress: H,
      serverPort: PORT,
      homeTunnelName: 'tha',
      memberTunnelName: 'tmem',
      table: 202,
    }),
};

const reconciler = new Reconciler();
const connections = new Map<string, Socket>();

const COMMANDS: Readonly<Record<string, (...words: readonly string[]) => unknown>> = {
  set: (group, recipe, ...words) => reconciler.set(group!, RECIPES[recipe!]!(...words)),
  clear: (group) => reconciler.clear(group!),
  clearAll: () => reconciler.clearAll(),
  readBack: () => reconciler.readBack().map(({ text }) => text),
  firewall: () => setFilterTable(memberFirewall([H])),
  listen: (name) => listening(name!),
  connect: (name, port) => opened(name!, Number(port)),
  exchange: (name, text) => echoed(connections.get(name!)!, text!),
  write: (name, text) => void connections.get(name!)!.write(text!),
  drop: (name) => void connections.get(name!)!.destroy(),
};

void serve();

async function serve(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, ...words]: Command = JSON.parse(line);
    try {
      console.log(JSON.stringify({ value: (await COMMANDS[name]!(...words)) ?? null }));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error) }));
    }
  }
  process.exit(0);
}

/** An echo server that puts `name:` before what it echoes. */
async function listening(name: string): Promise<void> {
  const server = createServer((socket) => {
    socket.on('data', (data) => socket.write(`${name}:${data}`));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(PORT, H, resolve));
}

async function opened(name: string, localPort: number): Promise<void> {
  const socket = connect({ host: H, port: PORT, localPort, localAddress: CN, noDelay: true });
  connections.set(name, socket);
  await new Promise<void>((resolve, reject) => socket.once('error', reject).once('connect', resolve));
}

async function echoed(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  return await new Promise((resolve, reject) => {
    socket.once('error', reject).once('data', (data) => resolve(String(data)));
  });
}
