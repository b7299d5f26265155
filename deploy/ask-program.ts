import { readFileSync } from 'node:fs';
import { badJsonAt } from '../nodes/support/json-place.ts';
import { DEFAULT_ADDRESS, DEFAULT_PORT } from '../nodes/support/observation/observation-config.ts';
import { DeploymentError } from './deployment-error.ts';

const PATIENCE_MS = 5000;

/** Where a program of this host answers how it is. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** What a configuration says of it; without one, what is usual. Throws DeploymentError. */
export function placeOf(file: string | undefined): Place {
  if (file === undefined) return { address: DEFAULT_ADDRESS, port: DEFAULT_PORT };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new DeploymentError([
      `configuration: '${file}' cannot be read (${String(error)}); name a program's file, or give --port`,
    ]);
  }
  if (badJsonAt(text) !== undefined)
    throw new DeploymentError([`configuration: '${file}' is no JSON: \`check\` says where`]);
  const { observe } = JSON.parse(text) as { readonly observe?: Partial<Place> };
  if (observe === undefined)
    throw new DeploymentError([
      `${file}: observe: is missing, so that nobody can ask this program; add "observe": {} and start it again`,
    ]);
  return { address: observe.address ?? DEFAULT_ADDRESS, port: observe.port ?? DEFAULT_PORT };
}

export interface Told {
  readonly status: Readonly<Record<string, unknown>>;
  /** undefined: it does all that it is for */
  readonly trouble: string | undefined;
}

/** Asks a running program how it is; undefined when nobody answers there. */
export async function askProgram({ address, port }: Place): Promise<Told | undefined> {
  const at = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const get = (path: string): Promise<Response> =>
    fetch(`${at}${path}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  try {
    const [status, health] = await Promise.all([get('/status'), get('/health')]);
    const trouble = health.ok ? undefined : (await health.text()).trim();
    return { status: (await status.json()) as Told['status'], trouble };
  } catch {
    return undefined;
  }
}
