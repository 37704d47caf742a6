import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { pythonFolder } from "./python-home.ts";

/** What a cluster runs, packed. */
export interface RayPackage {
  /** As Ray names what was uploaded. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** `python/precept_job` as a zip; the same code gives the same bytes and the same name, wherever and whenever it is packed. */
export function packJobCode(): RayPackage {
  const folder = join(pythonFolder, "precept_job");
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".py"))
    .sort();
  const bytes = zipStored(
    files.map((name) => ({ name: `precept_job/${name}`, data: readFileSync(join(folder, name)) })),
  );
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  return { name: `_ray_pkg_${hash}.zip`, bytes };
}

/** 1 January 1980, midnight: the first time that a zip file can name. */
const STAMP = { time: 0, date: 0x21 };

/** A zip of entries that are stored as they are: PKWARE's APPNOTE 4.3.7, 4.3.12 and 4.3.16. Names are ASCII. */
export function zipStored(entries: readonly { readonly name: string; readonly data: Buffer }[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data } of entries) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(10, 0);
    common.writeUInt16LE(STAMP.time, 6);
    common.writeUInt16LE(STAMP.date, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\u0003\u0004", "latin1"), common, Buffer.from(name, "latin1"), data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const made = Buffer.from("PK\u0001\u0002\u000a\u0000", "latin1");
    directory.push(Buffer.concat([made, common, rest, Buffer.from(name, "latin1")]));
    parts.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u0005\u0006", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listed, end]);
}
