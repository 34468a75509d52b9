import { distance } from 'fastest-levenshtein';

/**
 * The end of an error sentence about an unknown name: `. Nearest: "a", "b", "c"`.
 *
 * Nearness is the edit distance with upper and lower case taken as equal; a name that contains the wanted one, or is
 * contained in it, goes first.
 *
 * @returns an empty string if there is nothing to choose from
 */
export function nearestNames(wanted: string, known: readonly string[], count = 3): string {
  const query = wanted.toLowerCase();
  const ranked = known
    .map((name, index) => {
      const candidate = name.toLowerCase();
      const within =
        query.length >= 3 && (candidate.includes(query) || (candidate.length >= 3 && query.includes(candidate)));
      return { name, index, far: distance(query, candidate) - (within ? query.length + candidate.length : 0) };
    })
    .sort((a, b) => a.far - b.far || a.index - b.index)
    .slice(0, count)
    .map(({ name }) => JSON.stringify(name));
  return ranked.length === 0 ? '' : `. Nearest: ${ranked.join(', ')}`;
}
