// Screens over the game: dialogs of the browser, which keep the focus inside, close with Escape and give it back.
import { given } from "./data.js";
import { button, make } from "./dom.js";
import { changeSetting, isStill, settings } from "./storage.js";

const KEYS = [
  ["Enter, Space", "go on"], ["Page Up", "go back"], ["Ctrl (held)", "skip"], ["S", "skip on or off"], ["A", "auto on or off"],
  ["V", "hear the line again"], ["L", "history"], ["H", "hide or show the window"], ["Q", "quick save"], ["E", "quick load"],
  ["1–9", "choose"], ["Escape", "menu"], ["F", "full screen"],
];

export function isOpen() {
  return document.querySelector("dialog[open]") !== null;
}

export function open(title, ...children) {
  // The event that removes a dialog comes some time after it is closed; the ids of its fields are free at once.
  for (const closed of document.querySelectorAll("dialog.screen:not([open])")) closed.remove();
  const dialog = make("dialog", { class: "screen", "aria-label": title },
    make("header", {}, make("h2", {}, title), button("Close", () => dialog.close(), { class: "close" })),
    make("div", { class: "content" }, ...children));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function confirm(question, yes) {
  const dialog = open(question, make("p", { class: "row" },
    button("Yes", () => { dialog.close(); yes(); }), button("No", () => dialog.close())));
}

export function notify(words) {
  document.querySelector(".notice")?.remove();
  const notice = make("p", { class: "notice", role: "status" }, words);
  document.body.append(notice);
  setTimeout(() => notice.remove(), 2500);
}

function slider(label, name, low, high, step, after = () => {}) {
  const field = make("input", {
    type: "range", id: `set-${name}`, min: low, max: high, step, value: settings[name],
    input: () => { changeSetting(name, Number(field.value)); after(); },
  });
  return [make("label", { for: `set-${name}` }, label), field];
}

function check(label, name, value, after = () => {}) {
  const field = make("input", { type: "checkbox", id: `set-${name}`, checked: value, change: () => { changeSetting(name, field.checked); after(); } });
  return [make("label", { for: `set-${name}` }, label), field];
}

function choice(label, name, options) {
  const field = make("select", { id: `set-${name}`, change: () => changeSetting(name, field.value) },
    ...options.map(([value, words]) => make("option", { value, selected: settings[name] === value }, words)));
  return [make("label", { for: `set-${name}` }, label), field];
}

// What the settings change at once on the page.
export function applySettings() {
  document.documentElement.style.setProperty("--scale", settings.size);
  document.body.classList.toggle("contrast", settings.contrast);
  document.body.classList.toggle("still", isStill());
}

export function preferences(setVolumes) {
  open("Settings", make("div", { class: "settings" },
    ...slider("Text speed (0: at once)", "speed", 0, 120, 5), ...slider("Auto: letters a second", "auto", 5, 40, 1),
    ...slider("Voices", "voice", 0, 1, 0.05, setVolumes), ...slider("Music", "music", 0, 1, 0.05, setVolumes),
    ...slider("Sounds", "sound", 0, 1, 0.05, setVolumes),
    ...choice("Captions of voices", "captions", [["auto", "where the text says something else"], ["always", "always"], ["never", "never"]]),
    ...slider("Text size", "size", 0.8, 1.6, 0.1, applySettings), ...check("High contrast", "contrast", settings.contrast, applySettings),
    ...check("No motion", "still", isStill(), applySettings), ...check("Skip unread lines too", "unread", settings.unread)));
}

// `entries`: {name, color, words, clip, scene}, the latest last.
export function history(entries, hear) {
  const list = make("ol", { class: "history" }, ...entries.map((one) => make("li", {},
    one.name ? make("b", {}, one.name, " ") : "", make("span", { dir: "auto" }, one.words), " ",
    one.clip ? button("♪", () => hear(one), { class: "hear", "aria-label": `hear: ${one.words}` }) : "")));
  const dialog = open("History", entries.length ? list : make("p", {}, "Nothing was said yet."));
  dialog.querySelector(".content").scrollTop = 1e9;
}

export function about() {
  const novel = given("novel");
  open("About", make("p", {}, make("b", {}, novel.title), ` ${novel.release}`), novel.author ? make("p", {}, `by ${novel.author}`) : "",
    make("p", { class: "prose" }, novel.description), make("h3", {}, "Keys"),
    make("dl", { class: "keys" }, ...KEYS.flatMap(([key, what]) => [make("dt", {}, key), make("dd", {}, what)])),
    make("p", {}, "Tap or click to go on. Saves and settings stay in this browser."));
}

// The title, and what may be done there: [label, what it does]. `class` tells the style sheet which it is.
export function title(entries) {
  const novel = given("novel");
  const links = novel.gallery ? [make("a", { href: "assets/gallery.html", class: "entry" }, "Gallery")] : [];
  const back = novel.backdrop ? make("img", { class: "backdrop", src: `assets/${novel.backdrop}`, alt: "" }) : "";
  const buttons = entries.map(([label, click]) => button(label, click, { class: "entry" }));
  return make("div", { class: "title" }, back, make("div", { class: "front" }, make("h1", {}, novel.title),
    novel.author ? make("p", { class: "by" }, `by ${novel.author}`) : "", make("nav", { "aria-label": "Main menu" }, ...buttons, ...links)));
}
