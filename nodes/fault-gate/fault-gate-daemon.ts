import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { FdPoller } from '../../linux/fd-poller.ts';
import { stopIdleMetrics } from '../../linux/idle-metrics.ts';
import { PacketQueue } from '../../linux/packet-queue.ts';
import { sendWholePacket } from '../../linux/whole-packet.ts';
import { ipv6, ipv6FromBytes } from '../../mip6/wire/address.ts';
import { cutScript, healScript } from '../conductor/partition.ts';
import { startNode } from '../support/node-process.ts';
import { RoleDriver } from '../support/role-driver.ts';
import { FaultGate, type GateOutput } from './fault-gate.ts';
import { faultGateConfig } from './fault-gate-config.ts';
import { type GateAddresses, signalOf } from './signal-of.ts';

/** Stands at a router and brings about the faults of a plan. */
const node = startNode(
  'fault-gate',
  'at a router: loses, doubles and delays chosen packets of handoffs, and kills members or cuts them off behind them',
  faultGateConfig,
);
const { config, log } = node;
const addresses: GateAddresses = {
  client: ipv6(config.client),
  donor: ipv6(config.donor),
  acceptor: ipv6(config.acceptor),
  contactAddress: ipv6(config.contactAddress),
  servicePort: config.servicePort,
  channelPort: config.channelPort,
};
/** Octets of an IPv6 header before the destination. */
const DESTINATION_AT = 24;
/** Copies of packets that may be sent again; the others are forgotten with their verdict. */
const held = new Map<number, Uint8Array>();
const MOST_HELD = 64;

stopIdleMetrics();
const poller = FdPoller.open();
const queue = PacketQueue.open(poller, config.queue, ({ id, octets }) => {
  held.set(id, octets);
  if (held.size > MOST_HELD) held.delete(held.keys().next().value!);
  driver.handle({ kind: 'packet', id, signal: signalOf(octets, addresses) });
});
const driver = new RoleDriver(new FaultGate(config), act);
execFileSync('nft', [rules()]);
node.onStop(() => {
  driver.stop();
  execFileSync('nft', ['delete table ip6 gate']);
  queue.close();
  poller.close();
});
node.ready();

/** What may be signalling, and the beginning of a session; data on the direct path passes without a look. */
function rules(): string {
  const looked = [
    ...['nexthdr 135', 'nexthdr 60', 'nexthdr 43', 'nexthdr 41'],
    ...[`nexthdr 6 tcp dport ${config.channelPort}`, `nexthdr 6 tcp sport ${config.channelPort}`],
    `nexthdr 6 ip6 saddr ${config.client} tcp dport ${config.servicePort} tcp flags & (syn | ack) == syn`,
  ];
  const lines = looked.map((match) => `ip6 ${match} queue num ${config.queue} bypass;`);
  return `table ip6 gate { chain forward { type filter hook forward priority 0; ${lines.join(' ')} }; }`;
}

function act(output: GateOutput): void {
  switch (output.kind) {
    case 'verdict':
      queue.decide(output.id, output.passes);
      return;
    case 'repeat': {
      const octets = held.get(output.id);
      if (octets !== undefined) sendWholePacket(octets, ipv6FromBytes(octets, DESTINATION_AT));
      return;
    }
    case 'applied':
      log.write('fault-applied', { session: output.session, signal: output.signal, fault: output.fault });
      return;
    case 'kill':
      kill(nodeOf(output.member));
      return;
    case 'cut':
      inNode(nodeOf(output.member), cutScript(undefined));
      return;
    case 'heal':
      inNode(nodeOf(output.member), healScript);
      return;
    default:
      output satisfies never;
  }
}

function nodeOf(member: 'donor' | 'acceptor'): string {
  return member === 'donor' ? config.donorNode : config.acceptorNode;
}

function inNode(name: string, script: string): void {
  execFileSync('nsenter', [`--net=/run/netns/${name}`, 'nft', script]);
}

/** As a power cut would. A process of a lab has its node's name among its arguments. */
function kill(name: string): void {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const words = wordsOf(entry);
    if (words[words.indexOf('--node') + 1] === name && words.includes('--node'))
      process.kill(Number(entry), 'SIGKILL');
  }
  log.write('killed', { target: name });
}

function wordsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
