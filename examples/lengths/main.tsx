import { rooms } from "../../viewer/src/rooms/index.ts";
import { openViewer } from "../../viewer/src/viewer.tsx";
import { lengths } from "./page.tsx";

openViewer([...rooms, lengths]);
