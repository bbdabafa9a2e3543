// The gallery: every artifact of the novel, and how it was made.
import { address, given, givenIn, own } from "./data.js";
import { button, cutOut, make } from "./dom.js";
import { waveform } from "./picture.js";

const GROUPS = [
  ["words", "Words"], ["seeds", "Seeds"], ["sampling", "Sampling"], ["models", "Models"], ["packs", "Node packs"],
  ["made_with", "Made with"], ["settings", "Contract"], ["notes", "Measured"], ["files", "Files"],
];

function rows(title, pairs) {
  const list = pairs.flatMap(([name, value]) => [make("dt", {}, name), make("dd", { dir: "auto" }, value)]);
  return [make("h4", {}, title), make("dl", {}, ...list)];
}

function howMade(unit, target) {
  const made = own(given(`made/${unit}`) ?? {}, target);
  if (!made) return "";
  const engine = [["engine", made.engine], ["quality", made.quality], ["repeatable", made.repeatable ? "yes" : "no"],
    ["workflow", made.workflow ?? ""], ["fingerprint", made.made]].filter(([, value]) => value);
  const groups = GROUPS.filter(([name]) => made[name]).flatMap(([name, title]) => rows(title, made[name]));
  const record = make("p", {}, make("a", { href: `records/${unit}.json` }, "record"), ` of ${target}`);
  const details = make("details", {}, make("summary", {}, "How it was made"));
  // Thousands of them are filled in when they are opened.
  details.addEventListener("toggle", () => details.append(...rows("Engine", engine), ...groups, record), { once: true });
  return details;
}

function badge(unit, target) {
  return own(given(`made/${unit}`) ?? {}, target)?.quality === "draft" ? make("span", { class: "draft" }, "draft") : "";
}

function card(name, shown, unit, target, className = "") {
  return make("figure", { class: className }, shown, make("figcaption", {}, make("b", {}, name), " ", badge(unit, target)), howMade(unit, target));
}

function picture(place, alt) {
  const image = make("img", { src: place, alt, loading: "lazy", decoding: "async" });
  return make("a", { href: place, class: "whole", "aria-label": `${alt}, the file itself` }, image);
}

function character([key, one]) {
  const sheet = given(`frames/${key}`);
  const shelves = new Map();
  for (const [outfit, pose, face] of one.sprites) {
    const name = `${own(one.outfits, outfit) ?? outfit}, ${pose}`;
    const drawn = make("div", { class: "sprite", role: "img", "aria-label": `${one.name}, ${outfit}, ${pose}, ${face}` },
      cutOut(sheet, key, `${outfit}/${pose}/${face}`, ""));
    for (const image of drawn.querySelectorAll("img")) image.loading = "lazy";
    const shelf = shelves.get(name) ?? [];
    shelves.set(name, [...shelf, card(face, drawn, `characters/${key}`, `sprites:${key}/${outfit}/${pose}/${face}`)]);
  }
  const parts = [...shelves].flatMap(([name, cards]) => [make("h4", {}, name), make("div", { class: "shelf sprites" }, ...cards)]);
  return make("section", {}, make("h3", {}, one.name), ...parts);
}

function places() {
  return given("novel").places.map(({ id, name, variants }) => make("section", {}, make("h3", {}, name), make("div", { class: "shelf" },
    ...variants.map((variant) => card(variant, picture(`bg/${id}/${variant}.png`, `${name}, ${variant}`), `locations/${id}`, `backgrounds:${id}/${variant}`)))));
}

function stills([key, scene]) {
  const ownPlate = own(given(`made/scenes/${key}`) ?? {}, `scenes:${key}/base`) ? [{ id: "base", title: scene.title, place: `stills/${key}/base.png` }] : [];
  const shots = [...ownPlate, ...scene.shots];
  if (!shots.length) return "";
  return make("section", {}, make("h3", {}, scene.title || key), make("div", { class: "shelf" },
    ...shots.map((shot) => card(shot.title || shot.id, picture(shot.place, shot.title || shot.id), `scenes/${key}`, `scenes:${key}/${shot.id}`))));
}

