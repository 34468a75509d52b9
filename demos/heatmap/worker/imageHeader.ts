/** What the first bytes of a picture say, read before anything is decoded. */
export interface ImageHeader {
  width: number;
  height: number;
  animated: boolean;
}

/** As many bytes as are looked at; a JPEG's preview may stand before its size. */
export const headerBytes = 512 * 1024;

const ascii = (bytes: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** A JPEG's size stands in its start-of-frame segment, behind others of any length. */
function jpeg(bytes: Uint8Array, view: DataView): ImageHeader | null {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
    } else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), animated: false };
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
  return null;
}

function webp(bytes: Uint8Array, view: DataView): ImageHeader | null {
  switch (ascii(bytes, 12, 4)) {
    case 'VP8X':
      return {
        width: 1 + (view.getUint32(24, true) & 0xffffff),
        height: 1 + (view.getUint32(26, true) >>> 8),
        animated: (bytes[20] & 2) !== 0,
      };
    case 'VP8 ':
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff, animated: false };
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff), animated: false };
    }
    default:
      return null;
  }
}

/** Whether a text stands in the bytes. */
function includes(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder('latin1').decode(bytes).includes(text);
}

/** The header of a JPEG, PNG, GIF, WebP or BMP; `null` for anything else, which the browser may know all the same. */
export function imageHeader(bytes: Uint8Array): ImageHeader | null {
  if (bytes.length < 32) {
    return null;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    return jpeg(bytes, view);
  }
  if (ascii(bytes, 1, 3) === 'PNG') {
    return {
      width: view.getUint32(16),
      height: view.getUint32(20),
      animated: includes(bytes.subarray(0, 4096), 'acTL'),
    };
  }
  if (ascii(bytes, 0, 4) === 'GIF8') {
    return {
      width: view.getUint16(6, true),
      height: view.getUint16(8, true),
      animated: includes(bytes, 'NETSCAPE2.0'),
    };
  }
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') {
    return webp(bytes, view);
  }
  if (ascii(bytes, 0, 2) === 'BM') {
    return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)), animated: false };
  }
  return null;
}
