import koffi from 'koffi';

/** Versions of libuv whose `uv_loop_t` was read: `internal_fields` lies at 40 on 64-bit machines, and begins with the loop's flags. */
const KNOWN_LIBUV = ['1.52.1'];
const INTERNAL_FIELDS_AT = 40;
/** What Node sets: UV_METRICS_IDLE_TIME, and nothing else. */
const MEASURES_IDLE_TIME = 1;

/**
 * Ends the measuring of the event loop's idle time, which Node always turns on (`performance.eventLoopUtilization()`, 0 from now on):
 * while it is measured, libuv looks at its descriptors without waiting before every wait, a system call in each turn. There is no
 * way to say so to Node, therefore the flag is cleared in libuv's own structure, where it is exactly as it is known; false: it is not,
 * and nothing was changed.
 */
export function stopIdleMetrics(libuv: string | undefined = process.versions.uv): boolean {
  if (libuv === undefined || !KNOWN_LIBUV.includes(libuv)) return false;
  const flags = loopFlags();
  if (flags?.[0] !== MEASURES_IDLE_TIME) return false;
  flags[0] = 0;
  return true;
}

/** The one word of the default loop's flags, to be read and written; undefined where the loop has none. */
function loopFlags(): Uint32Array | undefined {
  const loop = koffi.load(null).func('void *uv_default_loop()')() as unknown;
  const fields = koffi.decode(loop, INTERNAL_FIELDS_AT, 'void *') as bigint | null;
  return fields === null ? undefined : new Uint32Array(koffi.view(fields, 4));
}
