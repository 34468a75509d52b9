/** `wanted`, or `wanted_1`, `wanted_2`, … if it is taken; the result counts as taken from then on. */
export function uniqueName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let i = 1; taken.has(name); i++) {
    name = `${wanted}_${i}`;
  }
  taken.add(name);
  return name;
}
