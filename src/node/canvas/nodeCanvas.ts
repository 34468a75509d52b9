import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Image, SKRSContext2D } from 'canvas';
import { WeldonError } from '../../errors.js';
import type { Pixels } from '../../heatmaps/types.js';
import { unpackWoff } from './woffFont.js';

/**
 * The one place that knows which canvas package is installed under the name `canvas`: @napi-rs/canvas (prebuilt,
 * what this package asks for) or node-canvas. They differ in how fonts are registered; drawing is the same, and
 * encoding is left to sharp, which is several times faster than either.
 */
interface CanvasModule {
  createCanvas(width: number, height: number): { getContext(kind: '2d'): SKRSContext2D };
  loadImage(source: Buffer): Promise<Image>;
  /** @napi-rs/canvas */
  GlobalFonts?: { registerFromPath(path: string, family: string): unknown };
  /** node-canvas */
  registerFont?(path: string, style: { family: string; weight: string }): void;
}

/** The drawing context; only what both packages have is used. */
export type Context = SKRSContext2D;

const require = createRequire(import.meta.url);

/**
 * DejaVu Sans under a name of our own, so that class names look the same on every machine, also one without fonts.
 * It has Latin, Greek, Cyrillic, Hebrew, Arabic and many symbols; for other scripts the system's fonts step in.
 */
export const fontFamily = 'Weldon Sans';

/** A CSS font of the bundled family. */
export function font(size: number, weight: 'normal' | 'bold' = 'normal'): string {
  return `${weight} ${size}px "${fontFamily}", sans-serif`;
}

let loaded: CanvasModule | undefined;

function registerFonts(module: CanvasModule): void {
  const fontFile = (weight: number, ending: string) =>
    require.resolve(`@fontsource/dejavu-sans/files/dejavu-sans-latin-${weight}-normal.${ending}`);
  for (const [style, weight] of [
    ['normal', 400],
    ['bold', 700],
  ] as const) {
    if (module.GlobalFonts) {
      module.GlobalFonts.registerFromPath(fontFile(weight, 'woff2'), fontFamily);
    } else if (module.registerFont) {
      // node-canvas takes files only, and TrueType only
      const folder = mkdtempSync(join(tmpdir(), 'tfjs-weldon-font-'));
      const path = join(folder, `${weight}.ttf`);
      writeFileSync(path, unpackWoff(readFileSync(fontFile(weight, 'woff'))));
      module.registerFont(path, { family: fontFamily, weight: style });
      process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    }
  }
}

function load(): CanvasModule {
  if (loaded === undefined) {
    let module: CanvasModule;
    try {
      module = require('canvas') as CanvasModule;
    } catch (error) {
      throw new WeldonError(
        `Expected the package 'canvas' to load, which draws images, but received ${
          error instanceof Error ? error.message.split('\n')[0] : String(error)
        }: run npm install`,
      );
    }
    registerFonts(module);
    loaded = module;
  }
  return loaded;
}

/** A context to measure text with, loading package and fonts on first use. */
export function measuringContext(): Context {
  return load().createCanvas(1, 1).getContext('2d');
}

/**
 * A piece of an image with text: a canvas filled with `paper`, drawn on, and read back. Canvases are slow to read,
 * so images are put together from pixels and only their lines of text come from here.
 */
export function drawPiece(width: number, height: number, paper: string, draw: (context: Context) => void): Pixels {
  const context = load().createCanvas(width, height).getContext('2d');
  context.fillStyle = paper;
  context.fillRect(0, 0, width, height);
  draw(context);
  return { data: context.getImageData(0, 0, width, height).data as Uint8ClampedArray, width, height };
}

/** The pixels of an opaque SVG drawing. Style sheets in it are passed over: colours must stand as attributes. */
export async function drawSvg(svg: string, width: number, height: number): Promise<Pixels> {
  const image = await load().loadImage(Buffer.from(svg));
  return drawPiece(width, height, '#fff', (context) => context.drawImage(image, 0, 0));
}
