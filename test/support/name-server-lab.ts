import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The server's name in the labs with a name server, and its records' lifetime, s. */
export const serverName = { zone: 'server.example', name: 'www', ttlS: 30 } as const;
export const serverDomain = `${serverName.name}.${serverName.zone}`;
export const nameServerKey = 'c3'.repeat(32);
export const zonePort = 7001;

/**
 * bash: `lookup MACHINE FILE` asks the name server as a resolver on that machine would, and adds one line of JSON to a file of the job
 * folder: the zone's serial and the AAAA records with their lifetimes, or the error. `with_names MACHINE COMMAND…` runs a command whose
 * /etc/resolv.conf names the name server.
 */
export function nameFunctions(nameServer: string): string {
  const script = `
const { Resolver } = require('dns').promises;
const resolver = new Resolver({ timeout: 1000, tries: 3 });
resolver.setServers(['[${nameServer}]:53']);
const code = (error) => error.code;
Promise.all([
  resolver.resolveSoa('${serverName.zone}').then((soa) => soa.serial, code),
  resolver.resolve6('${serverDomain}', { ttl: true }).catch(code),
]).then(([serial, records]) => console.log(JSON.stringify({ serial, records })));`;
  return `cat >/tmp/lookup.cjs <<'END'${script}
END
echo 'nameserver ${nameServer}' >/tmp/resolv.conf
lookup() { nsenter --net=/run/netns/"$1" $NODE /tmp/lookup.cjs >>/run/job/"$2"; }
with_names() { # machine command…
  local machine=$1
  shift
  nsenter --net=/run/netns/"$machine" unshare --mount bash -c 'mount --bind /tmp/resolv.conf /etc/resolv.conf && exec "$@"' with_names "$@"
}`;
}

/** An answer to `lookup`. */
export interface Answer {
  readonly serial: number | string;
  readonly records: readonly { readonly address: string; readonly ttl: number }[] | string;
}

/** The lines of a file of JSON lines in the job folder. */
export async function linesOf<Line>(folder: string, name: string): Promise<readonly Line[]> {
  const text = await readFile(join(folder, name), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** Addresses of an answer, in order; of one without records the error. */
export function addressesOf({ records }: Answer): readonly string[] {
  return typeof records === 'string' ? [records] : records.map(({ address }) => address).toSorted();
}
