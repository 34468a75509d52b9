/** A number with three significant digits and a true minus sign, the way scores are shown. */
export function scoreText(value: number): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'not a number' : value > 0 ? '∞' : '\u2212∞';
  }
  const magnitude = Math.abs(value);
  const text =
    magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e5) ? magnitude.toExponential(2) : magnitude.toPrecision(3);
  // toPrecision(3) turns to exponents from 1000 on; whole numbers read better there
  const plain = text.includes('e+') && magnitude < 1e5 ? magnitude.toFixed(0) : text;
  return (value < 0 && Number(plain) !== 0 ? '\u2212' : '') + (magnitude === 0 ? '0' : plain);
}

/** A probability as a percentage: no more digits than it deserves, and never 100 % or 0 % for what is not. */
export function percentText(probability: number): string {
  const percent = probability * 100;
  if (!Number.isFinite(percent)) {
    return scoreText(percent);
  }
  if (percent > 0 && percent < 0.1) {
    return '< 0.1\u00a0%';
  }
  if (percent < 100 && percent > 99.9) {
    return '> 99.9\u00a0%';
  }
  return `${percent === 0 || percent === 100 ? percent.toFixed(0) : percent.toFixed(1)}\u00a0%`;
}
