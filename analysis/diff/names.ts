import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** What a cell calls the addresses and the router's interfaces that its capture has by their numbers. */
interface Names {
  readonly addresses: ReadonlyMap<string, string>;
  /** index → the machine at its other end */
  readonly interfaces: ReadonlyMap<string, string>;
}

const cell = z.object({
  addresses: z.record(z.string(), z.string()).default({}),
  interfaces: z.record(z.string(), z.string()).default({}),
});

/** The names that `cell.json` beside a capture has; none where there is no such file. */
export function namesBeside(capture: string): Names {
  const { addresses, interfaces } = read(join(dirname(capture), 'cell.json'));
  const byAddress = Object.entries(addresses).map(([name, address]) => [address, name] as const);
  return { addresses: new Map(byAddress), interfaces: new Map(Object.entries(interfaces)) };
}

/** A packet's description with names in the place of addresses, and behind the numbers of interfaces. */
export function withNames(text: string, { addresses, interfaces }: Names): string {
  return text
    .replaceAll(
      /(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/g,
      (found) => addresses.get(found) ?? found,
    )
    .replaceAll(/interface (\d+)/g, (found, index: string) => {
      const name = interfaces.get(index);
      return name === undefined ? found : `${found} (${name})`;
    });
}

function read(file: string): z.infer<typeof cell> {
  try {
    return cell.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { addresses: {}, interfaces: {} };
  }
}
