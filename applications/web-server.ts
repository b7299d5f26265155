import type net from 'node:net';
import * as z from 'zod/mini';
import { ipv6 } from '../mip6/wire/address.ts';
import { address, folder, variant } from '../nodes/support/config-fields.ts';
import { octets } from '../nodes/support/config-numbers.ts';
import type { EventWriter } from '../nodes/support/event-log.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { handoffVariant } from '../server/variants/variants.ts';
import type { ApplicationHost, ServerApplication } from './server-application.ts';
import type { ServerLibrary } from './server-library.ts';
import { documentPath, type WebDocument, WebDocuments } from './web-documents.ts';
import { failure, respond, takeRequest, type WebRequest, type WebResponse } from './web-request.ts';
import { decodeSession, encodeSession, sessionBehind, type WebSession } from './web-session.ts';

export const webServerConfig = strictObject({
  kind: z.literal('web'),
  /** folder of the documents; the same on every member */
  root: folder,
  /** documents that stand in no file, by path (`/document`): so many octets of document.ts */
  generated: z.optional(z.record(z.string(), z.int().check(z.gte(0)))),
  /** hand a client off when this member has sent so much of a document; absent: never */
  handoff: z.optional(strictObject({ afterBytes: octets, acceptor: address, variant })),
});

/** Octets of a document read and written at once. */
const CHUNK_OCTETS = 64 * 1024;

/** Static files over HTTP/1.1, with keep-alive and ranges; in the middle of a document a client may go to another member. */
export class WebServer implements ServerApplication {
  readonly #config: z.infer<typeof webServerConfig>;
  readonly #documents: WebDocuments;
  #server: ServerLibrary | undefined;
  #log: EventWriter | undefined;
  readonly #connections = new WeakMap<net.Socket, WebConnection>();

  constructor(config: z.infer<typeof webServerConfig>) {
    this.#config = config;
    this.#documents = new WebDocuments(config);
  }

  start({ server, log }: ApplicationHost): void {
    this.#server = server;
    this.#log = log;
    server.clientReceive((socket, state) => this.#serve(socket, decodeSession(state), true));
    server.clientSurvives((socket, state, _client, { sent }) =>
      this.#serve(socket, sessionBehind(decodeSession(state), sent), false),
    );
    server.resumable((state, octets) => this.#lastOctets(decodeSession(state), octets));
    server.clientState(async (socket) => {
      const session = await this.#connections.get(socket)?.leave();
      return session && encodeSession(session);
    });
  }

  onConnection(socket: net.Socket): void {
    this.#serve(socket, { input: '', headSent: false }, true);
  }

  close(): void {}

  /** What of the response under way was written last: of its document, and of the head before that. */
  #lastOctets({ response, headSent, first }: WebSession, octets: number): Uint8Array | undefined {
    if (response === undefined || !headSent || first === undefined) return undefined;
    const { offset, document, head } = response;
    const ofHead = Math.max(0, octets - (offset - first));
    if (ofHead > head.length) return undefined;
    const body = this.#documents.readNow(document, offset - (octets - ofHead), offset);
    return body && Buffer.concat([Buffer.from(head.slice(head.length - ofHead), 'latin1'), body]);
  }

  #serve(socket: net.Socket, session: WebSession, mayHandOff: boolean): void {
    const connection = new WebConnection(socket, session, {
      documents: this.#documents,
      afterBytes: this.#config.handoff?.afterBytes ?? Number.POSITIVE_INFINITY,
      prepare: () => mayHandOff && this.#prepare(socket),
      handOff: (state) => mayHandOff && this.#handOff(socket, state),
      // Nobody waits for it: until then the connection ends with this member.
      protect: (state) => void this.#server!.protect(socket, encodeSession(state)),
    });
    this.#connections.set(socket, connection);
    connection.run().then(
      (end) => end === 'close' && void this.#server!.clientClose(socket),
      (error: unknown) => {
        this.#log?.write('request-failed', { reason: String(error) });
        socket.destroy();
      },
    );
  }

  /** A variant that wants to is prepared as soon as it is known that the client will go, while it is served here. */
  #prepare(socket: net.Socket): void {
    const { handoff } = this.#config;
    if (handoff === undefined) return;
    const variant = handoffVariant(handoff.variant);
    if (variant.prepareAt === 'request') this.#server!.prepare(socket, handoff.acceptor, { variant });
  }

  /** True when the connection is no longer the caller's. */
  #handOff(socket: net.Socket, session: WebSession): boolean {
    const { handoff } = this.#config;
    if (handoff === undefined) return false;
    const options = { variant: handoffVariant(handoff.variant), waitMs: 0 };
    void this.#server!.clientHandoff(socket, ipv6(handoff.acceptor), encodeSession(session), options).then(
      (result) => result.moved || this.#serve(result.socket, session, false),
      () => undefined, // lost: nobody can go on, and the socket is gone
    );
    return true;
  }
}

/** What became of a response; `broken`: nobody can be sent the rest. */
type Sent = 'sent' | 'left' | 'broken';

