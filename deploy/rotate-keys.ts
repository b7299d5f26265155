import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ipv6 } from '../mip6/wire/address.ts';
import { GROUP_KEY_TRUSTS } from '../server/channel/channel-keys.ts';
import { readConfigurations } from './configurations.ts';
import { DeploymentError } from './deployment-error.ts';
import { associationSet, hexadecimal, type Octets } from './generate.ts';

/** Keys that can be replaced: the members' two secrets, the one shared with the name server, and the associations with the home agents. */
export const replaceable = ['channelKey', 'trustKey', 'publication', 'associations'] as const;
export type Replaceable = (typeof replaceable)[number];

type Json = Record<string, unknown>;
type Written = string | { readonly id?: string; readonly key: string };

/** A key that several members share, where it stands in one file. */
interface Place {
  readonly file: string;
  readonly field: string;
  readonly keys: readonly Written[];
  set(keys: readonly Written[]): void;
}

export interface Rotation {
  /** file → what shall stand in it */
  readonly files: ReadonlyMap<string, object>;
  /** what was done, for people */
  readonly told: string;
}

/** First step: a new key stands before the present one at all who share it. Throws DeploymentError. */
export function begunRotation(
  what: Exclude<Replaceable, 'associations'>,
  files: readonly string[],
  id: string | undefined,
  random: Octets = randomBytes,
): Rotation {
  const { texts, places } = placesOf(what, files);
  const two = places.filter(({ keys }) => keys.length > 1);
  if (two.length > 0)
    throw new DeploymentError(
      two.map(
        ({ file, field }) =>
          `${file}: ${field}: has two keys: finish the replacement under way with \`keygen finish ${what}\` first`,
      ),
    );
  const [first] = places;
  const present = first!.keys[0]!;
  const differing = places.filter(({ keys }) => JSON.stringify(keys[0]) !== JSON.stringify(present));
  if (differing.length > 0)
    throw new DeploymentError(
      differing.map(
        ({ file, field }) =>
          `${file}: ${field}: is another key than in ${first!.file}: \`check\` says how they differ`,
      ),
    );
  const newId = id ?? nextId(present);
  if (idOf(present) === newId)
    throw new DeploymentError([`--id: '${newId}' is the present key's; name another one`]);
  const key = { id: newId, key: hexadecimal(random(32)) };
  for (const place of places) place.set([key, present]);
  return { files: texts, told: `a new ${what} '${newId}' stands before ${nameOf(present)}` };
}

/** Second step: the new key alone. Throws DeploymentError. */
export function finishedRotation(
  what: Exclude<Replaceable, 'associations'>,
  files: readonly string[],
): Rotation {
  const { texts, places } = placesOf(what, files);
  const one = places.filter(({ keys }) => keys.length < 2);
  if (one.length > 0)
    throw new DeploymentError(
      one.map(({ file, field }) => `${file}: ${field}: has one key: begin with \`keygen rotate ${what}\``),
    );
  const [first] = places;
  const differing = places.filter(({ keys }) => JSON.stringify(keys) !== JSON.stringify(first!.keys));
  if (differing.length > 0)
    throw new DeploymentError(
      differing.map(
        ({ file, field }) =>
          `${file}: ${field}: has other keys than ${first!.file}: whoever lacked the new one would be shut out; copy them from there`,
      ),
    );
  for (const place of places) place.set(place.keys.slice(0, 1));
  const [kept, removed] = first!.keys;
  return { files: texts, told: `the ${what} ${nameOf(kept!)} stands alone, without ${nameOf(removed!)}` };
}

