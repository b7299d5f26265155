import { getNumberOption, setNumberOption } from '../socket-libc.ts';
import { SO_BUF_LOCK, SO_RCVBUF, SO_RCVBUFFORCE, SO_SNDBUF, SO_SNDBUFFORCE } from '../socket-options.ts';
import { BUFFER_LOCK, bufferLocks, TUNED_BY_KERNEL } from './carry-options.ts';
import type { MovedOptions } from './movable-options.ts';
import type { TcpConnectionState } from './state.ts';

/** No member has another reserve more memory than that for one direction of a connection, whatever it asks for; octets. */
const LARGEST_BUFFER = 64 * 1024 * 1024;

/** Buffers of a restored socket grow where the donor's queues and the window that it has offered need it. Throws LabError. */
export function makeRoom(
  descriptor: number,
  { sent, received, window }: TcpConnectionState,
  sendBuffer: number | undefined,
): void {
  const send = Math.max(sent.length * 2, sendBuffer ?? 0);
  if (send * 2 > getNumberOption(descriptor, SO_SNDBUF)) setNumberOption(descriptor, SO_SNDBUFFORCE, send);
  const receive = received.length * 2 + window.receive;
  if (receive * 2 > getNumberOption(descriptor, SO_RCVBUF))
    setNumberOption(descriptor, SO_RCVBUFFORCE, receive);
}

/**
 * Once the queues are filled, sizes that the application has set are set again. What it left to the kernel is the kernel's to tune again:
 * setting a size ends its tuning (SO_BUF_LOCK; before Linux 5.14 for good). `sendBuffer` is the
 * member's, as setsockopt takes it: undefined leaves the send buffer to the kernel. Throws LabError.
 */
export function giveBuffersBack(
  descriptor: number,
  options: MovedOptions,
  sendBuffer: number | undefined,
): void {
  const [send, receive] = [options.get('SO_SNDBUF'), options.get('SO_RCVBUF')];
  const sent = send === undefined ? sendBuffer : send === TUNED_BY_KERNEL ? undefined : halved(send);
  if (sent !== undefined) setNumberOption(descriptor, SO_SNDBUFFORCE, sent);
  if (receive !== undefined) setNumberOption(descriptor, SO_RCVBUFFORCE, halved(receive));
  const locks =
    (sent === undefined ? 0 : BUFFER_LOCK.send) | (receive === undefined ? 0 : BUFFER_LOCK.receive);
  const now = bufferLocks(descriptor);
  if (now !== undefined && now !== locks) setNumberOption(descriptor, SO_BUF_LOCK, locks);
}

/** The kernel doubles what it is asked for. */
function halved(size: bigint | string): number {
  return Math.min(Number(size) / 2, LARGEST_BUFFER);
}