interface WebConnectionOptions {
  readonly documents: WebDocuments;
  /** octets that are sent here before `handOff` is asked */
  readonly afterBytes: number;
  readonly handOff: (session: WebSession) => boolean;
  /** it will be asked before the document under way has come to its end */
  readonly prepare: () => void;
  /** All that is written from here on follows from the session, until this is called again. */
  readonly protect: (session: WebSession) => void;
}

/** One client's connection at one member. */
class WebConnection {
  readonly #socket: net.Socket;
  readonly #session: WebSession;
  readonly #options: WebConnectionOptions;
  #sentHere = 0;
  /** whoever wants to hand this connection off together with another of the client's */
  #leaving: PromiseWithResolvers<WebSession | undefined> | undefined;
  #wake: () => void = () => undefined;
  /** the client has closed its side, or the connection is over: no more requests come */
  #ended: boolean;
  readonly #onData = (chunk: Buffer): void => {
    this.#session.input += chunk.toString('latin1');
    this.#wake();
  };
  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#wake();
  };

  constructor(socket: net.Socket, session: WebSession, options: WebConnectionOptions) {
    this.#socket = socket;
    this.#session = session;
    this.#options = options;
    // It may have come back from a handoff, and its end have been told before.
    this.#ended = socket.readableEnded;
    socket.on('error', () => socket.destroy());
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd);
  }

  /** Stops serving at the next boundary of a write; undefined when the connection ends instead. */
  leave(): Promise<WebSession | undefined> {
    this.#leaving ??= Promise.withResolvers();
    this.#wake();
    return this.#leaving.promise;
  }

  /** Answers request after request. Ends with `close` when the connection shall be closed, with `left` when it is another's. */
  async run(): Promise<'close' | 'left'> {
    const end = await this.#serve();
    // Too late for whoever has asked: the connection is being closed, or the application itself hands it off.
    this.#leaving?.resolve(undefined);
    return end;
  }

  async #serve(): Promise<'close' | 'left'> {
    while (!this.#socket.destroyed) {
      this.#session.response ??= await this.#nextResponse();
      if (this.#leaveWithOthers()) return 'left';
      const { response } = this.#session;
      if (response === undefined) return 'close';
      this.#options.protect(this.#session);
      const outcome = await this.#send(response);
      if (outcome === 'left') return 'left';
      if (outcome === 'broken') return 'close';
      delete this.#session.response;
      this.#session.headSent = false;
      if (!response.keepAlive) return 'close';
    }
    return 'close';
  }

  async #nextResponse(): Promise<WebResponse | undefined> {
    for (;;) {
      const taken = takeRequest(this.#session.input);
      if (taken !== undefined) {
        this.#session.input = taken.rest;
        return taken.request === 'bad' ? failure('400 Bad Request', false) : this.#answer(taken.request);
      }
      if (this.#ended || this.#leaving !== undefined) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #answer(request: WebRequest): Promise<WebResponse> {
    const path = documentPath(request.target);
    return respond(request, path, await this.#options.documents.size(path));
  }

  async #send(response: WebResponse): Promise<Sent> {
    if (!this.#session.headSent && !(await this.#write(Buffer.from(response.head, 'latin1'))))
      return 'broken';
    if (!this.#session.headSent) this.#session.first = response.offset;
    this.#session.headSent = true;
    if (response.document === '') return 'sent';
    await using document = await this.#options.documents.open(response.document);
    // Awaited here: the document is closed at the end of this block.
    return await this.#sendDocument(document, response);
  }

  async #sendDocument(document: WebDocument, response: WebResponse): Promise<Sent> {
    const { afterBytes } = this.#options;
    let { offset } = response;
    if (afterBytes - this.#sentHere < response.end - offset) this.#options.prepare();
    while (offset < response.end) {
      const wanted = Math.min(CHUNK_OCTETS, response.end - offset, afterBytes - this.#sentHere);
      const part = await document.read(offset, wanted);
      // The document has shrunk under us: the length given was wrong, and no orderly end may say that this is all.
      if (part.length === 0) this.#socket.destroy();
      if (!(await this.#write(part))) return 'broken';
      offset += part.length;
      this.#sentHere += part.length;
      this.#session.response = { ...response, offset };
      if (this.#leaveWithOthers()) return 'left';
      if (this.#sentHere >= afterBytes && offset < response.end && this.#leave()) return 'left';
    }
    return 'sent';
  }

  /** Where nothing is left to answer, and nothing comes any more, it stays to be closed here. */
  #leaveWithOthers(): boolean {
    if (this.#leaving === undefined || this.#socket.destroyed) return false;
    if (this.#ended && this.#session.response === undefined) return false;
    this.#socket.removeListener('data', this.#onData);
    this.#leaving.resolve(this.#session);
    return true;
  }

  #leave(): boolean {
    this.#sentHere = 0;
    this.#socket.removeListener('data', this.#onData);
    const left = this.#options.handOff(this.#session);
    if (!left) this.#socket.on('data', this.#onData);
    return left;
  }

  /** Resolves with true when the octets are in the kernel's socket; with false when they never will be: the connection is over. */
  #write(octets: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => this.#socket.write(octets, (error) => resolve(!error)));
  }
}
