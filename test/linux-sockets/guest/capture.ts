import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from '../../../linux/lab-error.ts';
import { namespace, run } from './network.ts';

/** One TCP segment as tcpdump tells of it. */
export interface Segment {
  /** nanoseconds since 1970 */
  readonly time: bigint;
  readonly fromServer: boolean;
  readonly flags: string;
  /** sequence numbers as printed; empty without data */
  readonly sequence: string;
  readonly octets: number;
  /** the packet went by route optimisation */
  readonly optimised: boolean;
}

/** tcpdump in one node. */
export class Capture {
  readonly #file: string;
  readonly #process: ChildProcess;

  private constructor(file: string, process: ChildProcess) {
    this.#file = file;
    this.#process = process;
  }

  /** Captures all of `link` at `node`; resolves when the capture runs. */
  static async start(node: string, link: string): Promise<Capture> {
    const file = `/tmp/${namespace(node)}-${link}.pcap`;
    const words = `netns exec ${namespace(node)} tcpdump -i ${link} -B 8192 -s 200 --nano -w ${file}`;
    const child = spawn('ip', words.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] });
    const running = Promise.withResolvers<void>();
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes('listening on')) running.resolve();
    });
    child.once('exit', () => running.reject(new LabError('tcpdump ended', { node, stderr: said })));
    await running.promise;
    return new Capture(file, child);
  }

  /** Stops once the last packet is surely written, and gives all TCP segments of port 8080. */
  async stop(): Promise<Segment[]> {
    await delay(2000);
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGINT');
    await exited;
    return run(`tcpdump -n -S -tt --nano -r ${this.#file}`)
      .split('\n')
      .filter((line) => line.includes('Flags ['))
      .map(parse);
  }
}

function parse(line: string): Segment {
  return {
    time: BigInt(line.split(' ')[0]!.replace('.', '')),
    fromServer: /[. ]8080 > /.test(line),
    flags: /Flags \[([^\]]*)\]/.exec(line)?.[1] ?? '',
    sequence: /seq ([\d:]+)/.exec(line)?.[1] ?? '',
    octets: Number(/length (\d+)(?::|$)/.exec(line)?.[1] ?? 0),
    optimised: /DSTOPT|srcrt/.test(line),
  };
}
