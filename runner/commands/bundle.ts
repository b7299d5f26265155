import type { Command } from 'commander';
import { makeBundle } from '../bundle/make-bundle.ts';
import { cacheFolder } from '../cache-folder.ts';
import { refuseInPackage } from '../installed-package.ts';
import { ensureKernel } from '../kernel/ensure-kernel.ts';
import { size } from '../progress/wording.ts';
import { ensureUserland } from '../userland/ensure-userland.ts';

/** `bundle FILE`: everything that a compute node needs; `signal` ends it. */
export function addBundleCommand(program: Command, signal: AbortSignal): void {
  program
    .command('bundle')
    .description(
      'kernel, programs, Node and this checkout in one file, for machines without compiler, network or root',
    )
    .argument('<file>', 'a new file, such as handoff-lab.tar.gz')
    .action((file: string) => bundle(file, signal));
}

async function bundle(file: string, signal: AbortSignal): Promise<void> {
  refuseInPackage('bundle', file);
  const cacheDir = cacheFolder();
  const log = (text: string): void => void process.stderr.write(`${text}\n`);
  const kernel = await ensureKernel({ cacheDir, log, signal });
  const userland = await ensureUserland({ cacheDir, kernel: kernel.path, log, signal });
  const octets = await makeBundle(file, { kernel, userland }, signal);
  process.stdout.write(
    `${file}: ${size(octets)}. On the other machine: tar -xf ${file}, then handoff-lab/bin/handoff-lab doctor --node\n`,
  );
}
