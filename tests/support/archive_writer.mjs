// Archives around {path: bytes}: tar, and zip with deflated members (zip_writer.mjs writes stored ones).
import { deflateRawSync } from 'node:zlib';

/** POSIX ustar. */
export function tarOf(files) {
  const blocks = Object.entries(files).flatMap(([path, content]) => {
    const bytes = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write('0000644', 100);
    header.write(bytes.length.toString(8).padStart(11, '0'), 124);
    header.write('        0', 148);  // the sum counts as blanks, and the type is 0
    header.write('ustar\0' + '00', 257, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Turns the stored members of `zip` (zip_writer.mjs) into deflated ones. */
export function deflatedZip(zip) {
  const view = Buffer.from(zip);
  const end = view.length - 22;
  const count = view.readUInt16LE(end + 10);
  const locals = [], centrals = [];
  let at = view.readUInt32LE(end + 16), offset = 0;
  for (let i = 0; i < count; ++i) {
    const name = view.readUInt16LE(at + 28), size = view.readUInt32LE(at + 24), place = view.readUInt32LE(at + 42);
    const central = Buffer.from(view.subarray(at, at + 46 + name));
    const local = Buffer.from(view.subarray(place, place + 30 + name));
    const packed = deflateRawSync(view.subarray(place + 30 + name, place + 30 + name + size));
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(offset, 42);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(packed.length, 18);
    locals.push(local, packed);
    centrals.push(central);
    offset += local.length + packed.length;
    at += 46 + name;
  }
  const directory = Buffer.concat(centrals);
  const tail = Buffer.from(view.subarray(end));
  tail.writeUInt32LE(directory.length, 12);
  tail.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, tail]);
}
