// The game: goes through the story step by step, and connects everything else.
import { address, given } from "./data.js";
import { button, make } from "./dom.js";
import { advance, isSkipping, mode, modesTo, setMode, stopModes, turnOf } from "./controls.js";
import * as effects from "./effects.js";
import { answer, begin, choose, copy, next, resumed } from "./machine.js";
import { inline, plain } from "./markup.js";
import * as saves from "./saves.js";
import * as screens from "./screens.js";
import * as sound from "./sound.js";
import { draw, foresee, stage } from "./stage.js";
import { loadSettings, settings, store, stored } from "./storage.js";
import * as words from "./window.js";

const MOST_BACK = 100;
const MOST_HISTORY = 250;

const game = {
  state: null, here: null, last: "", back: [], history: [], read: new Set(), session: null, isPlaying: false, heardLine: null,
};
let root, menu;

// --- the story

// Begins to play a state; what was played before ends at once, wherever it waits.
function play(state, isResumed) {
  game.session?.abort(new DOMException("another game", "AbortError"));
  game.session = new AbortController();
  Object.assign(game, { state, here: null, isPlaying: true });
  if (!isResumed) Object.assign(game, { back: [], history: [] });
  document.body.classList.add("playing");
  root.querySelector(".title")?.remove();
  sound.captionsTo(words.caption);
  sound.restore(state);
  words.hideBox();
  effects.change(draw(state), "none", true);
  run(state, game.session.signal).catch((error) => {
    if (error.name !== "AbortError") throw error;
  });
}

async function run(state, signal) {
  for (let goes = true; goes;) {
    const step = next(state);
    goes = (await ACT[step.do](state, step, signal)) !== false;
    if (signal.aborted) return;
  }
  toTitle();
}

const ACT = {
  async change(state, step) {
    words.hideBox();
    foresee(state.scene, step.index);
    await effects.change(draw(state), transition(step), isSkipping());
  },
  async say(state, step, signal) {
    remember(state, step);
    const { turn, goesOn } = await speak(state, step, signal);
    if (!goesOn) await turn.press();
    sound.hush();
  },
  async menu(state, step, signal) {
    remember(state, step);
    stopModes();
    if (step.text) await speak(state, step, signal);
    const chosen = await words.ask(step.choices, state.variables, signal);
    sound.hush();
    note({ words: `› ${plain(chosen.text, state.variables)}` });
    choose(state, chosen);
  },
  async input(state, step, signal) {
    remember(state, step);
    stopModes();
    words.tell(plain(step.text, state.variables));
    answer(state, step, await words.question(step, state.variables, signal));
  },
  play: async (_, step) => sound.play(step),
  stop: async (_, step) => sound.stop(step.channel, step.fade),
  async movie(state, step, signal) {
    words.hideBox();
    words.tell(step.alt);
    await film(step, state.variables, signal);
    await effects.change(draw(state), step.with, isSkipping());
  },
  async pause(_, step, signal) {
    words.hideBox();
    const turn = turnOf(signal);
    await (step.seconds === undefined ? turn.press() : turn.rest(step.seconds));
  },
  async end(state, step, signal) {
    stopModes();
    sound.silence(2);
    words.hideBox();
    await effects.change(draw(state), "fade", false);
    await ending(step, state.variables, signal);
    return false;
  },
  finish: async () => false,
  skip: async (_, step) => console.warn(`skipped: "${step.what}" is a statement for Ren'Py alone`),
};

// A film over the stage, with its own subtitles, until it has ended, cannot be played, or may be ended early and is.
async function film(step, variables, signal) {
  const video = make("video", { class: "film", src: address(step.film), playsinline: true, "aria-label": step.alt });
  const cues = step.captions.map(([from, to, text]) => [from, to, plain(text, variables)]);
  video.volume = settings.sound;
  video.addEventListener("timeupdate", () => words.subtitle(sound.cueAt(cues, video.currentTime * 1000)));
  stage.append(video);
  const over = new Promise((done) => ["ended", "error"].forEach((event) => video.addEventListener(event, done)));
  try {
    const started = video.play().then(() => over, () => {});
    await (isSkipping() ? null : step.skip ? Promise.race([started, turnOf(signal).press()]) : aborted(started, signal));
  } finally {
    video.pause();
    video.remove();
    words.subtitle("");
  }
}

