import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../deploy/systemd/', import.meta.url);

/** What a unit asks of the service manager, as far as a lab can do it without one. */
export interface Unit {
  readonly file: string;
  readonly execStart: readonly string[];
  readonly execReload: string;
  readonly capabilities: readonly string[];
  readonly settings: ReadonlyMap<string, string>;
}

export function readUnit(program: string): Unit {
  const file = fileURLToPath(new URL(`handoff-lab-${program}.service`, FOLDER));
  const settings = new Map<string, string>();
  for (const [, name = '', value = ''] of readFileSync(file, 'utf8').matchAll(/^(\w+)=(.*)$/gm))
    settings.set(name, value);
  const setting = (name: string): string => settings.get(name) ?? '';
  return {
    file,
    settings,
    execStart: setting('ExecStart').split(' '),
    execReload: setting('ExecReload'),
    capabilities: setting('AmbientCapabilities').split(' '),
  };
}
