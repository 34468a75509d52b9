import { expectedInWords, WeldonError } from '../errors.js';

/** An `<img>`, as far as its pixels are concerned; the types of the DOM are not needed for it. */
export interface ImageElement {
  readonly naturalWidth: number;
  readonly naturalHeight: number;
  readonly complete: boolean;
}

/** A `<canvas>`, an OffscreenCanvas, or a canvas of Node. */
export interface CanvasElement {
  readonly width: number;
  readonly height: number;
  getContext(kind: '2d'): unknown;
}

/** An ImageBitmap. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  close(): void;
}

/** What a canvas can draw. */
export type DrawnImage = ImageElement | CanvasElement | Bitmap;

/** The part of a 2d context that reading pixels takes. */
interface Context {
  drawImage(image: unknown, x: number, y: number, width: number, height: number): void;
  getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
}

interface Globals {
  OffscreenCanvas?: new (width: number, height: number) => CanvasElement;
  document?: { createElement?(name: 'canvas'): CanvasElement & { width: number; height: number } };
}

const isFunction = (value: unknown) => typeof value === 'function';

/** Whether an object is one of these, by what it can do: a page has several classes of each (frames, workers, Node). */
export function isDrawn(image: object): image is DrawnImage {
  return (
    ('naturalWidth' in image && 'naturalHeight' in image) ||
    ('getContext' in image && isFunction(image.getContext)) ||
    ('close' in image && isFunction(image.close) && 'width' in image && !('data' in image))
  );
}

/**
 * Size in pixels, of an `<img>` that of its file and not that on the page.
 *
 * @throws WeldonError for one that has no pixels, or none yet
 */
export function drawnSize(image: DrawnImage, what: string): { width: number; height: number } {
  if (!('naturalWidth' in image)) {
    const { width, height } = image;
    if (!(width >= 1 && height >= 1)) {
      throw expectedInWords(what, 'an image with pixels', `one of ${width}×${height}, as a closed ImageBitmap is`);
    }
    return { width, height };
  }
  const { naturalWidth: width, naturalHeight: height, complete } = image;
  if (!complete || !(width >= 1 && height >= 1)) {
    throw expectedInWords(
      what,
      'an <img> that has loaded: wait for its decode() first',
      complete ? 'one that holds no image' : 'one that is still loading',
    );
  }
  return { width, height };
}

function freshContext(width: number, height: number): Context | null {
  const { OffscreenCanvas, document } = globalThis as Globals;
  if (OffscreenCanvas !== undefined) {
    return new OffscreenCanvas(width, height).getContext('2d') as Context | null;
  }
  if (!isFunction(document?.createElement)) {
    return null;
  }
  return Object.assign(document!.createElement!('canvas'), { width, height }).getContext('2d') as Context | null;
}

/**
 * RGBA pixels, as a canvas holds them.
 *
 * @throws WeldonError where the page may not read them, or nothing can draw them here
 */
export function drawnPixels(image: DrawnImage, what: string): Uint8ClampedArray {
  const { width, height } = drawnSize(image, what);
  const fresh = freshContext(width, height);
  const own = fresh === null && 'getContext' in image ? (image.getContext('2d') as Context | null) : null;
  if (fresh === null && own === null) {
    throw expectedInWords(what, 'pixels {data, width, height} where there is no canvas to draw on', 'an image to draw');
  }
  try {
    fresh?.drawImage(image, 0, 0, width, height);
    return (fresh ?? own)!.getImageData(0, 0, width, height).data;
  } catch (error) {
    throw new WeldonError(
      `The pixels of ${what} cannot be read: ${(error as Error).message} An image of another origin wants ` +
        'crossOrigin = "anonymous", and a server that allows it',
    );
  }
}
