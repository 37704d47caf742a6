import { rooms } from "./rooms/index.ts";
import { openViewer } from "./viewer.tsx";

openViewer(rooms);
