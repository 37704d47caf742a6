import { effect } from "@preact/signals";
import { render } from "preact";
import { markAllTexts } from "../signs.ts";
import { keepToken } from "./api.ts";
import { applyLanguage } from "./language.ts";
import { OrganiserApp } from "./organiser/app.tsx";
import { listen } from "./town-state.ts";
import { VoterApp } from "./voter-app.tsx";
import "./style.css";

const isOrganiser = location.pathname.endsWith("/organiser");
const token = isOrganiser ? location.hash.slice(1) : "";
if (token !== "") {
  keepToken("organiser", token);
  history.replaceState(null, "", location.pathname);
}
markAllTexts();
effect(applyLanguage);
const place = document.createElement("div");
place.className = "town";
document.body.prepend(place);
render(isOrganiser ? <OrganiserApp /> : <VoterApp />, place);
listen();
