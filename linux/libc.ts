import koffi, { type LibraryHandle } from 'koffi';
import { LabError } from './lab-error.ts';

/** Every C library function that is called here, as the library declares it: int64_t stands for ssize_t, which koffi does not have. */
const DECLARATIONS = {
  socket: 'int socket(int domain, int type, int protocol)',
  bind: 'int bind(int fd, const void *address, uint32_t length)',
  connect: 'int connect(int fd, const void *address, uint32_t length)',
  close: 'int close(int fd)',
  send: 'int64_t send(int fd, const void *octets, size_t length, int flags)',
  recv: 'int64_t recv(int fd, void *octets, size_t length, int flags)',
  sendmsg: 'int64_t sendmsg(int fd, const void *message, int flags)',
  recvmsg: 'int64_t recvmsg(int fd, void *message, int flags)',
  sendto:
    'int64_t sendto(int fd, const void *o, size_t length, int flags, const void *address, uint32_t addressLength)',
  setsockopt: 'int setsockopt(int fd, int level, int option, const void *value, uint32_t length)',
  getsockopt: 'int getsockopt(int fd, int level, int option, void *value, void *length)',
  getsockname: 'int getsockname(int fd, void *address, void *length)',
  getpeername: 'int getpeername(int fd, void *address, void *length)',
  ioctl: 'int ioctl(int fd, unsigned long request, void *argument)',
  fcntl: 'int fcntl(int fd, int command, int64_t argument)',
  if_nametoindex: 'uint32_t if_nametoindex(const char *name)',
  setns: 'int setns(int fd, int type)',
  clock_gettime: 'int clock_gettime(int clock, void *time)',
  poll: 'int poll(void *descriptors, unsigned long count, int timeout)',
  epoll_create1: 'int epoll_create1(int flags)',
  epoll_ctl: 'int epoll_ctl(int epoll, int operation, int fd, void *event)',
  epoll_wait: 'int epoll_wait(int epoll, void *events, int most, int timeout)',
} as const;

/** Returns what the C function returns: −1 means failure, and `systemCallError` then turns errno into a LabError. */
type LibraryFunction = ReturnType<LibraryHandle['func']>;

const bound = new Map<keyof typeof DECLARATIONS, LibraryFunction>();
let library: LibraryHandle | undefined;

/**
 * One C library function, bound at its first use: koffi spends about 0.1 ms on each, and no node needs all. Called as it is, it is synchronous:
 * buffers live through the call. Throws LabError when koffi cannot load the library.
 */
export function libc(name: keyof typeof DECLARATIONS): LibraryFunction {
  let found = bound.get(name);
  if (found === undefined) {
    library ??= load();
    found = library.func(DECLARATIONS[name]);
    bound.set(name, found);
  }
  return found;
}

/** errno of this thread's last failed call. */
export function errno(): number {
  return koffi.errno();
}

/** Linux's name and words for an error number, such as `EEXIST: file already exists`. */
export function errorText(code: number): string {
  const [name, words] = process.getBuiltinModule('node:util').getSystemErrorMap().get(-code) ?? [];
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

function load(): LibraryHandle {
  try {
    return koffi.load('libc.so.6');
  } catch (cause) {
    throw new LabError('the C library cannot be loaded', {
      command: "koffi.load('libc.so.6')",
      stderr: String(cause),
      remedy: 'run on Linux with glibc and with koffi installed (npm ci)',
      cause,
    });
  }
}
