// The viewer with one more room, "Lengths": npm run example examples/lengths/view.ts [RUN|FOLDER]
// docs/viewer.md, "A further room", says how it is made.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { servedRooms, startViewer } from "precept/view";
import { buildPages } from "./build.ts";
import { lengthsRoom } from "./served.ts";

const [root = "runs"] = process.argv.slice(2);
const pages = mkdtempSync(join(tmpdir(), "precept-pages-"));
await buildPages(pages);
const viewer = await startViewer({ root, pages, rooms: [...servedRooms, lengthsRoom] });
console.log(viewer.link);
