/**
 * The first key that occurs twice in one object of a JSON text, or `null`.
 *
 * @param json a text that JSON.parse has accepted
 */
export function duplicateKey(json: string): string | null {
  /** Keys of the objects around the place being looked at; `null` for arrays. */
  const around: (Set<string> | null)[] = [];
  const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g;
  for (const { 0: token, index } of json.matchAll(tokens)) {
    if (token === '{' || token === '[') {
      around.push(token === '{' ? new Set() : null);
    } else if (token === '}' || token === ']') {
      around.pop();
    } else {
      const keys = around.at(-1);
      if (keys != null && /^\s*:/.test(json.slice(index + token.length, index + token.length + 64))) {
        const key = JSON.parse(token) as string;
        if (keys.has(key)) {
          return key;
        }
        keys.add(key);
      }
    }
  }
  return null;
}
