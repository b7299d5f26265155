import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fig12 from '../../experiments/fig12.ts';
import { cacheFolder } from '../../runner/cache-folder.ts';
import { planOf } from '../../runner/cells/cell-files.ts';
import { runCell } from '../../runner/cells/run-cell.ts';
import { cellsOf } from '../../runner/cells.ts';
import { openLab } from '../../runner/host-lab/open-lab.ts';
import type { Lab } from '../../runner/lab/lab.ts';
import { ensureStage } from '../../runner/lab/stage.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const settings = { csMs: [10], ssMs: [10], bytes: [200_000], firstBytes: [100_000] };
const [cell] = cellsOf(fig12, { profile: 'smoke', variants: [], settings, clock: 'virtual', seed: 11 });
const cacheDir = cacheFolder();
const containerProfile = fileURLToPath(new URL('../support/container-profile.py', import.meta.url));

/** SHA-256 of the cell's capture, from a lab whose `init.sh` begins with these lines. */
async function captureOf(prefix = '', change: (lab: Lab) => Lab = (lab) => lab): Promise<string> {
  await using folder = await temporaryFolder();
  const { run } = await openLab('uml', { cacheDir, log: () => {} });
  const stage = await ensureStage({ cacheDir, nodeEntryPoints });
  const lab: Lab = async (job) => {
    const script = join(job.jobFolder, 'init.sh');
    await writeFile(script, `${prefix}\n${await readFile(script, 'utf8')}`);
    return change(run)(job);
  };
  const target = join(folder.path, 'cell');
  const signal = new AbortController().signal;
  const places = { lab, stageFolder: stage.folder, jobsFolder: folder.path };
  const prepared = { cell: cell!, plan: planOf(cell!), fingerprint: 'f' };
  await runCell(prepared, target, { ...places, capture: 'headers', signal }, undefined, async () => {});
  return sha256(join(target, 'router.pcap'));
}

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** A plain x86-64 of the first generation, for OpenSSL and for the C library. */
const MASKED = [
  'export OPENSSL_ia32cap=:~0x200000000000000:0',
  'export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX,-AVX512F,-BMI2,-ERMS,-SSE4_2',
].join('\n');

test('features of the processor do not move a packet', async () => {
  assert.equal(await captureOf(MASKED), await captureOf());
});

test('programs, locales and libraries of this machine do not reach a lab', async () => {
  const look = [
    '. /etc/os-release; [ "$VERSION_CODENAME" = bookworm ]',
    '[ "$LC_ALL" = C ] && ! type python3 >/dev/null 2>&1 && [ -e /host/etc/passwd ]',
    'for program in bash ip tc nft tcpdump curl nsd ping perl nsenter sysctl; do type "$program" >/dev/null; done',
    '! (: >/etc/new) 2>/dev/null && ! (: >/host/etc/new) 2>/dev/null',
    "/run/lab/node -e \"const maps = fs.readFileSync('/proc/self/maps', 'utf8'); process.exitCode = /libc\\.so/.test(maps) && !/host/.test(maps) ? 0 : 9\"",
  ].join(' && ');
  await captureOf(`{ ${look}; } || exit 77`);
  // What the script finds wrong ends the lab.
  await assert.rejects(captureOf(`{ ${look} && false; } || exit 77`));
});

test('a container that forbids a fixed layout gives the same captures, and says nothing', async () => {
  await using folder = await temporaryFolder();
  const out = join(folder.path, 'out');
  const options = Object.entries(settings).flatMap(([name, [value]]) => ['--set', `${name}=${value}`]);
  const args = ['run', 'fig12', '--profile', 'smoke', ...options, '--seed', '11', '--out', out];
  const refused = spawnSync('python3', [containerProfile, 'setarch', '--addr-no-randomize', 'true']);
  assert.notEqual(refused.status, 0);
  const { status, stderr } = await runCli(args, undefined, process.env, ['python3', containerProfile]);
  assert.equal(status, 0, stderr);
  assert.ok(!stderr.includes('setarch'), stderr);
  assert.equal(await sha256(join(out, 'fig12/cells', cell!.id, 'router.pcap')), await captureOf());
});
