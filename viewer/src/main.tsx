import { render } from "preact";
import { App } from "./app.tsx";
import { listenForKeys } from "./hooks.ts";
import { markAllTexts } from "./signs.ts";
import "./style/index.css";

markAllTexts();
listenForKeys();
const place = document.createElement("div");
place.className = "app";
document.body.prepend(place);
render(<App />, place);
