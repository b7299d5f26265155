/**
 * What a module makes known by default, however it was written, as `require()` or `import()` give the module: `export default`, `exports.default` or
 * `module.exports`. Undefined: nothing. It stands alone: processes that look at a module get it as text.
 */
export function defaultExport(loaded: unknown): unknown {
  const within = (value: unknown): unknown =>
    (typeof value === 'object' || typeof value === 'function') && value !== null && 'default' in value
      ? value.default
      : undefined;
  const outer = within(loaded);
  // A CommonJS module without a default is its function itself; import() stands one in place of `exports`.
  if (outer === undefined) return typeof loaded === 'function' ? loaded : undefined;
  return within(outer) ?? outer;
}
