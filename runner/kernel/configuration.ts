import { LabError } from '../../linux/lab-error.ts';

/**
 * What kconfig found out about the tools: their versions, what they can do, and what has to be worked around. It decides
 * nothing by itself; an option that changes because of it is in the configuration under its own name.
 */
const OF_TOOLS = new RegExp(
  `^CONFIG_(${[
    '(CC|GCC|CLANG|AS|LD|LLD|PAHOLE|RUSTC|BINDGEN)_VERSION(_TEXT)?',
    '(CC|AS|LD)_(IS|HAS|CAN|NO)_\\w+',
    'CC_IMPLICIT_FALLTHROUGH',
    'GCC\\d+_\\w+',
    'GCC_\\w+_WORKAROUND',
    'TOOLS_SUPPORT_RELR',
  ].join('|')})$`,
);

/** A finished `.config` without what compiler and linker wrote into it: what is switched on and set, in the order of the names. */
export function optionsWithoutTools(config: string): string {
  const lines = [...readOptions(config)]
    // What is off is off whether the tools made it a choice or not.
    .filter(([name, value]) => value !== 'n' && !OF_TOOLS.test(name))
    .map(([name, value]) => `${name}=${value}\n`);
  return lines.sort().join('');
}

/**
 * Compares a finished `.config` with the fragment it was made from. Kconfig drops unknown options without a word, and options that depend
 * on something that is off.
 *
 * Throws LabError naming every option that is not as asked.
 */
export function checkOptions(fragment: string, config: string): void {
  const finished = readOptions(config);
  const wrong: string[] = [];
  for (const [name, wanted] of readOptions(fragment)) {
    const found = finished.get(name) ?? 'n';
    if (found !== wanted) wrong.push(`${name} should be ${wanted} and is ${found}`);
  }
  if (wrong.length === 0) return;
  throw new LabError(`The kernel's configuration lost ${wrong.length} of its options: ${wrong.join('; ')}.`, {
    remedy:
      'correct runner/kernel/fragment.config for this kernel version, or use the version it was made for (6.1)',
  });
}

/** Options by name; an option that is switched off has the value `n`. */
function readOptions(config: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const line of config.split('\n')) {
    const set = /^(CONFIG_\w+)=(.*)$/.exec(line.trim());
    const unset = /^# (CONFIG_\w+) is not set$/.exec(line.trim());
    if (set) options.set(set[1] ?? '', set[2] ?? '');
    else if (unset) options.set(unset[1] ?? '', 'n');
  }
  return options;
}
