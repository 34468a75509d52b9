/** Stands in for `src/node/images/resample.ts` in the browser. */
interface RgbaPixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
  channels: 4;
}

/** The picture at another size. */
export async function resample(picture: RgbaPixels, width: number, height: number): Promise<RgbaPixels> {
  const pixels = new ImageData(new Uint8ClampedArray(picture.data), picture.width, picture.height);
  const bitmap = await createImageBitmap(pixels, { resizeWidth: width, resizeHeight: height, resizeQuality: 'high' });
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    willReadFrequently: true,
  }) as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { data: context.getImageData(0, 0, width, height).data as Uint8ClampedArray, width, height, channels: 4 };
}
