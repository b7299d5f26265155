import type net from 'node:net';
import * as z from 'zod/mini';
import { strictObject } from '../nodes/support/strict-object.ts';
import { onClientEnd } from './client-end.ts';
import { itinerary } from './itinerary.ts';
import { type Journey, journeyBehind, Traveller } from './itinerary-traveller.ts';
import type { ApplicationHost, ServerApplication } from './server-application.ts';

export const itineraryServerConfig = strictObject({ kind: z.literal('itinerary') });

/** The application state before the request is whole: what has come of it. */
interface Beginning {
  readonly request: string;
}

/** Gives the state of a connection that leaves although the application has not asked for it; undefined: it stays. */
type Leave = () => Promise<Journey | Beginning | undefined>;

const REQUEST_LIMIT = 8192;

/** A server for tests: documents in both directions, over as many handoffs as the client asks for, to the members it names. */
export class ItineraryServer implements ServerApplication {
  #host: ApplicationHost | undefined;
  readonly #leaves = new WeakMap<net.Socket, Leave>();

  start(host: ApplicationHost): void {
    this.#host = host;
    host.server.clientReceive((socket, applicationState) => {
      socket.off('error', end).on('error', end);
      const state = JSON.parse(Buffer.from(applicationState).toString('utf8')) as Journey | Beginning;
      if ('request' in state) this.#read(socket, Buffer.from(state.request, 'latin1'));
      else this.#travel(socket, state);
    });
    host.server.clientSurvives((socket, applicationState, _client, { sent }) => {
      socket.off('error', end).on('error', end);
      const state = JSON.parse(Buffer.from(applicationState).toString('utf8')) as Journey;
      this.#travel(socket, journeyBehind(state, sent));
    });
    host.server.clientState(async (socket) => {
      const state = await this.#leaves.get(socket)?.();
      return state && Buffer.from(JSON.stringify(state));
    });
  }

  onConnection(socket: net.Socket): void {
    socket.on('error', end);
    this.#read(socket, Buffer.alloc(0));
  }

  close(): void {}

  #read(socket: net.Socket, before: Buffer): void {
    let request = before;
    const take = (chunk: Buffer): void => {
      request = Buffer.concat([request, chunk]);
      const line = request.indexOf('\n');
      if (line < 0 && request.length <= REQUEST_LIMIT) return;
      socket.removeListener('data', take);
      stopWaiting();
      const asked = itinerary.safeParse(parsed(request.subarray(0, Math.max(0, line)).toString('utf8')));
      if (!asked.success) socket.destroy();
      else {
        const journey = { itinerary: asked.data, leg: 0, sent: 0, received: 0, intact: true, told: 0 };
        this.#travel(socket, journey, request.subarray(line + 1));
      }
    };
    socket.on('data', take);
    // Half a request is none.
    const stopWaiting = onClientEnd(socket, () => void this.#host!.server.clientClose(socket));
    this.#leaves.set(socket, () => {
      socket.removeListener('data', take);
      stopWaiting();
      return Promise.resolve({ request: request.toString('latin1') });
    });
  }

  #travel(socket: net.Socket, journey: Journey, first: Uint8Array = new Uint8Array(0)): void {
    const traveller = new Traveller(socket, journey, this.#host!.server, first);
    this.#leaves.set(socket, () => traveller.leave());
    void traveller.run().then((back) => {
      if (back !== undefined) this.#travel(back, { ...journey, leg: journey.leg + 1 });
    });
  }
}

/** One function for all: a connection may leave in vain many times. */
function end(this: net.Socket): void {
  this.destroy();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
