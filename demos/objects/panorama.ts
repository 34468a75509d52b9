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
