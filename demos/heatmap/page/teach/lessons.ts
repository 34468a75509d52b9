/** A photo to teach with; its features are in the worker, under its number. */
export interface LessonPhoto {
  number: number;
  file: Blob;
  name: string;
  thumbnail: ImageBitmap;
  /** resolution of the features that the worker has */
  size: number;
  /** set aside to test with */
  held: boolean;
}

export interface PhotoLesson {
  name: string;
  photos: LessonPhoto[];
}

let last = 0;

/** A number that no other photo has. */
export function nextNumber(): number {
  return ++last;
}

/** Why these classes cannot be trained on yet, or `null`. */
export function refusal(lessons: readonly PhotoLesson[]): string | null {
  const names = lessons.map(({ name }) => name.trim());
  if (lessons.length < 2) {
    return 'Teach at least two classes.';
  }
  if (names.includes('')) {
    return 'Every class needs a name.';
  }
  const twice = names.find((name, i) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) !== i);
  if (twice !== undefined) {
    return `Two classes are called “${twice}”. Give each a name of its own.`;
  }
  const poor = lessons.find(({ photos }) => photos.length < 2);
  if (poor !== undefined) {
    return (
      `“${poor.name.trim()}” has ${poor.photos.length === 0 ? 'no photo' : 'one photo'}. Give every class at least two; ` +
      'from five on, one in five is set aside to test with.'
    );
  }
  return null;
}
