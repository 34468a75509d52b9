/** What text fitting needs of a canvas context. */
export interface Measure {
  measureText(text: string): { width: number };
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text, or as much of its beginning as fits with an ellipsis; never cut inside a character as seen. */
export function ellipsize(measure: Measure, text: string, maxWidth: number): string {
  if (measure.measureText(text).width <= maxWidth) {
    return text;
  }
  const parts = [...graphemes.segment(text)].map(({ segment }) => segment);
  let fits = 0;
  let tooLong = parts.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    const candidate = `${parts.slice(0, middle).join('').trimEnd()}…`;
    if (measure.measureText(candidate).width <= maxWidth) {
      fits = middle;
    } else {
      tooLong = middle;
    }
  }
  return fits === 0 ? '' : `${parts.slice(0, fits).join('').trimEnd()}…`;
}

/** Parts joined by ` · `, broken into lines between parts, at most `maxLines`; what does not fit is ellipsized. */
export function wrapParts(measure: Measure, parts: readonly string[], maxWidth: number, maxLines: number): string[] {
  const separator = '  ·  ';
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : line + separator + part;
    if (line !== '' && lines.length < maxLines - 1 && measure.measureText(longer).width > maxWidth) {
      lines.push(line);
      line = part;
    } else {
      line = longer;
    }
  }
  return [...lines, ...(line === '' ? [] : [line])].map((text) => ellipsize(measure, text, maxWidth));
}
