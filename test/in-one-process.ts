/**
 * Runs the test files that `HANDOFF_LAB_TESTS` names, by white space, one after the other in this process: files that start
 * nothing and share nothing, for which starting a process each would take longer than what they test.
 */
const files = (process.env.HANDOFF_LAB_TESTS ?? '').split(/\s+/).filter((file) => file !== '');
if (files.length === 0) throw new Error('HANDOFF_LAB_TESTS names no test file: run scripts/test.sh');
for (const file of files) await import(new URL(`../${file}`, import.meta.url).href);

export {};
