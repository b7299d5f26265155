import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PublishedZone } from '../../server/publication/address-publication.ts';
import { type ZoneNames, zoneFromText, zoneText } from '../../server/publication/zone-text.ts';

/** Name of the zone file in its folder. */
export const ZONE_FILE = 'zone';

/** The zone on disk: what NSD reads, and what a restarted agent goes on with. */
export class ZoneStore {
  readonly #names: ZoneNames;
  readonly #path: string;

  /** Makes the folder, and in it a zone without contact addresses, where there is none yet. */
  constructor(names: ZoneNames, folder: string) {
    this.#names = names;
    this.#path = join(folder, ZONE_FILE);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Throws ProtocolError when the file is no zone of this program: its serial must not be guessed. */
  read(): PublishedZone {
    const text = this.#text();
    const zone = text === undefined ? { serial: 1, addresses: [] } : zoneFromText(this.#names, text);
    // The names, or the lifetime, may be configured otherwise than in an earlier life.
    if (text !== zoneText(this.#names, zone)) this.write(zone);
    return zone;
  }

  /** Replaces the file at one blow: NSD reads the old zone or the new one. */
  write(zone: PublishedZone): void {
    const next = `${this.#path}.next`;
    writeFileSync(next, zoneText(this.#names, zone), { flush: true });
    renameSync(next, this.#path);
  }

  #text(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
