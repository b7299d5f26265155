/**
 * Colours told apart with the common colour-vision deficiencies: Okabe and Ito, Color Universal Design (2008). Black is
 * left for references and text; yellow, too faint for lines on white, comes last.
 */
export const palette: readonly string[] = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#56B4E9',
  '#E69F00',
  '#F0E442',
];

export const ink = '#222222';
export const faint = '#DDDDDD';

/** Vega's symbol shapes, so that lines differ without colour as well. */
export const shapes: readonly string[] = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'cross',
  'triangle-down',
  'triangle-right',
];

/** The `index`-th entry, starting anew after the last. */
export function cycle<Item>(items: readonly Item[], index: number): Item {
  return items[index % items.length]!;
}
