import type net from 'node:net';
import type { ApplicationHost, ServerApplication } from '../../../applications/server-application.ts';
import { getNumberOption, setNumberOption } from '../../../linux/socket-libc.ts';
import { SO_RCVBUF, SO_SNDBUF, TCP_NODELAY } from '../../../linux/socket-options.ts';
import {
  MOVABLE_OPTIONS,
  type MovableOptionName,
  movableOption,
} from '../../../linux/tcp/movable-options.ts';
import { descriptorOf } from '../../../linux/tcp/node-socket.ts';
import { optionValue, setOptionValue } from '../../../linux/tcp/option-values.ts';
import { ipv6 } from '../../../mip6/wire/address.ts';
import { OPTION_VALUES } from '../../support/option-values.ts';

interface Options {
  readonly nextMember: string;
  /** lines answered by a member before it hands the client off */
  readonly turn: number;
  /** octets that the state of this member's first handoff is longer than it need be; default 0 */
  readonly burden?: number;
}

/** Counts a client's lines, with every movable option set by the member that the client connected to, and tells what a socket has. */
class OptionsServer implements ServerApplication {
  readonly #options: Options;
  #host!: ApplicationHost;
  #burden: number;

  constructor(options: Options) {
    this.#options = options;
    this.#burden = options.burden ?? 0;
  }

  start(host: ApplicationHost): void {
    this.#host = host;
    host.server.clientReceive((socket, state) => {
      const count = Buffer.from(state).readUInt32BE(0);
      this.#serve(socket, count, 'moved');
    });
  }

  onConnection(socket: net.Socket): void {
    const descriptor = descriptorOf(socket);
    setNumberOption(descriptor, TCP_NODELAY, 1);
    setNumberOption(descriptor, SO_SNDBUF, 30_000);
    setNumberOption(descriptor, SO_RCVBUF, 100_000);
    for (const option of MOVABLE_OPTIONS) {
      const value = OPTION_VALUES[option.name];
      if (value !== undefined && isKnown(option.name, descriptor)) setOptionValue(descriptor, option, value);
    }
    this.#tell('set', socket);
    this.#serve(socket, 0);
  }

  close(): void {}

  #tell(when: string, socket: net.Socket): void {
    const descriptor = descriptorOf(socket);
    const values: [string, string][] = MOVABLE_OPTIONS.filter(({ name }) => isKnown(name, descriptor)).map(
      (option) => [option.name, String(optionValue(descriptor, option))],
    );
    const noDelay = getNumberOption(descriptor, TCP_NODELAY);
    this.#host.log.write('options', { when, TCP_NODELAY: String(noDelay), ...Object.fromEntries(values) });
  }

  /** `when`: how the socket has come; what it has then is told at the second line, when the handoff is over on both sides. */
  #serve(socket: net.Socket, from: number, when?: string): void {
    let count = from;
    const last = from + this.#options.turn;
    const close = (): void => void this.#host.server.clientClose(socket);
    const read = (chunk: Buffer): void => {
      count += chunk.toString('latin1').split('\n').length - 1;
      if (when !== undefined && count === from + 2) this.#tell(when, socket);
      if (count >= last) socket.removeListener('data', read).removeListener('end', close);
      socket.write(`${count}\n`);
      if (count >= last) void this.#handOff(socket, count);
    };
    socket.on('error', () => socket.destroy());
    socket.once('end', close);
    socket.on('data', read);
  }

  async #handOff(socket: net.Socket, count: number): Promise<void> {
    const state = Buffer.alloc(4 + this.#burden);
    this.#burden = 0;
    state.writeUInt32BE(count);
    const acceptor = ipv6(this.#options.nextMember);
    const result = await this.#host.server.clientHandoff(socket, acceptor, state);
    if (result.moved) return;
    this.#serve(result.socket, count, result.socket === socket ? 'stayed' : 'came back');
  }
}

function isKnown(name: MovableOptionName, descriptor: number): boolean {
  try {
    optionValue(descriptor, movableOption(name));
    return true;
  } catch {
    return false;
  }
}

export default (options: Options): ServerApplication => new OptionsServer(options);
