/** A whole sphere around a place, longitude to the right and latitude downwards; RGB bytes. */
export interface Panorama {
  data: Buffer;
  width: number;
  height: number;
}

/** Where a camera looks from the middle of a panorama, in degrees. */
export interface View {
  /** to the right */
  yaw: number;
  /** upwards */
  pitch: number;
  /** from the left edge of the image to the right one */
  fieldOfView: number;
}

/** What a camera without distortion sees, side × side RGB bytes; interpolated between the panorama's pixels. */
export function viewOf({ data, width, height }: Panorama, { yaw, pitch, fieldOfView }: View, side: number): Buffer {
  const radians = Math.PI / 180;
  const distance = 1 / Math.tan((fieldOfView / 2) * radians);
  const [sine, cosine] = [Math.sin(pitch * radians), Math.cos(pitch * radians)];
  const pixels = Buffer.alloc(side * side * 3);
  for (let row = 0; row < side; row++) {
    const up = 1 - (2 * (row + 0.5)) / side;
    const y = up * cosine + distance * sine;
    const z = distance * cosine - up * sine;
    for (let column = 0; column < side; column++) {
      const x = (2 * (column + 0.5)) / side - 1;
      const longitude = Math.atan2(x, z) / (2 * Math.PI) + yaw / 360;
      const latitude = 0.5 - Math.atan2(y, Math.hypot(x, z)) / Math.PI;
      const u = (longitude - Math.floor(longitude)) * width - 0.5;
      const v = Math.min(height - 1, Math.max(0, latitude * height - 0.5));
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [right, bottom] = [(left + 1) % width, Math.min(height - 1, top + 1)];
      const first = (left + width) % width;
      const [fx, fy] = [u - left, v - top];
      for (let c = 0; c < 3; c++) {
        const upper = data[(top * width + first) * 3 + c] * (1 - fx) + data[(top * width + right) * 3 + c] * fx;
        const lower = data[(bottom * width + first) * 3 + c] * (1 - fx) + data[(bottom * width + right) * 3 + c] * fx;
        pixels[(row * side + column) * 3 + c] = Math.round(upper * (1 - fy) + lower * fy);
      }
    }
  }
  return pixels;
}

interface ExrImage {
  width: number;
  height: number;
  /** linear light, rows from the bottom up */
  data: Float32Array;
}

async function decodeExr(dataUri: string): Promise<ExrImage> {
  const [loaders, three] = ['three/examples/jsm/loaders/EXRLoader.js', 'three'];
  const { EXRLoader } = await import(loaders);
  const { FloatType } = await import(three);
  const bytes = Buffer.from(dataUri.slice(dataUri.indexOf(',') + 1), 'base64');
  return new EXRLoader()
    .setDataType(FloatType)
    .parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)) as ExrImage;
}

/** The most that a half float holds; the sun may be beyond. */
const brightest = 65504;

/**
 * Compression leaves light below zero around what is very bright: such a value takes the largest one within two pixels, or
 * as many more as it takes to find light.
 */
function withoutUndershoot({ width, height, data }: ExrImage): ExrImage {
  const channels = data.length / (width * height);
  const largestNear = (x: number, y: number, c: number, radius: number) => {
    let largest = 0;
    for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++) {
      for (let column = x - radius; column <= x + radius; column++) {
        const value = data[(row * width + ((column + width) % width)) * channels + c];
        largest = value > largest ? Math.min(value, brightest) : largest;
      }
    }
    return largest;
  };
  const mended = data.map((value, i) => {
    if (value >= 0) {
      return Math.min(value, brightest);
    }
    const [pixel, c] = [Math.floor(i / channels), i % channels];
    let [largest, radius] = [0, 2];
    while (largest === 0 && radius < 32) {
      largest = largestNear(pixel % width, Math.floor(pixel / width), c, radius++);
    }
    return largest;
  });
  return { width, height, data: mended };
}

function expose({ width, height, data }: ExrImage): Buffer {
  const channels = data.length / (width * height);
  const light = Array.from(
    { length: width * height },
    (_, i) => 0.2126 * data[i * channels] + 0.7152 * data[i * channels + 1] + 0.0722 * data[i * channels + 2],
  ).sort((a, b) => a - b);
  const exposure = 0.25 / Math.max(1e-4, light[light.length >> 1]);
  const white = 16;
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const value = Math.max(0, data[((height - 1 - y) * width + x) * channels + c] * exposure);
        const shown = (value * (1 + value / white)) / (1 + value);
        pixels[(y * width + x) * 3 + c] = Math.round(255 * Math.min(1, shown) ** (1 / 2.2));
      }
    }
  }
  return pixels;
}

/**
 * A panorama of npm `@pmndrs/assets`, decoded by `three`. Panoramas are EXR files with a range of light that no image has:
 * each is exposed so that its median becomes a middle grey, and bright light is compressed (Reinhard's curve).
 */
export async function readPanorama(name: string): Promise<Panorama> {
  const path = `@pmndrs/assets/hdri/${name}.exr.js`;
  const { default: uri } = (await import(path)) as { default: string };
  const image = withoutUndershoot(await decodeExr(uri));
  return { data: expose(image), width: image.width, height: image.height };
}
