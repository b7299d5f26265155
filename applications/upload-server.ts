import type net from 'node:net';
import * as z from 'zod/mini';
import { octets } from '../nodes/support/config-numbers.ts';
import type { EventWriter } from '../nodes/support/event-log.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { onClientEnd } from './client-end.ts';
import { ResumableSha256 } from './resumable-sha256.ts';
import type { ApplicationHost, ServerApplication } from './server-application.ts';
import type { ServerLibrary } from './server-library.ts';

export const uploadServerConfig = strictObject({
  kind: z.literal('upload'),
  /** octets of an upload between two checkpoints; the other member keeps so many, and what is under way, at most */
  checkpointBytes: octets,
  /** what becomes of octets that have come behind the last checkpoint, when this member dies; see `ProtectionOptions` */
  input: z.enum(['gated', 'unprotected']),
});

/** An upload of which so many octets shall come, and whose digest is so far along. */
interface Upload {
  readonly total: number;
  readonly digest: ResumableSha256;
}

/** In place of a total: it is not told yet. */
const UNTOLD = 0xffffffff;
const LINE_END = 0x0a;
const requestLimit = 64;
const TOTAL_OCTETS = 4;

/**
 * Takes `PUT n`, a line, and n octets, as often as the client likes, and answers each with a line: their SHA-256. What it writes follows from what the
 * client sends alone, so that a member which dies takes nothing of an upload with it.
 */
export class UploadServer implements ServerApplication {
  readonly #config: z.infer<typeof uploadServerConfig>;
  #server: ServerLibrary | undefined;
  #log: EventWriter | undefined;

  constructor(config: z.infer<typeof uploadServerConfig>) {
    this.#config = config;
  }

  start({ server, log }: ApplicationHost): void {
    this.#server = server;
    this.#log = log;
    server.clientSurvives((socket, state) => this.#take(socket, state));
    server.clientReceive((socket, state) => this.#take(socket, state));
    server.clientState((socket) => Promise.resolve(this.#states.get(socket)?.()));
  }

  onConnection(socket: net.Socket): void {
    this.#take(socket, encodeState('', undefined));
  }

  close(): void {}

  readonly #states = new WeakMap<net.Socket, () => Uint8Array>();

  /** Goes on with an upload, or with a request, from that state. */
  #take(socket: net.Socket, state: Uint8Array): void {
    let { request, upload } = decodeState(state);
    let unsaid = 0;
    const checkpoint = (): void => this.#protect(socket, encodeState(request, upload));
    const read = (chunk: Buffer): void => {
      let rest = chunk;
      while (rest.length > 0) {
        if (upload === undefined) {
          // A request's end is looked for where it may be, not in all that has come.
          const end = rest.subarray(0, requestLimit).indexOf(LINE_END);
          request += rest.subarray(0, end < 0 ? requestLimit + 1 : end).toString('latin1');
          if (end < 0) break;
          const line = /^PUT (\d{1,9})$/.exec(request);
          if (line === null) {
            socket.destroy();
            return;
          }
          upload = { total: Number(line[1]), digest: new ResumableSha256() };
          rest = rest.subarray(end + 1);
          request = '';
        }
        const wanted = upload.total - upload.digest.octets;
        upload.digest.update(rest.subarray(0, wanted));
        rest = rest.subarray(wanted);
        if (upload.digest.octets < upload.total) break;
        const sha256 = upload.digest.digest();
        this.#log?.write('upload-taken', { octets: upload.total, sha256 });
        // Who reads no answers is asked for no more requests.
        if (!socket.write(`${sha256}\n`) && !socket.isPaused()) {
          socket.pause();
          socket.once('drain', () => socket.resume());
        }
        upload = undefined;
        unsaid = this.#config.checkpointBytes;
      }
      if (request.length > requestLimit) socket.destroy();
      unsaid += chunk.length;
      if (unsaid < this.#config.checkpointBytes || socket.destroyed) return;
      unsaid = 0;
      checkpoint();
    };
    this.#states.set(socket, () => {
      socket.removeListener('data', read);
      return encodeState(request, upload);
    });
    socket.on('error', () => socket.destroy());
    checkpoint();
    onClientEnd(socket, () => void this.#server!.clientClose(socket));
    socket.on('data', read);
  }

  /** Nobody waits for it: until then the connection ends with this member. */
  #protect(socket: net.Socket, state: Uint8Array): void {
    const { input } = this.#config;
    void this.#server!.protect(socket, state, { input });
  }
}

/** What of a request line has come, or an upload under way. */
function encodeState(request: string, upload: Upload | undefined): Uint8Array {
  const total = Buffer.alloc(TOTAL_OCTETS);
  total.writeUInt32BE(upload?.total ?? UNTOLD);
  return Buffer.concat([total, upload === undefined ? Buffer.from(request, 'latin1') : upload.digest.state]);
}

function decodeState(state: Uint8Array): { request: string; upload: Upload | undefined } {
  const bytes = Buffer.from(state);
  const [total, rest] = [bytes.readUInt32BE(0), bytes.subarray(TOTAL_OCTETS)];
  if (total === UNTOLD) return { request: rest.toString('latin1'), upload: undefined };
  return { request: '', upload: { total, digest: ResumableSha256.from(rest) } };
}
