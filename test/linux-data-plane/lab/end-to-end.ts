import { writeFileSync } from 'node:fs';
import { realtimeNs } from '../../../linux/clock.ts';
import { startCapture } from './capture.ts';
import { LabNode } from './lab-node.ts';

/**
 * Runs in the lab over `network.sh`: the recipes of a server with two members, without any signalling. Writes
 * `router.pcap` and `report.json`: per phase its start (nanoseconds since the epoch) and what the processes saw.
 */
const C1 = '2001:db8:1::2';
const C2 = '2001:db8:2::2';
const H = '2001:db8:1::100';
const A = '2001:db8:1::1';
const CN = '2001:db8:c::2';
const NAMES = ['client', 'router', 'ha1', 'ha2', 'node1', 'node2'] as const;

const phases: { readonly name: string; readonly start: string; readonly seen: unknown }[] = [];

async function main(): Promise<void> {
  const nodes = Object.fromEntries(NAMES.map((name) => [name, new LabNode(name)])) as Record<
    (typeof NAMES)[number],
    LabNode
  >;
  const capture = await startCapture();
  await phase('tunnel', () => tunnel(nodes));
  await phase('bound', () => bound(nodes));
  await phase('moved', () => moved(nodes));
  await phase('unbound', () => unbound(nodes));
  await phase('flow', () => flow(nodes));
  await phase('protected', () => protectedHome(nodes));
  await phase('takeover', () => takeover(nodes));
  await phase('end', () => end(Object.values(nodes)));
  await capture.stop(nodes.router);
  const secondLink = Number(nodes.router.run('cat', '/sys/class/net/router-eth3/ifindex'));
  writeFileSync('report.json', JSON.stringify({ phases, secondLink }, null, 1));
  for (const node of Object.values(nodes)) node.end();
}

type Nodes = Record<(typeof NAMES)[number], LabNode>;

/** Home registration without ESP: the client reaches node1 and back through the home agent's tunnel. */
async function tunnel({ client, ha1, node1, node2 }: Nodes): Promise<unknown> {
  for (const member of [node1, node2]) {
    await member.ask('set', 'base', 'memberBase');
    await member.ask('firewall');
    await member.ask('listen', member.name);
  }
  await client.ask('set', 'base', 'correspondentBase');
  await ha1.ask('set', 'base', 'homeAgentBase');
  await ha1.ask('set', 'home', 'homeAgentBinding', C1);
  await node1.ask('set', 'home', 'contactNode', C1);
  await client.ask('connect', 'first', '40001');
  return {
    ping: ping(client),
    echo: await client.ask('exchange', 'first', 'one'),
    signalling: await delivered(node1, ha1, { from: H, to: A, type: '5' }),
    deviations: await deviations([client, ha1, node1, node2]),
  };
}

/** A binding between client and node1. */
async function bound({ client, node1 }: Nodes): Promise<unknown> {
  await node1.ask('set', 'client', 'mobileBindingPending', C1);
  await client.ask('set', 'binding', 'correspondentBinding', C1);
  await node1.ask('set', 'client', 'mobileBindingActive', C1);
  return {
    ping: ping(client),
    echo: await client.ask('exchange', 'first', 'two'),
    deviations: await deviations([client, node1]),
  };
}

/** The binding moves to node2: the open connection's next segment must take the new path at once. */
async function moved({ client, node2 }: Nodes): Promise<unknown> {
  await node2.ask('set', 'client', 'mobileBindingPending', C2);
  await client.ask('set', 'binding', 'correspondentBinding', C2);
  await node2.ask('set', 'client', 'mobileBindingActive', C2);
  await client.ask('write', 'first', 'three');
  await client.ask('connect', 'second', '40002');
  return {
    ping: ping(client),
    echo: await client.ask('exchange', 'second', 'four'),
    resetsDropped: /counter packets [1-9]/.test(node2.run('nft', 'list', 'table', 'ip6', 'handoff_member')),
    deviations: await deviations([client, node2]),
  };
}

/** No binding any more: new connections go to the contact node again. */
async function unbound({ client, node1, node2 }: Nodes): Promise<unknown> {
  await client.ask('drop', 'first');
  await client.ask('drop', 'second');
  await node1.ask('clear', 'client');
  await node2.ask('clear', 'client');
  await client.ask('clear', 'binding');
  await client.ask('connect', 'third', '40003');
  return { echo: await client.ask('exchange', 'third', 'five') };
}

