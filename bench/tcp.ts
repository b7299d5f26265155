import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Benchmark, Figure } from './benchmark.ts';
import type { Laboratory } from './laboratory.ts';

const repetitions = 100;
const LIMIT_MS = 120_000;
const program = fileURLToPath(new URL('./guest/tcp-migration.ts', import.meta.url));
/** Of an Ethernet: segments as long as on real links. */
const loopback = 'ip link set lo mtu 1500 up';

const part = z.object({
  times: z.array(
    z.object({ freeze: z.number(), extraction: z.number(), recreation: z.number(), activation: z.number() }),
  ),
  octets: z.number(),
  sent: z.number(),
  unsent: z.number(),
});
const migrations = z.object({ empty: part, full: part });
type Migrations = z.infer<typeof migrations>;

/** What moving a TCP socket costs by itself: the local part of phases 1 and 3 of Table 1. */
const tcp: Benchmark = {
  name: 'tcp',
  question: 'what do extraction and re-creation of an empty and a full TCP socket cost?',
  run: async (laboratory, { progress }) => {
    progress(`${repetitions} empty and ${repetitions} full sockets in the lab kernel, on the wall clock`);
    const inLab = await measureInLab(laboratory);
    progress(`the same on this machine's own kernel, in a network namespace that ends with it`);
    const here = await measureHere();
    const notes = [
      `Full: ${inLab.full.sent} octets in flight, ${inLab.full.unsent} not yet sent; state of ${inLab.full.octets} octets, of an empty socket ${inLab.empty.octets}.`,
      'Extraction is freezing and reading; re-creation is making the socket and letting it speak. Every re-created socket was compared with the first one.',
      'The paper has 0.8 ms and 2.2 ms (Table 1, 100 Mbit/s, Pentium III).',
    ];
    if (typeof here === 'string') return { figures: figuresOf('lab kernel', inLab), notes: [...notes, here] };
    return {
      figures: [...figuresOf('lab kernel', inLab), ...figuresOf('own kernel', here), ...ratios(inLab, here)],
      notes,
    };
  },
};

export default tcp;

async function measureInLab(laboratory: Laboratory): Promise<Migrations> {
  const body = `${loopback}\n/run/lab/node /run/lab/nodes/tcp-migration.cjs ${repetitions} >migrations.json`;
  const { result } = await laboratory.runScript({ body, clock: 'wall' }, (folder) =>
    readFile(join(folder, 'migrations.json'), 'utf8'),
  );
  return migrations.parse(JSON.parse(result));
}

/** The figures, or why there are none. */
async function measureHere(): Promise<Migrations | string> {
  const script = `${loopback} && exec "$@"`;
  const args = ['--net', 'sh', '-c', script, 'sh', process.execPath, program, String(repetitions)];
  try {
    const { stdout } = await promisify(execFile)('unshare', args, { timeout: LIMIT_MS });
    return migrations.parse(JSON.parse(stdout));
  } catch (error) {
    return `Not measured on this machine's own kernel: ${remedyOf(error)}`;
  }
}

/** Root outside too: SO_SNDBUFFORCE, which refills a queue, is refused to the root of a user namespace. */
function remedyOf(error: unknown): string {
  if (process.getuid?.() !== 0)
    return 'TCP_REPAIR and a larger send buffer need CAP_NET_ADMIN. Run it as root: sudo --preserve-env=HOME,PATH make bench BENCH=tcp';
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  const [said] = text.split('\n').filter((line) => /Error|unshare|failed|answer/.test(line));
  if (text.includes('unshare'))
    return `no network namespace can be made here (${said}). In a container, start it with --cap-add SYS_ADMIN --cap-add NET_ADMIN.`;
  if (text.includes('IPV6_XFRM_POLICY'))
    return `the kernel lacks per-socket IPsec policies (${said}), which freeze a socket. Take one with CONFIG_XFRM_USER, or modprobe xfrm_user.`;
  if (text.includes('TCP_REPAIR'))
    return `the kernel refuses TCP_REPAIR (${said}). It needs CAP_NET_ADMIN: in a container, --cap-add NET_ADMIN.`;
  return `${said ?? text}`;
}

interface Call {
  readonly name: string;
  readonly of: (times: Migrations['empty']['times'][number]) => number;
}

const calls: readonly Call[] = [
  { name: 'extraction', of: ({ freeze, extraction }) => (freeze + extraction) / 1000 },
  { name: 're-creation', of: ({ recreation, activation }) => (recreation + activation) / 1000 },
];
const sockets = ['empty', 'full'] as const;

function figuresOf(kernel: string, found: Migrations): readonly Figure[] {
  return calls.flatMap(({ name, of }) =>
    sockets.map((socket) => ({
      name: `${kernel}: ${name}, ${socket} socket`,
      unit: 'ms',
      values: found[socket].times.map(of),
    })),
  );
}

/** Repetition by repetition, so that a ratio has a distribution too. */
function ratios(inLab: Migrations, here: Migrations): readonly Figure[] {
  return calls.flatMap(({ name, of }) =>
    sockets.map((socket) => ({
      name: `lab kernel ÷ own kernel: ${name}, ${socket} socket`,
      unit: '×',
      values: inLab[socket].times.map((times, index) => of(times) / of(here[socket].times[index]!)),
    })),
  );
}
