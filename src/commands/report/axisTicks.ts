/**
 * Round numbers that cover a range: steps of 1, 2 or 5 times a power of ten.
 *
 * @param low below `high`
 * @param most about how many
 * @param whole only whole numbers
 */
export function axisTicks(low: number, high: number, most: number, whole = false): number[] {
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const fitting = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough * 0.999) as number;
  const step = whole ? Math.max(1, Math.round(fitting)) : fitting;
  const ticks: number[] = [];
  // + 0, for −0 is no label.
  for (let i = Math.ceil(low / step - 1e-9) + 0; i * step <= high + step * 1e-9; i++) {
    ticks.push(i * step);
  }
  return ticks;
}

/** Tick labels with as many decimals as tell them apart. */
export function tickLabels(ticks: readonly number[]): string[] {
  const step = ticks.length > 1 ? ticks[1] - ticks[0] : Math.abs(ticks[0] ?? 1) || 1;
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return ticks.map((tick) => {
    const text = Math.abs(tick) >= 1e6 ? tick.toExponential() : Math.abs(tick).toFixed(decimals);
    return tick < 0 && Math.abs(tick) < 1e6 ? `\u2212${text}` : text;
  });
}
