import net from 'node:net';
import { setAbortiveClose } from '../../linux/tcp/abortive-close.ts';
import { movableOption, type OptionValue } from '../../linux/tcp/movable-options.ts';
import { descriptorOf, hasDescriptor } from '../../linux/tcp/node-socket.ts';
import { optionValue, setOptionValue } from '../../linux/tcp/option-values.ts';

/** Of every client's socket, accepted or re-created: a client that has closed its side is still answered. */
const ANSWERED = { allowHalfOpen: true } as const;

const LINGER = movableOption('SO_LINGER');
/** `SO_LINGER` as `setAbortiveClose` sets it: no second to send the rest in */
const ABORTIVE = 0n;
/** SO_LINGER as the application has it, of sockets where ours stands in its place until the end */
const lingering = new WeakMap<net.Socket, OptionValue | undefined>();

/** What the application has set of SO_LINGER, if that is hidden by ours; a `value` of undefined: nothing. */
export function applicationsLinger(
  socket: net.Socket,
): { readonly value: OptionValue | undefined } | undefined {
  if (!lingering.has(socket) || optionValue(descriptorOf(socket), LINGER) !== ABORTIVE) return undefined;
  return { value: lingering.get(socket) };
}

interface ClientSocketOptions {
  /** Called before a connection that its application gives up is closed: on a host that lets no other resets out. */
  letResetOut?(descriptor: number): void;
}

/**
 * Accepts clients' connections. None ends in order unless its application asks for that, those included which nobody has taken from the
 * listening socket yet: they inherit its option.
 */
export function clientListener(
  onSocket: (socket: net.Socket) => void,
  options: ClientSocketOptions = {},
): net.Server {
  const server = net.createServer(ANSWERED, (socket) => {
    endsAsAsked(socket, options);
    onSocket(socket);
  });
  return server.on('listening', () => setAbortiveClose(descriptorOf(server), true));
}

/** A client's connection that stands, by its descriptor; it does not end in order either unless it is asked for. */
export function clientSocket(descriptor: number, options: ClientSocketOptions = {}): net.Socket {
  const socket = new net.Socket({ fd: descriptor, readable: true, writable: true, ...ANSWERED });
  endsAsAsked(socket, options);
  return socket;
}

/**
 * A FIN says that this was all. It must come of the application's `end`, once all that was written is in the kernel, and of nothing
 * else: not of the death of the process, with which the kernel closes what is open, nor of `destroy`. All these discard what is queued
 * and reset the connection; of a member's resets its packet filter lets out only those of `destroy`, so that its death is silence.
 *
 * Behind an `end` there may be a reset, too: for octets of the client's that nobody has read, or that come later.
 */
function endsAsAsked(socket: net.Socket, { letResetOut }: ClientSocketOptions): void {
  const before = optionValue(descriptorOf(socket), LINGER);
  lingering.set(socket, before === ABORTIVE ? undefined : before);
  setAbortiveClose(descriptorOf(socket), true);
  const { _final: final, _destroy: destroy } = socket;
  socket._final = (callback) => {
    if (hasDescriptor(socket)) endsInOrder(socket);
    final.call(socket, callback);
  };
  socket._destroy = (error, callback) => {
    if (hasDescriptor(socket)) letResetOut?.(descriptorOf(socket));
    destroy.call(socket, error, callback);
  };
}

function endsInOrder(socket: net.Socket): void {
  const linger = applicationsLinger(socket);
  // It may have set it meanwhile.
  if (linger === undefined) return;
  setAbortiveClose(descriptorOf(socket), false);
  if (linger.value !== undefined) setOptionValue(descriptorOf(socket), LINGER, linger.value);
}
