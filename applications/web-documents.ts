import { closeSync, openSync, readSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { documentPart } from './document.ts';

interface WebDocumentsOptions {
  /** folder of the documents */
  readonly root: string;
  /** documents that stand in no file: path → octets */
  readonly generated?: Readonly<Record<string, number>> | undefined;
}

/** A document that is being sent. */
export interface WebDocument extends AsyncDisposable {
  /** Octets from `offset` on, `length` at most; none behind the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** What a web server can send: files below a folder, and documents that are computed. */
export class WebDocuments {
  readonly #options: WebDocumentsOptions;

  constructor(options: WebDocumentsOptions) {
    this.#options = options;
  }

  /** Octets of the document at this path (see `documentPath`); undefined: there is none. */
  async size(path: string): Promise<number | undefined> {
    const generated = this.#generatedOctets(path);
    if (generated !== undefined) return generated;
    const found = await stat(join(this.#options.root, path)).catch(() => undefined);
    return found?.isFile() ? found.size : undefined;
  }

  /** Rejects when the document is not there. */
  async open(path: string): Promise<WebDocument> {
    const generated = this.#generatedOctets(path);
    if (generated !== undefined) {
      return {
        read: (offset, length) => Promise.resolve(documentPart(offset, Math.min(generated, offset + length))),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    }
    const file = await open(join(this.#options.root, path));
    return {
      read: async (offset, length) => {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  }

  /** Octets [start, end) of a document, at once; undefined where they are not there. */
  readNow(path: string, start: number, end: number): Uint8Array | undefined {
    const octets = Buffer.alloc(end - start);
    if (octets.length === 0) return octets;
    const generated = this.#generatedOctets(path);
    if (generated !== undefined) return end <= generated ? documentPart(start, end) : undefined;
    let file: number | undefined;
    try {
      file = openSync(join(this.#options.root, path), 'r');
      return readSync(file, octets, 0, octets.length, start) === octets.length ? octets : undefined;
    } catch {
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  #generatedOctets(path: string): number | undefined {
    const { generated = {} } = this.#options;
    return Object.hasOwn(generated, path) ? generated[path] : undefined;
  }
}

/** A request's target as a path below the document root, which it cannot leave. */
export function documentPath(target: string): string {
  const [path = '/'] = target.split(/[?#]/);
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // A stray percent sign stands for itself.
  }
  const below = normalize(`/${decoded.replaceAll('\0', '')}`);
  return below.endsWith('/') ? `${below}index.html` : below;
}
