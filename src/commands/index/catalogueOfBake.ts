import type { Collected } from '../bake/collected.js';
export async function catalogueOfBake(_collected: Collected, _to: string): Promise<void> {}
