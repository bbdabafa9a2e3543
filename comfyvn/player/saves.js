// Saves in the browser: the story's state, and what a slot shows of it.
import { given } from "./data.js";
import { button, make } from "./dom.js";
import { copy } from "./machine.js";
import { confirm, notify, open } from "./screens.js";
import { store, stored } from "./storage.js";

const SLOTS = 12;
const name = (slot) => `save/${slot}`;

export function read(slot) {
  const found = stored(name(slot), null);
  return found?.state && given(`scenes/${found.state.scene}`) ? found : null;
}

export function write(slot, state, words) {
  const isKept = store(name(slot), { state: copy(state), words: words.slice(0, 120), when: new Date().toISOString() });
  if (slot !== "auto") notify(isKept ? "Saved." : "Saved until this page is closed: the browser keeps nothing.");
}

export function newest() {
  const all = ["auto", "quick", ...Array(SLOTS).keys()].map(read).filter(Boolean);
  return all.sort((one, other) => one.when.localeCompare(other.when)).at(-1) ?? null;
}

function shownSlot(slot, label, use) {
  const kept = read(slot);
  const picture = kept?.state.picture ? make("img", { src: `assets/${kept.state.picture.place}`, alt: "" }) : make("span", { class: "empty" });
  const words = kept
    ? [make("b", {}, kept.state.title || label), make("span", { class: "excerpt", dir: "auto" }, kept.words), make("small", {}, new Date(kept.when).toLocaleString())]
    : [make("b", {}, label), make("span", {}, "empty")];
  return button([picture, ...words], () => use(slot, kept), { class: "slot" });
}

function slots(title, names, use) {
  const dialog = open(title, make("div", { class: "slots" }, ...names.map(([slot, label]) =>
    shownSlot(slot, label, (which, kept) => use(which, kept, dialog)))));
}

const numbered = Array.from({ length: SLOTS }, (_, slot) => [slot, `Slot ${slot + 1}`]);

export function saveScreen(state, words) {
  slots("Save", numbered, (slot, kept, dialog) => {
    const save = () => { write(slot, state, words); dialog.close(); };
    if (kept) confirm("Overwrite this save?", save);
    else save();
  });
}

export function loadScreen(load) {
  const all = [["auto", "Autosave"], ["quick", "Quick save"], ...numbered];
  slots("Load", all, (_, kept, dialog) => {
    if (!kept) return;
    dialog.close();
    load(kept.state);
  });
}
