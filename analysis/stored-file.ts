import { closeSync, createReadStream, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { DecodeError } from '../mip6/wire/decode-error.ts';

/** Ends the name of a file that a published run keeps compressed (RFC 8878). */
export const compressedSuffix = '.zst';
/** How files may be kept: by the name's suffix, what gives their octets back. `.gz` (RFC 1952): runs published before. */
const decompress: Readonly<Record<string, (octets: Uint8Array) => Buffer>> = {
  '.gz': gunzipSync,
  [compressedSuffix]: zstdDecompressSync,
};
const suffixes = Object.keys(decompress);

/** Where the file of this name lies: as it is, or compressed beside that place; undefined where it is neither. */
export function storedPath(path: string): string | undefined {
  return [path, ...suffixes.map((suffix) => path + suffix)].find((candidate) => existsSync(candidate));
}

/** The file's name without the suffix that only says how it is kept. */
export function nameOfStored(name: string): string {
  const suffix = suffixOf(name);
  return suffix === undefined ? name : name.slice(0, -suffix.length);
}

/** The file's octets, decompressed where it is kept so. Throws as `readFileSync` does, and DecodeError for a damaged one. */
export function readStored(path: string): Buffer {
  const found = storedPath(path) ?? path;
  const octets = readFileSync(found);
  const suffix = suffixOf(found);
  if (suffix === undefined) return octets;
  try {
    return decompress[suffix]!(octets);
  } catch (error) {
    throw new DecodeError('illegal-value', found, `is no whole ${suffix} file: ${(error as Error).message}`);
  }
}

/** The same as a stream. */
export function streamStored(path: string): Readable {
  const found = storedPath(path) ?? path;
  if (suffixOf(found) === undefined) return createReadStream(found, { highWaterMark: 2 ** 20 });
  return Readable.from([readStored(path)]);
}

/** A file that is read from its front to its end. */
export interface StoredReader extends Disposable {
  /** Fills `into` from `from` on with what comes next; 0 at the file's end. */
  read(into: Uint8Array, from: number): number;
}

/** Opens the file for reading from its front; a compressed one is held in memory whole. */
export function openStored(path: string): StoredReader {
  const found = storedPath(path) ?? path;
  if (suffixOf(found) === undefined) return descriptorReader(openSync(found, 'r'));
  return memoryReader(readStored(path));
}

function descriptorReader(fd: number): StoredReader {
  return {
    read: (into, from) => readSync(fd, into, from, into.length - from, null),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function memoryReader(octets: Uint8Array): StoredReader {
  let at = 0;
  return {
    read(into, from) {
      const next = octets.subarray(at, at + into.length - from);
      into.set(next, from);
      at += next.length;
      return next.length;
    },
    [Symbol.dispose]: () => undefined,
  };
}

function suffixOf(path: string): string | undefined {
  return suffixes.find((suffix) => path.endsWith(suffix));
}