/** New associations, in one step: at the contact nodes and at their home agents, under the request ids that they had. Throws DeploymentError. */
export function newAssociations(files: readonly string[], random: Octets = randomBytes): Rotation {
  const texts = read(files);
  const sets: { file: string; address: string; holder: Json }[] = [];
  for (const [file, json] of texts) {
    for (const home of list(json.homeAddresses))
      sets.push({ file, address: ipv6(String(home.address)), holder: home });
    if (json.careOfAddress === undefined) continue;
    for (const contact of json.contacts === undefined ? [json] : list(json.contacts))
      if (contact.associations !== undefined)
        sets.push({
          file,
          address: ipv6(String(contact.address ?? contact.contactAddress)),
          holder: contact,
        });
  }
  const addresses = [...new Set(sets.map(({ address }) => address))];
  const alone = addresses.filter((address) => sets.filter((one) => one.address === address).length !== 2);
  if (alone.length > 0 || addresses.length === 0)
    throw new DeploymentError(
      addresses.length === 0
        ? ['associations: stand in none of these files; name the contact nodes’ and the home agents’']
        : alone.map(
            (address) =>
              `associations: of '${address}' stand in ${sets
                .filter((one) => one.address === address)
                .map(({ file }) => file)
                .join(', ')}; name its contact node's file and its home agent's, and no other`,
          ),
    );
  for (const address of addresses) {
    const made = associationSet(0, random);
    for (const { holder } of sets.filter((one) => one.address === address)) {
      const before = holder.associations as Readonly<Record<string, { readonly requestId: number }>>;
      holder.associations = Object.fromEntries(
        Object.entries(made).map(([name, association]) => [
          name,
          { ...association, requestId: before[name]!.requestId },
        ]),
      );
    }
  }
  const changed = new Map([...texts].filter(([file]) => sets.some((one) => one.file === file)));
  return { files: changed, told: `new associations of ${addresses.join(', ')}` };
}

function placesOf(
  what: Exclude<Replaceable, 'associations'>,
  files: readonly string[],
): { readonly texts: ReadonlyMap<string, Json>; readonly places: readonly Place[] } {
  const texts = read(files);
  const places: Place[] = [];
  for (const [file, json] of texts) {
    const isMember = json.careOfAddress !== undefined;
    const isNameServer = json.zone !== undefined;
    const holder =
      what !== 'publication'
        ? isMember
          ? json
          : undefined
        : isMember
          ? (json.publication as Json | undefined)
          : isNameServer
            ? json
            : undefined;
    const name = what === 'trustKey' ? 'trustKey' : 'channelKey';
    if (holder?.[name] === undefined) continue;
    places.push({
      file,
      field: holder === json ? name : `publication.${name}`,
      keys: keysOf(holder[name]),
      set: (keys) => {
        holder[name] = keys;
      },
    });
  }
  if (places.length > 0)
    return { texts: new Map(places.map(({ file }) => [file, texts.get(file)!])), places };
  throw new DeploymentError([
    `${what}: stands in none of these files; name those of the members${what === 'publication' ? ' and of the name server' : ''}`,
  ]);
}

/** Each is good by itself: what is replaced was in use. */
function read(files: readonly string[]): ReadonlyMap<string, Json> {
  const { problems } = readConfigurations(files);
  if (problems.length > 0) throw new DeploymentError(problems);
  return new Map(files.map((file) => [file, JSON.parse(readFileSync(file, 'utf8')) as Json]));
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

function keysOf(written: unknown): readonly Written[] {
  const keys = Array.isArray(written) ? (written as Written[]) : [written as Written];
  // In a list each key is an object.
  return keys.map((key) => (typeof key === 'string' && key !== GROUP_KEY_TRUSTS ? { key } : key));
}

/** A key that was written without a list stays one without an id. */
function idOf(key: Written): string | undefined {
  return typeof key === 'string' ? undefined : key.id;
}

function nameOf(key: Written): string {
  const id = idOf(key) ?? (key === GROUP_KEY_TRUSTS ? key : undefined);
  return id === undefined ? 'the one without an id' : `'${id}'`;
}

/** `k1` → `k2`; a key without a number in its id is followed by one with 2 behind it. */
function nextId(present: Written): string {
  const [, name = 'k', number = '1'] = /^(.*?)(\d{1,9})$/.exec(idOf(present) ?? '') ?? [
    undefined,
    idOf(present) ?? 'k',
    '1',
  ];
  return `${name}${Number(number) + 1}`;
}
