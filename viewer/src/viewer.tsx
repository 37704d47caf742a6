import { render } from "preact";
import { App } from "./app.tsx";
import { listenForKeys } from "./hooks.ts";
import { type Room, setRooms } from "./room.ts";
import { markAllTexts } from "./signs.ts";
import { followAddress } from "./state.ts";
import "./style/index.css";

/** Draws the viewer with these rooms: its own, and those of whoever adds some. */
export function openViewer(rooms: readonly Room[]): void {
  setRooms(rooms);
  followAddress();
  markAllTexts();
  listenForKeys();
  const place = document.createElement("div");
  place.className = "app";
  document.body.prepend(place);
  render(<App rooms={rooms} />, place);
}
