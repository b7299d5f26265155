export { drawSvg } from './draw-svg.ts';
export { drawText } from './draw-text.ts';
