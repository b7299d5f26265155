import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { installedAsPackage } from '../installed-package.ts';
import { asRoot } from '../this-user.ts';
import type { Finding } from './finding.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      optional: z.boolean().optional(),
      dev: z.boolean().optional(),
    }),
  ),
});

interface DebianPackage {
  readonly name: string;
  /** what for: begins with `build`, `run`, `shell` or `test` */
  readonly purpose: string;
}

/** Debian's and npm's packages, and Node. `kernelBuilt`: what builds the kernel is no longer needed. */
export async function examineInstallation(kernelBuilt: boolean): Promise<readonly Finding[]> {
  return [...(await debianPackages(kernelBuilt)), nodeProgram(), await npmPackages()];
}

async function debianPackages(kernelBuilt: boolean): Promise<readonly Finding[]> {
  const wanted = await readPackages();
  const installed = await installedPackages(wanted.map(({ name }) => name));
  const area = 'installation';
  if (installed === undefined) {
    const text = `this system has no dpkg; the lab needs what these packages bring: ${wanted.map(({ name }) => name).join(' ')}`;
    return [{ area, id: 'Debian packages', verdict: 'note', text }];
  }
  const missing = wanted.filter(({ name }) => !installed.has(name));
  if (missing.length === 0) {
    const text = `all ${wanted.length} of scripts/debian-packages.txt`;
    return [{ area, id: 'Debian packages', verdict: 'ok', text }];
  }
  const dispensable = ({ purpose }: DebianPackage): boolean =>
    purpose.startsWith('test') || purpose.startsWith('shell') || (kernelBuilt && purpose.startsWith('build'));
  const verdict = missing.every(dispensable) ? 'note' : 'missing';
  const text = missing.map(({ name, purpose }) => `${name} (${purpose})`).join(', ');
  const names = missing.map(({ name }) => name).join(' ');
  // Debian would start it for the whole machine: see scripts/install.sh.
  const mask = missing.some(({ name }) => name === 'nsd') ? 'systemctl mask nsd; ' : '';
  const remedy = asRoot(`${mask}apt-get install -y --no-install-recommends ${names}`);
  return [{ area, id: 'Debian packages', verdict, text: `not installed: ${text}`, remedy }];
}

async function readPackages(): Promise<readonly DebianPackage[]> {
  const text = await readFile(join(ROOT, 'scripts/debian-packages.txt'), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, name, purpose] = /^([^#\s]\S*)\s*(.*)$/.exec(line) ?? [];
    // A package brings no tests.
    const needless = name === undefined || (installedAsPackage && purpose?.startsWith('test') === true);
    return needless ? [] : [{ name, purpose: purpose ?? '' }];
  });
}

/** `undefined` where there is no dpkg. */
async function installedPackages(names: readonly string[]): Promise<ReadonlySet<string> | undefined> {
  const fields = ['Package', 'db:Status-Status'].map((field) => `\${${field}}`).join(' ');
  const args = ['-W', '-f', `${fields}\\n`, ...names];
  // dpkg-query fails when it does not know a package; its output holds the others.
  const answer = await execa('dpkg-query', args, { reject: false });
  if (answer.code === 'ENOENT') return undefined;
  const lines = (answer.stdout ?? '').split('\n').filter((line) => line.endsWith(' installed'));
  return new Set(lines.map((line) => line.split(' ')[0]!));
}

export function nodeProgram(): Finding {
  return { area: 'installation', id: 'Node', verdict: 'ok', text: `${process.version}, ${process.execPath}` };
}

/** Compares what npm has installed with what the lock file asks for; of an installed package, with what that depends on. */
export async function npmPackages(): Promise<Finding> {
  return installedAsPackage ? dependencies() : lockedPackages();
}

async function dependencies(): Promise<Finding> {
  const text = await readFile(join(ROOT, 'package.json'), 'utf8');
  const asked = Object.entries(
    z.object({ dependencies: z.record(z.string(), z.string()) }).parse(JSON.parse(text)).dependencies,
  );
  const wrong: string[] = [];
  for (const [name, version] of asked) {
    const file = findPackageJSON(name, import.meta.url);
    const found: unknown = file === undefined ? undefined : JSON.parse(await readFile(file, 'utf8'));
    if ((found as { readonly version?: string } | undefined)?.version !== version)
      wrong.push(`${name} ${version}`);
  }
  const place = { area: 'installation', id: 'npm packages' } as const;
  if (wrong.length === 0)
    return { ...place, verdict: 'ok', text: `what handoff-lab depends on (${asked.length})` };
  return { ...place, verdict: 'missing', text: `not installed: ${wrong.join(', ')}`, remedy: 'npm install' };
}

async function lockedPackages(): Promise<Finding> {
  const read = async (name: string) =>
    lockFile.parse(JSON.parse(await readFile(join(ROOT, name), 'utf8'))).packages;
  const asked = await read('package-lock.json');
  const found = await read('node_modules/.package-lock.json').catch(() => ({}) as typeof asked);
  const wrong = Object.entries(asked).filter(([path, { version, optional }]) => {
    if (path === '' || (optional === true && found[path] === undefined)) return false;
    return found[path]?.version !== version;
  });
  const place = { area: 'installation', id: 'npm packages' } as const;
  if (wrong.length === 0) return { ...place, verdict: 'ok', text: 'as package-lock.json says' };
  const names = wrong.map(([path]) => path.replace(/^.*node_modules\//, '')).join(', ');
  // Compiler and linter have no part in a run.
  const verdict = wrong.every(([, { dev }]) => dev === true) ? 'note' : 'missing';
  return { ...place, verdict, text: `not as package-lock.json says: ${names}`, remedy: 'make install' };
}
