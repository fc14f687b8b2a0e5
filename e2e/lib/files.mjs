// Files as people bring them, made up here.
import { crc32, deflateRawSync } from 'node:zlib';

/** A record of an Apple Health export. @param {string} type @param {string} unit @param {string} start @param {string} end @param {number} value */
const record = (type, unit, start, end, value) =>
  ` <Record type="HK${type}" sourceName="Scale" unit="${unit}" startDate="${start}" endDate="${end}" value="${value}"/>\n`;

/** Two weights, a count of steps, a type that nobody knows, and as many more steps as wanted. */
export function appleExport(more = 0) {
  const at = (minute) => `2026-03-05 ${String(Math.floor(minute / 60) % 24).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00 +0100`;
  const records = [
    record('QuantityTypeIdentifierBodyMass', 'kg', '2026-03-03 07:00:00 +0100', '2026-03-03 07:00:00 +0100', 72.5),
    record('QuantityTypeIdentifierBodyMass', 'kg', '2026-03-04 07:00:00 +0100', '2026-03-04 07:00:00 +0100', 72.1),
    record('QuantityTypeIdentifierStepCount', 'count', '2026-03-04 08:00:00 +0100', '2026-03-04 08:10:00 +0100', 600),
    record('QuantityTypeIdentifierOfTomorrow', 'count', '2026-03-04 08:00:00 +0100', '2026-03-04 08:10:00 +0100', 1),
  ];
  for (let minute = 0; minute < more; minute += 1) {
    records.push(record('QuantityTypeIdentifierStepCount', 'count', at(minute), at(minute + 1), 10));
  }
  return Buffer.from(`<HealthData locale="en_DE">\n${records.join('')}</HealthData>\n`);
}

/** A zip archive with one deflated member. @param {string} name @param {Buffer} content */
export function zipped(name, content) {
  const packed = deflateRawSync(content, { level: 9 });
  const path = Buffer.from(name);
  /** What the header of the member and its entry in the directory have in common. */
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0); // version needed
  facts.writeUInt16LE(8, 4); // deflate
  facts.writeUInt32LE(crc32(content), 10);
  facts.writeUInt32LE(packed.length, 14);
  facts.writeUInt32LE(content.length, 18);
  facts.writeUInt16LE(path.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, path, packed]);
  const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, Buffer.alloc(14), path]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, entry, end]);
}
