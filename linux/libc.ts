import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';
import { LabError } from './lab-error.ts';

/**
 * The C library calls that netlink needs. Each returns what the C function returns: −1 means failure, and
 * `systemCallError` then turns errno into a LabError. All are synchronous: the buffers live through the call.
 */
interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  close(descriptor: number): number;
  setsockopt(descriptor: number, level: number, option: number, value: Uint8Array, length: number): number;
  /** returns octets sent */
  send(descriptor: number, octets: Uint8Array, length: number, flags: number): number;
  /** returns octets received, which MSG_TRUNC lets exceed `length` */
  recv(descriptor: number, octets: Uint8Array, length: number, flags: number): number;
}

let loaded: Libc | undefined;

/** The C library, loaded at the first call; throws LabError when koffi cannot load it. */
export function libc(): Libc {
  loaded ??= bind();
  return loaded;
}

/** errno of this thread's last failed call. */
export function errno(): number {
  return koffi.errno();
}

/** Linux's name and words for an error number, such as `EEXIST: file already exists`. */
export function errorText(code: number): string {
  const [name, words] = getSystemErrorMap().get(-code) ?? [];
  return name === undefined ? `error ${code}` : `${name}: ${words}`;
}

/** The LabError for system call `call` that just failed while doing `what`; read errno before anything else does. */
export function systemCallError(call: string, what: string, code: number = errno()): LabError {
  return new LabError(`${call}() failed: ${what}`, {
    command: call,
    stderr: errorText(code),
    remedy: remedyFor(code),
  });
}

/** `result` unless it says failure: then throws systemCallError. */
export function checked(call: string, what: string, result: number): number {
  if (result < 0) throw systemCallError(call, what);
  return result;
}

function remedyFor(code: number): string {
  const { EPERM, EACCES, EPROTONOSUPPORT, EAFNOSUPPORT } = koffi.os.errno;
  if (code === EPERM || code === EACCES)
    return 'run as root of the network namespace (in the lab every node is)';
  if (code === EPROTONOSUPPORT || code === EAFNOSUPPORT)
    return 'run in the lab kernel: this kernel lacks the feature';
  return 'see the answer above and `man 2` of the call';
}

function bind(): Libc {
  try {
    const library = koffi.load('libc.so.6');
    // int64_t, not ssize_t: koffi has no such type on every platform.
    return {
      socket: library.func('int socket(int domain, int type, int protocol)'),
      close: library.func('int close(int fd)'),
      setsockopt: library.func(
        'int setsockopt(int fd, int level, int option, const void *value, uint32_t length)',
      ),
      send: library.func('int64_t send(int fd, const void *octets, size_t length, int flags)'),
      recv: library.func('int64_t recv(int fd, void *octets, size_t length, int flags)'),
    };
  } catch (cause) {
    throw new LabError('the C library cannot be loaded', {
      command: "koffi.load('libc.so.6')",
      stderr: String(cause),
      remedy: 'run on Linux with glibc and with koffi installed (npm ci)',
      cause,
    });
  }
}
