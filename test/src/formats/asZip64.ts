/**
 * The same archive with all numbers of its directory in zip64 form (PKWARE's APPNOTE 4.3.14, 4.3.15 and 4.5.3), as in
 * archives above 4 GB.
 */
export function asZip64(archive: Uint8Array): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = archive.length - 22;
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  const parts = [archive.subarray(0, directory)];
  let at = directory;
  for (let i = 0; i < count; i++) {
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const entry = Uint8Array.from([...archive.subarray(at, nameEnd), ...new Uint8Array(28)]);
    const wide = new DataView(entry.buffer);
    const extra = nameEnd - at;
    wide.setUint16(extra, 1, true);
    wide.setUint16(extra + 2, 24, true);
    [24, 20, 42].forEach((field, n) => {
      wide.setBigUint64(extra + 4 + 8 * n, BigInt(view.getUint32(at + field, true)), true);
      wide.setUint32(field, 0xffffffff, true);
    });
    wide.setUint16(30, 28, true);
    wide.setUint16(32, 0, true);
    parts.push(entry);
    at = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  const recordAt = parts.reduce((sum, part) => sum + part.length, 0);
  const tail = new DataView(new ArrayBuffer(56 + 20 + 22));
  tail.setUint32(0, 0x06064b50, true);
  tail.setBigUint64(4, 44n, true);
  [24, 32].forEach((field) => tail.setBigUint64(field, BigInt(count), true));
  tail.setBigUint64(40, BigInt(recordAt - directory), true);
  tail.setBigUint64(48, BigInt(directory), true);
  tail.setUint32(56, 0x07064b50, true);
  tail.setBigUint64(64, BigInt(recordAt), true);
  tail.setUint32(76, 0x06054b50, true);
  [84, 86].forEach((field) => tail.setUint16(field, 0xffff, true));
  [88, 92].forEach((field) => tail.setUint32(field, 0xffffffff, true));
  parts.push(new Uint8Array(tail.buffer));
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
