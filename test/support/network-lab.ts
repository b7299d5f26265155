import assert from 'node:assert/strict';
import { provisionScript } from '../../topologies/provision.ts';
import type { Topology } from '../../topologies/topology.ts';
import { type LabTest, runInLab } from './lab.ts';

/** Builds the network in the lab kernel and then runs `body`, in which `on MACHINE COMMAND…` runs a command on a machine. */
export async function runNetwork(topology: Topology, body: string, options: Omit<LabTest, 'body'> = {}) {
  const on = 'on() { local name=$1; shift; nsenter --net=/run/netns/"$name" "$@"; }';
  return runInLab({ ...options, body: [provisionScript(topology), on, body].join('\n') });
}

/** Starts a capture on all of a machine's interfaces, as experiments do. */
export function startCapture(machine: string): string {
  return `mkfifo /run/listening
nsenter --net=/run/netns/${machine} tcpdump -i any -n -Z root --time-stamp-precision=nano -B 16384 -w /tmp/capture.pcap 2>/run/listening &
capture=$!
exec 7</run/listening
while read -r -t 20 -u 7 line; do case $line in *'listening on'*) break ;; esac; done`;
}

/** Ends it, the last packets included, and leaves it in the job folder as `capture.pcap`. */
export const stopCapture = `sleep 3
kill -TERM "$capture"
wait "$capture" || true
cp /tmp/capture.pcap /run/job/capture.pcap`;

/** `count` pings from a machine to an address, one a second; the answers go to a file of the job folder. */
export function ping(from: string, to: string, file: string, count = 1): string {
  return `on ${from} ping -n -c ${count} -i 1 -W 2 ${to} >/run/job/${file} || true`;
}

/** The round-trip times of ping's answers by sequence number, ms. */
export function roundTrips(answers: string): ReadonlyMap<number, number> {
  const found = [...answers.matchAll(/icmp_seq=(\d+) .*time=([\d.]+) ms/g)];
  return new Map(found.map(([, sequence, time]) => [Number(sequence), Number(time)]));
}

/** ping's own summary, which has microseconds: the least and the largest round trip, ms. */
export function roundTripRange(answers: string): { readonly least: number; readonly most: number } {
  const [, least, most] = /rtt min\/avg\/max\/mdev = ([\d.]+)\/[\d.]+\/([\d.]+)\//.exec(answers) ?? [];
  assert.ok(least !== undefined && most !== undefined, `no answers to ping:\n${answers}`);
  return { least: Number(least), most: Number(most) };
}

/** A connection on which `server` sends `bytes` to `client` as fast as it may; ends when all have arrived. */
export function bulk(server: string, client: string, address: string, bytes: number): string {
  const send = `require('net').createServer((s) => s.end(Buffer.alloc(${bytes}))).listen(5001, () => console.log('listening'))`;
  const receive = `let n = 0; require('net').connect(5001, '${address}').on('data', (d) => { n += d.length; }).on('end', () => process.exit(n === ${bytes} ? 0 : 1))`;
  return `nsenter --net=/run/netns/${server} $NODE -e "${send}" >/tmp/bulk &
server=$!
for ((i = 0; i < 1000; i++)); do [ -s /tmp/bulk ] && break; sleep 0.1; done
on ${client} $NODE -e "${receive}"
kill -TERM "$server"
wait "$server" || true
: >/tmp/bulk`;
}
