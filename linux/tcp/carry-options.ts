import { AF_INET6 } from '../socket-address.ts';
import { closeDescriptor, getNumberOption, openSocket, SOCK_STREAM } from '../socket-libc.ts';
import { SO_BUF_LOCK, SO_RCVBUF } from '../socket-options.ts';
import {
  MOVABLE_OPTIONS,
  type MovableOption,
  type MovableOptionName,
  type MovedOptions,
  movableOption,
  type OptionStage,
  type OptionValue,
} from './movable-options.ts';
import { optionValue, setOptionValue } from './option-values.ts';
import { setSendBuffer } from './send-buffer.ts';

/** Bits of SO_BUF_LOCK: sizes that are set by hand, and that the kernel leaves alone. */
export const BUFFER_LOCK = { send: 1, receive: 2 } as const;
/**
 * The kernel's own bound on the window is the payload that the receive buffer has room for, about half of it, a third with the
 * worst drivers: one below a quarter was set by hand. (One above it cannot be told from the kernel's, and stays behind.)
 */
const SMALLEST_SHARE = 4;
/** In place of a size of SO_SNDBUF: the application has given it back to the kernel. */
export const TUNED_BY_KERNEL = 0n;

/** An option that a re-created socket does not have as the donor's had: the connection goes on without. */
export interface OptionProblem {
  /** a name, or the number between members of one that this member does not know */
  readonly option: string;
  readonly value: string;
  readonly reason: string;
}

/** What a socket has that nobody has set anything of; without a value: not known to this kernel. */
type Untouched = ReadonlyMap<MovableOptionName, { readonly value: OptionValue | undefined }>;

const untouchedBySendBuffer = new Map<number | undefined, Untouched>();

/**
 * The options of a connected socket that somebody has set: those that differ from a new socket's, a size of SO_SNDBUF from
 * `sendBuffer` (as setsockopt takes it; undefined: the system's), and SO_RCVBUF when the kernel is not to tune it. Reads some thirty options, so do it
 * before the socket is frozen. Throws LabError.
 */
export function optionsOf(descriptor: number, sendBuffer: number | undefined): MovedOptions {
  const untouched = untouchedSocket(sendBuffer);
  const moved = new Map<MovableOptionName, OptionValue>();
  for (const option of MOVABLE_OPTIONS) {
    const usual = untouched.get(option.name);
    const value = usual && chosenValue(descriptor, option);
    if (value !== undefined && value !== usual?.value) moved.set(option.name, value);
  }
  return moved;
}

/** Sets the options of this stage; each that the kernel refuses is told, and the others are set. */
export function setOptions(
  descriptor: number,
  options: MovedOptions,
  stage: OptionStage,
  onProblem: (problem: OptionProblem) => void,
): void {
  for (const [name, value] of options) {
    const option = movableOption(name);
    if (option.stage !== stage) continue;
    try {
      setOptionValue(descriptor, option, value);
    } catch (error) {
      onProblem({ option: name, value: String(value), reason: String(error) });
    }
  }
}

/** Options that end a connection when nothing comes back. Nothing does while it is frozen. */
const IMPATIENT: readonly MovableOptionName[] = ['SO_KEEPALIVE', 'TCP_USER_TIMEOUT'];

/** Switches off what would end a frozen socket before its peer can answer; `startTimers` sets it again. Throws LabError. */
export function restTimers(descriptor: number, options: MovedOptions): void {
  for (const name of IMPATIENT) if (options.has(name)) setOptionValue(descriptor, movableOption(name), 0n);
}

/** Ends `restTimers`. Throws LabError. */
export function startTimers(descriptor: number, options: MovedOptions): void {
  for (const name of IMPATIENT) {
    const value = options.get(name);
    if (value !== undefined) setOptionValue(descriptor, movableOption(name), value);
  }
}

/** Bits of BUFFER_LOCK; undefined before Linux 5.14, where nobody can tell. */
export function bufferLocks(descriptor: number): number | undefined {
  try {
    return getNumberOption(descriptor, SO_BUF_LOCK);
  } catch {
    return undefined;
  }
}

/** The value, unless it is one that the kernel chooses: the buffers of a connection grow by themselves, and its window with them. */
function chosenValue(descriptor: number, option: MovableOption): OptionValue | undefined {
  const value = optionValue(descriptor, option);
  switch (option.name) {
    case 'SO_SNDBUF':
      return isLocked(descriptor, BUFFER_LOCK.send) === false ? TUNED_BY_KERNEL : value;
    case 'SO_RCVBUF':
      return isLocked(descriptor, BUFFER_LOCK.receive) === true ? value : undefined;
    case 'TCP_WINDOW_CLAMP': {
      const smallest = getNumberOption(descriptor, SO_RCVBUF) / SMALLEST_SHARE;
      return isLocked(descriptor, BUFFER_LOCK.receive) === true || Number(value) < smallest
        ? value
        : undefined;
    }
    default:
      return value;
  }
}

/** Undefined before Linux 5.14, where nobody can tell. */
function isLocked(descriptor: number, lock: number): boolean | undefined {
  const locks = bufferLocks(descriptor);
  return locks === undefined ? undefined : (locks & lock) !== 0;
}

function untouchedSocket(sendBuffer: number | undefined): Untouched {
  const known = untouchedBySendBuffer.get(sendBuffer);
  if (known !== undefined) return known;
  const descriptor = openSocket(AF_INET6, SOCK_STREAM, 0, 'socket with the usual options');
  try {
    if (sendBuffer !== undefined) setSendBuffer(descriptor, sendBuffer);
    const untouched = new Map(
      MOVABLE_OPTIONS.flatMap((option) => {
        try {
          return [[option.name, { value: chosenValue(descriptor, option) }] as const];
        } catch {
          return []; // younger than this kernel: nobody can have set it
        }
      }),
    );
    untouchedBySendBuffer.set(sendBuffer, untouched);
    return untouched;
  } finally {
    closeDescriptor(descriptor);
  }
}
