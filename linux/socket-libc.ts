import koffi from 'koffi';
import { LabError } from './lab-error.ts';
import { checked, errno, libc, systemCallError } from './libc.ts';
import { decodeSocketAddress, SOCKADDR_IN6_OCTETS, type SocketEndpoint } from './socket-address.ts';
import type { SocketOption } from './socket-options.ts';

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
export const MSG_PEEK = 0x2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

const F_DUPFD_CLOEXEC = 1030;

/** A call that would have to wait (EAGAIN): the answer for now is nothing. */
export const WOULD_BLOCK = -1;

/** A non-blocking, close-on-exec socket's descriptor; throws LabError. */
export function openSocket(domain: number, type: number, protocol: number, what: string): number {
  return checked('socket', what, libc('socket')(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}

/** Binds to an encoded socket address; throws LabError. */
export function bindSocket(descriptor: number, address: Buffer, what: string): void {
  checked('bind', what, libc('bind')(descriptor, address, address.length));
}

/** Connects to an encoded socket address, at once (a TCP socket in repair mode, or a datagram socket); throws LabError. */
export function connectSocket(descriptor: number, address: Buffer, what: string): void {
  checked('connect', what, libc('connect')(descriptor, address, address.length));
}

/** Closes a descriptor; throws LabError when it was not open. */
export function closeDescriptor(descriptor: number): void {
  checked('close', `descriptor ${descriptor}`, libc('close')(descriptor));
}

/** Another descriptor of the same socket, close-on-exec: the socket lives until both are closed; throws LabError. */
export function duplicateDescriptor(descriptor: number): number {
  return checked('fcntl', `descriptor ${descriptor}`, libc('fcntl')(descriptor, F_DUPFD_CLOEXEC, 0));
}

/** Waits for an event of poll(2), this whole thread with it: for what is a moment away at most. True when it has come; throws LabError. */
export function waitForEvent(descriptor: number, events: number, timeoutMs: number): boolean {
  // struct pollfd: descriptor, events asked for, events that have come.
  const asked = Buffer.alloc(8);
  asked.writeInt32LE(descriptor, 0);
  asked.writeInt16LE(events, 4);
  const found = libc('poll')(asked, 1, timeoutMs);
  if (found < 0 && errno() !== koffi.os.errno.EINTR)
    throw systemCallError('poll', `descriptor ${descriptor}`);
  return found > 0 && (asked.readInt16LE(6) & events) !== 0;
}

/** Octets sent, or WOULD_BLOCK; throws LabError. */
export function sendOctets(descriptor: number, octets: Uint8Array, what: string): number {
  return unlessBlocked(
    'send',
    what,
    libc('send')(descriptor, octets, octets.length, MSG_DONTWAIT | MSG_NOSIGNAL),
  );
}

/** Octets sent as one datagram, or WOULD_BLOCK; throws LabError. */
export function sendDatagram(descriptor: number, octets: Uint8Array, address: Buffer, what: string): number {
  const sent = libc('sendto')(descriptor, octets, octets.length, MSG_DONTWAIT, address, address.length);
  return unlessBlocked('sendto', what, sent);
}

/** Octets received into `octets`, or WOULD_BLOCK; throws LabError. */
export function receiveOctets(descriptor: number, octets: Uint8Array, flags: number, what: string): number {
  return unlessBlocked('recv', what, libc('recv')(descriptor, octets, octets.length, flags | MSG_DONTWAIT));
}

/** sendmsg(2) of a laid out `msghdr`: octets sent, or WOULD_BLOCK; throws LabError. */
export function sendMessage(descriptor: number, message: Buffer, what: string): number {
  return unlessBlocked('sendmsg', what, libc('sendmsg')(descriptor, message, MSG_DONTWAIT));
}

/** recvmsg(2) into a laid out `msghdr`: octets received, or WOULD_BLOCK; throws LabError. */
export function receiveMessage(descriptor: number, message: Buffer, flags: number, what: string): number {
  return unlessBlocked('recvmsg', what, libc('recvmsg')(descriptor, message, flags | MSG_DONTWAIT));
}

/** Sets an option to raw octets; throws LabError. */
export function setOption(descriptor: number, option: SocketOption, value: Uint8Array | null): void {
  const result = libc('setsockopt')(descriptor, option.level, option.number, value, value?.length ?? 0);
  checked('setsockopt', option.name, result);
}

const numberValue = Buffer.alloc(8);
const fourOctets = numberValue.subarray(0, 4);

/** Sets an option that is an `int`: signed, or unsigned 32 bits; throws LabError. */
export function setNumberOption(descriptor: number, option: SocketOption, value: number): void {
  fourOctets.writeInt32LE(value | 0, 0);
  setOption(descriptor, option, fourOctets);
}

/** An option's octets, at most `length`; throws LabError. */
export function getOption(descriptor: number, option: SocketOption, length: number): Buffer {
  const value = Buffer.alloc(length);
  const lengthValue = Buffer.alloc(4);
  lengthValue.writeUInt32LE(length, 0);
  const result = libc('getsockopt')(descriptor, option.level, option.number, value, lengthValue);
  checked('getsockopt', option.name, result);
  return value.subarray(0, lengthValue.readUInt32LE(0));
}

/** An option that is an `int`, read as unsigned; throws LabError. */
export function getNumberOption(descriptor: number, option: SocketOption): number {
  return getOption(descriptor, option, 4).readUInt32LE(0);
}

/** The number a socket ioctl(2) answers; throws LabError. */
export function ioctlNumber(descriptor: number, request: number, what: string): number {
  const value = Buffer.alloc(4);
  checked('ioctl', what, libc('ioctl')(descriptor, request, value));
  return value.readInt32LE(0);
}

/** The socket's own IPv6 endpoint; throws LabError for other families. */
export function localEndpoint(descriptor: number): SocketEndpoint {
  return endpoint('getsockname', descriptor);
}

/** The connected peer's IPv6 endpoint; throws LabError for other families. */
export function remoteEndpoint(descriptor: number): SocketEndpoint {
  return endpoint('getpeername', descriptor);
}

/** An interface's index in the calling process's network namespace; throws LabError when there is none of that name. */
export function interfaceIndex(name: string): number {
  const index = libc('if_nametoindex')(name);
  if (index === 0) throw systemCallError('if_nametoindex', `interface ${name}`);
  return index;
}

function endpoint(name: 'getsockname' | 'getpeername', descriptor: number): SocketEndpoint {
  const address = Buffer.alloc(SOCKADDR_IN6_OCTETS);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(address.length, 0);
  checked(name, `descriptor ${descriptor}`, libc(name)(descriptor, address, length));
  const decoded = decodeSocketAddress(address);
  if (decoded !== undefined) return decoded;
  throw new LabError(`${name}() of descriptor ${descriptor} gave no IPv6 address`, {
    command: name,
    remedy: 'hand over IPv6 sockets only: this project speaks no IPv4',
  });
}

function unlessBlocked(name: string, what: string, result: number): number {
  if (result >= 0) return result;
  const code = errno();
  if (code === koffi.os.errno.EAGAIN || code === koffi.os.errno.EINTR) return WOULD_BLOCK;
  throw systemCallError(name, what, code);
}