function films([key, scene]) {
  const shown = new Map(scene.steps.filter((step) => step.do === "movie").map((step) => [step.film, step]));
  if (!shown.size) return "";
  return make("section", {}, make("h3", {}, scene.title || key), make("div", { class: "shelf" }, ...[...shown.values()].map((step) =>
    make("figure", {}, make("video", { src: address(step.film).replace("assets/", ""), controls: true, preload: "metadata", "aria-label": step.alt }), make("figcaption", {}, make("b", {}, step.alt))))));
}

// --- voices: one plays at a time, with its caption and a mark that moves over its waveform

let playing = null;

function silence() {
  if (!playing) return;
  playing.audio.pause();
  playing.row.classList.remove("on");
  playing.row.querySelector(".caption").textContent = "";
  playing = null;
}

function hear(row, clip, cues) {
  const again = playing?.row === row;
  silence();
  if (again) return;
  const audio = new Audio(`voice/${clip}.ogg`);
  playing = { row, audio };
  row.classList.add("on");
  audio.addEventListener("ended", silence);
  audio.play().catch(silence);
  follow(playing, cues);
}

function follow(one, cues) {
  if (playing !== one) return;
  const { currentTime, duration } = one.audio;
  const cue = cues.find(([from, to]) => from <= currentTime * 1000 && currentTime * 1000 < to);
  one.row.querySelector(".caption").textContent = cue?.[2] ?? "";
  one.row.style.setProperty("--played", duration ? currentTime / duration : 0);
  requestAnimationFrame(() => follow(one, cues));
}

function clip(scene, step, told) {
  const who = step.who ? given(`cast/${step.who}`)?.name ?? step.who : "Narrator";
  const target = Object.keys(given(`made/scenes/${scene}`) ?? {}).find((name) => name.endsWith(`/${step.clip}`) && name.startsWith("voices:"));
  const words = told.cues.map(([, , text]) => text).join(" ");
  const row = make("article", { class: "clip" });
  const play = button(["▶"], () => hear(row, step.clip, told.cues), { class: "play", "aria-label": `hear ${who}: ${words}` });
  row.append(play, make("div", { class: "wave" }, waveform(told.bars), make("span", { class: "mark" })),
    make("div", { class: "said" }, make("b", {}, who), ` ${(told.ms / 1000).toFixed(1)} s`, make("p", { dir: "auto" }, words),
      make("p", { class: "caption", "aria-live": "off" })), howMade(`scenes/${scene}`, target));
  return row;
}

function clips([key, scene]) {
  const heard = given(`heard/${key}`) ?? {};
  const seen = new Set();
  const said = scene.steps.filter((step) => step.clip && own(heard, step.clip) && !seen.has(step.clip) && seen.add(step.clip));
  if (!said.length) return "";
  return make("section", {}, make("h3", {}, scene.title || key), ...said.map((step) => clip(key, step, own(heard, step.clip))));
}

// --- the page

function tab(id, title, parts) {
  const found = parts.filter(Boolean);
  return found.length ? { id, title, section: make("section", { id, "aria-labelledby": `${id}-title` }, make("h2", { id: `${id}-title` }, title), ...found) } : null;
}

document.addEventListener("DOMContentLoaded", () => {
  const novel = given("novel");
  const scenes = givenIn("scenes/");
  const tabs = [
    tab("characters", "Characters", givenIn("cast/").filter(([, one]) => one.sprites.length).map(character)),
    tab("places", "Places", places()), tab("stills", "Scenes", scenes.map(stills)), tab("films", "Films", scenes.map(films)), tab("voices", "Voices", scenes.map(clips)),
  ].filter(Boolean);
  document.getElementById("gallery").append(
    make("header", {}, make("h1", {}, novel.title, make("small", {}, " gallery")), make("nav", { "aria-label": "Gallery" },
      make("a", { href: "../index.html" }, "Play"), ...tabs.map(({ id, title }) => make("a", { href: `#${id}` }, title)))),
    make("main", {}, ...tabs.map(({ section }) => section)));
});