/** One flow of a client without bindings goes on to node2 through the member tunnel. */
async function flow({ client, node1, node2 }: Nodes): Promise<unknown> {
  await node1.ask('set', 'members', 'memberTunnel', C1, C2);
  await node2.ask('set', 'members', 'memberTunnel', C2, C1);
  await node2.ask('set', 'acceptor', 'acceptorRouting');
  await node1.ask('set', 'flow', 'perFlowForwarding', '40004');
  await node1.ask('set', 'other flow', 'perFlowForwarding', '40005');
  await node1.ask('clear', 'other flow');
  await client.ask('connect', 'fourth', '40004');
  await client.ask('connect', 'fifth', '40005');
  const seen = {
    forwarded: await client.ask('exchange', 'fourth', 'six'),
    other: await client.ask('exchange', 'fifth', 'seven'),
    deviations: await deviations([node1, node2]),
  };
  await node1.ask('clear', 'flow');
  await node2.ask('clear', 'acceptor');
  return seen;
}

/** Home registration and return routability in ESP. */
async function protectedHome({ client, ha1, node1 }: Nodes): Promise<unknown> {
  await ha1.ask('clear', 'home');
  await node1.ask('clear', 'home');
  await ha1.ask('set', 'base', 'homeAgentBaseEsp');
  await ha1.ask('set', 'home', 'homeAgentBindingEsp', C1);
  await node1.ask('set', 'home', 'contactNodeEsp', C1);
  return {
    update: await delivered(node1, ha1, { from: H, to: A, type: '5' }),
    homeTestInit: await recorded(ha1, () => delivered(node1, client, { from: H, to: CN, type: '1' })),
    homeTest: await delivered(client, node1, { from: CN, to: H, type: '3' }),
    deviations: await deviations([ha1, node1]),
  };
}

/** Keeps the ESP packet that `act` sends to this node. */
async function recorded<T>(node: LabNode, act: () => Promise<T>): Promise<T> {
  const words = ['mobility-header.py', 'record', `${node.name}-eth1`, `${node.name}.esp`];
  const recording = await node.start('python3', ...words);
  const result = await act();
  await recording.output;
  return result;
}

/** node2 takes the contact address over: the home agent's tunnel and associations move, their counters go on. */
async function takeover({ client, ha1, node1, node2 }: Nodes): Promise<unknown> {
  await node1.ask('clear', 'home');
  await ha1.ask('set', 'home', 'homeAgentBindingEsp', C2);
  await node2.ask('set', 'home', 'contactNodeEsp', C2, '1000');
  // From the old care-of address and through the old association, which the new one has inherited the bitmap of.
  node1.run('python3', 'mobility-header.py', 'replay', 'ha1.esp');
  return {
    update: await delivered(node2, ha1, { from: H, to: A, type: '5' }),
    homeTestInit: await delivered(node2, client, { from: H, to: CN, type: '1' }),
    homeTest: await delivered(client, node2, { from: CN, to: H, type: '3' }),
    counters: ha1.run('ip', '-s', 'xfrm', 'state', 'list', 'proto', 'esp').match(/seq 0x.*(?=, bitmap)/g),
    deviations: await deviations([ha1, node2]),
  };
}

/** Shows everything that the recipes can make; one process for all, because processes are what costs time in the lab. */
const REMAINS = `
ip xfrm state; ip xfrm policy; ip -6 tunnel show; ip -6 addr show to ${H}; ip -6 rule show
ip -6 route show table all | grep -E "table 100|table 202|dev t|${H}"
true`;

/** Nothing may be left, nothing may have been dropped. */
async function end(nodes: readonly LabNode[]): Promise<unknown> {
  const left: Record<string, string> = {};
  const errors: Record<string, string[]> = {};
  for (const node of nodes) {
    await node.ask('clearAll');
    left[node.name] = node.run('bash', '-c', REMAINS);
    const counters = node.run('cat', '/proc/net/xfrm_stat').trim().split('\n');
    errors[node.name] = counters.filter((line) => !/\s0$/.test(line));
  }
  return { left, errors };
}

async function phase(name: string, run: () => Promise<unknown>): Promise<void> {
  const start = String(realtimeNs());
  try {
    phases.push({ name, start, seen: await run() });
  } catch (error) {
    phases.push({ name, start, seen: { failure: String(error) } });
  }
}

function ping(client: LabNode): boolean {
  return / 0% packet loss/.test(client.run('ping', '-c', '2', '-i', '0.2', '-W', '2', H));
}

/** What `receiver` gets when `sender` sends a Mobility Header: "source type", or why nothing. */
async function delivered(
  sender: LabNode,
  receiver: LabNode,
  { from, to, type }: { readonly from: string; readonly to: string; readonly type: string },
): Promise<string> {
  const arrival = await receiver.start('python3', 'mobility-header.py', 'receive', type);
  sender.run('python3', 'mobility-header.py', 'send', from, to, type);
  return await arrival.output;
}

async function deviations(nodes: readonly LabNode[]): Promise<unknown[]> {
  const all = await Promise.all(nodes.map((node) => node.ask('readBack')));
  return all.flat();
}

void main();
