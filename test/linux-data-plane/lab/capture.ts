import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabNode } from './lab-node.ts';

/** payload of the capture's last packet */
const MARKER = 'e17de17de17de17d';

/** tcpdump on all of the router's interfaces; `stop` waits until its last packet, a marker, is in the file. */
export async function startCapture(): Promise<{ stop(router: LabNode): Promise<void> }> {
  const words = [
    'netns',
    'exec',
    'router',
    'tcpdump',
    '-i',
    'any',
    '-w',
    '-',
    '-U',
    '--immediate-mode',
    '-s',
    '300',
  ];
  const dump = spawn('ip', words, { stdio: ['ignore', openSync('router.pcap', 'w'), 'pipe'] });
  await new Promise((resolve) => dump.stderr!.once('data', resolve));
  return {
    async stop(router) {
      router.run('ping', '-c', '1', '-p', MARKER, '2001:db8:f1::2');
      for (
        let tries = 0;
        tries < 200 && !readFileSync('router.pcap').includes(Buffer.from(MARKER, 'hex'));
        tries++
      ) {
        await delay(10);
      }
      const closed = new Promise((resolve) => dump.once('close', resolve));
      dump.kill('SIGINT');
      await closed;
    },
  };
}
