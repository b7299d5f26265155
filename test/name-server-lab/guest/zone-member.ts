import { readFileSync } from 'node:fs';
import { ipv6 } from '../../../mip6/wire/address.ts';
import { MemberChannel } from '../../../nodes/member/channel.ts';
import { isZoneFrame, type ZoneFrame } from '../../../server/publication/zone-frames.ts';
import { tlsChannel } from '../../support/tls-channel.ts';

interface Step {
  readonly kind: 'zone-publish' | 'zone-withdraw';
  readonly contactAddress: string;
  readonly epoch: number;
  /** the name server's answer that ends the step */
  readonly until: string;
}

interface Order {
  readonly careOfAddress: string;
  readonly nameServer: string;
  readonly port: number;
  readonly channelKey: string;
  readonly steps: readonly Step[];
}

/** A member that says to the name server what its order has, one thing after another, and prints what it is told: one line each. */
const [file = ''] = process.argv.slice(2);
const order = JSON.parse(readFileSync(file, 'utf8')) as Order;
const [self, nameServer] = [ipv6(order.careOfAddress), ipv6(order.nameServer)];
const steps = [...order.steps];
const channel = new MemberChannel({
  careOfAddress: self,
  port: order.port,
  peers: [nameServer],
  security: tlsChannel(Buffer.from(order.channelKey, 'hex'), self),
  timeoutMs: 5000,
  onFrame: (_, frame) => {
    if (isZoneFrame(frame)) told(frame);
  },
  onPeer: (_, change) => {
    if (change === 'up' || change === 'restored') say();
  },
  onRefused: (_, reason) => end(`refused by the channel: ${reason}`, 3),
  onFault: (_, reason) => end(`a fault in the channel: ${reason}`, 3),
});
setTimeout(() => end('no answer', 4), 120_000).unref();

function say(): void {
  const step = steps[0];
  if (step === undefined) end('done', 0);
  else channel.send(nameServer, { ...step, contactAddress: ipv6(step.contactAddress) });
}

function told(frame: ZoneFrame): void {
  if (frame.kind !== 'zone-state') return;
  const { contactAddress, epoch, outcome, serial, remainingMs } = frame;
  const atMs = Math.round(performance.now());
  process.stdout.write(`${JSON.stringify({ atMs, contactAddress, epoch, outcome, serial, remainingMs })}\n`);
  if (outcome !== steps[0]?.until) return;
  steps.shift();
  say();
}

function end(said: string, status: number): void {
  process.stdout.write(`${JSON.stringify({ end: said })}\n`);
  channel.close();
  process.exitCode = status;
  process.exit();
}