function aborted(promise, signal) {
  return Promise.race([promise, new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason), { once: true }))]);
}

function transition(step) {
  const isMove = step.with === "move" || step.with === "ease";
  if (isMove && step.picture) return "none";
  return isMove && step.at === undefined && step.arrives ? "dissolve" : step.with;
}

async function speak(state, step, signal) {
  if (step.changes) effects.change(draw(state), "quick", isSkipping());
  const isRead = game.read.has(step.id);
  if (mode.skip && !isRead && !settings.unread) stopModes();
  const line = words.line(step, state.variables);
  Object.assign(game, { last: line.words, heardLine: { ...step, scene: game.here.scene } });
  note({ name: line.name, color: line.color, words: line.words, clip: step.clip, scene: game.here.scene });
  if (isSkipping()) sound.hush();
  else sound.speak(step.clip, game.here.scene);
  const turn = turnOf(signal, { whenHeard: sound.heard(), letters: line.words.length });
  const goesOn = await words.reveal(line.beats, turn);
  if (step.id && !isRead) {
    game.read.add(step.id);
    store("read", [...game.read]);
  }
  return { turn, goesOn };
}

function note(entry) {
  game.history.push(entry);
  if (game.history.length > MOST_HISTORY) game.history.shift();
}

// Where saves and going back return to: this step again. What it changes of its speaker it changes to the same once more.
function remember(state, step) {
  game.here = { ...copy(state), at: step.index, line: step.id ?? null };
  game.back.push({ state: game.here, told: game.history.length });
  if (game.back.length > MOST_BACK) game.back.shift();
  saves.write("auto", game.here, game.last);
}

function ending(step, variables, signal) {
  return new Promise((done, fail) => {
    const screen = make("section", { class: "ending", "aria-label": "Ending" },
      make("p", { class: "small" }, "The end"), make("h2", { dir: "auto" }, inline(step.text, variables)),
      button("Back to the title", () => { screen.remove(); done(); }, { class: "entry" }));
    signal.addEventListener("abort", () => { screen.remove(); fail(signal.reason); });
    root.append(screen);
    screen.querySelector("button").focus();
  });
}

// --- what the player does

function goBack() {
  if (game.back.length < 2) return;
  game.back.pop();
  const earlier = game.back.pop();
  game.history.length = earlier.told;
  stopModes();
  play(resumed(earlier.state), true);
}

function load(state) {
  stopModes();
  Object.assign(game, { back: [], history: [] });
  play(resumed(state), true);
}

const ACTIONS = {
  back: goBack,
  history: () => screens.history(game.history, (one) => sound.speak(one.clip, one.scene)),
  skip: () => setMode("skip", !mode.skip),
  auto: () => setMode("auto", !mode.auto),
  save: () => game.here && saves.saveScreen(game.here, game.last),
  load: () => saves.loadScreen(load),
  settings: () => screens.preferences(sound.setVolumes),
  title: () => screens.confirm("Leave the game? It goes on from the autosave.", toTitle),
};
const KEYS = {
  pageup: goBack, l: ACTIONS.history, s: ACTIONS.skip, a: ACTIONS.auto, escape: () => gameMenu(), f: fullScreen,
  v: () => game.heardLine?.clip && sound.speak(game.heardLine.clip, game.heardLine.scene),
  h: () => document.body.classList.toggle("bare"),
  q: () => game.here && saves.write("quick", game.here, game.last),
  e: () => { const kept = saves.read("quick"); if (kept) load(kept.state); },
};

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}

