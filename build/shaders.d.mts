export function smallerShaders(files: readonly string[]): string[];
export function smallerRoom(folder: string): Map<string, string>;