function gameMenu() {
  const dialog = screens.open("Menu", make("nav", { class: "column", "aria-label": "Game menu" },
    ...["history", "save", "load", "settings", "title"].map((name) => button(LABELS[name], () => { dialog.close(); ACTIONS[name](); })),
    button("About", () => { dialog.close(); screens.about(); })));
}

const LABELS = { back: "Back", history: "History", skip: "Skip", auto: "Auto", save: "Save", load: "Load", settings: "Settings", title: "Title" };

function onKey(event) {
  if (!game.isPlaying || screens.isOpen() || event.altKey || event.metaKey) return;
  if (event.key === "Control") { if (!mode.isHeld) setMode("isHeld", true); return; }
  if (event.target.tagName === "INPUT" || event.ctrlKey) return;
  const key = event.key.toLowerCase();
  const offered = [...root.querySelectorAll(".choices > .choice")];
  if (/^[1-9]$/.test(key) && offered[Number(key) - 1]) offered[Number(key) - 1].click();
  else if (offered.length && (key === "arrowdown" || key === "arrowup")) step(offered, key === "arrowdown" ? 1 : -1);
  else if (Object.hasOwn(KEYS, key)) KEYS[key]();
  else if (key === "enter" || key === " ") {
    if (event.target.closest("button, a, dialog") && event.target !== words.goOn) return;
    press();
  } else return;
  event.preventDefault();
}

function step(offered, by) {
  const at = offered.indexOf(document.activeElement);
  offered[(at + by + offered.length) % offered.length].focus();
}

function press() {
  if (document.body.classList.contains("bare")) document.body.classList.remove("bare");
  else advance();
}

function toTitle() {
  game.session?.abort(new DOMException("to the title", "AbortError"));
  game.isPlaying = false;
  stopModes();
  sound.silence(1);
  words.hideBox();
  document.body.classList.remove("playing", "bare");
  root.querySelector(".title")?.remove();
  const newest = saves.newest();
  const entries = [["Start", () => play(begin(), false)], ...(newest ? [["Continue", () => load(saves.newest().state)]] : []),
    ["Load", ACTIONS.load], ["Settings", ACTIONS.settings], ["About", screens.about]];
  const title = screens.title(entries);
  root.append(title);
  title.querySelector("button").focus({ preventScroll: true });
}

function build() {
  root = document.getElementById("game");
  menu = make("nav", { class: "quick", "aria-label": "Quick menu" }, ...Object.entries(LABELS).map(([name, label]) =>
    button(label, (event) => { event.stopPropagation(); ACTIONS[name](); }, { "data-action": name })));
  const area = make("div", { class: "area", click: (event) => !event.target.closest("button, input, form, .choices") && press() },
    make("h1", { class: "heard-only" }, given("novel").title), stage, ...words.parts);
  words.goOn.addEventListener("click", press);
  root.append(area, menu);
  modesTo(({ auto, skip }) => {
    for (const [name, isOn] of [["auto", auto], ["skip", skip]]) menu.querySelector(`[data-action=${name}]`).setAttribute("aria-pressed", isOn);
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("keyup", (event) => event.key === "Control" && setMode("isHeld", false));
  addEventListener("blur", () => setMode("isHeld", false));
  let wheeled = 0;
  area.addEventListener("wheel", ({ deltaY, timeStamp }) => {
    if (deltaY > -30 || timeStamp - wheeled < 300 || screens.isOpen()) return;
    wheeled = timeStamp;
    goBack();
  }, { passive: true });
}

document.addEventListener("DOMContentLoaded", () => {
  loadSettings();
  game.read = new Set(stored("read", []));
  build();
  screens.applySettings();
  toTitle();
});

// For tests and tools: the story without its pictures, what is being played, and to play on from anywhere.
Object.assign(comfyvn, { given, begin, next, choose, answer, game, load, plain });
