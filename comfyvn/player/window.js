// The window that people speak in, choices, questions, captions, and what a screen reader is told.
import { given } from "./data.js";
import { button, make, styled } from "./dom.js";
import { inline, plain, showAll, typeset } from "./markup.js";
import { settings } from "./storage.js";

const name = make("p", { class: "name" });
const text = make("p", { class: "text", dir: "auto" });
export const goOn = button("▼", undefined, { class: "go-on", "aria-label": "Continue" });
const box = make("section", { class: "box", "aria-label": "Story", hidden: true }, make("div", { class: "words" }, name, text), goOn);
const choices = make("div", { class: "choices", role: "group", "aria-label": "Choices" });
const captions = make("p", { class: "captions", hidden: true });
const told = make("div", { class: "heard-only", role: "log", "aria-live": "polite" });
export const parts = [captions, box, choices, told];

// To screen readers alone: the whole line at once, however it appears.
export function tell(words) {
  told.append(make("p", {}, words));
  while (told.childElementCount > 3) told.firstElementChild.remove();
}

export function caption(words) {
  const isShown = settings.captions === "always" || (settings.captions === "auto" && !isWritten(words));
  captions.textContent = words;
  captions.hidden = !words || !isShown;
}

// What is said in a film; there is no line that says it too.
export function subtitle(words) {
  captions.textContent = words;
  captions.hidden = !words || settings.captions === "never";
}

// Whether the line on screen says the same: then a caption under it would only repeat it.
function isWritten(words) {
  const letters = (it) => it.replace(/[^\p{L}\p{N}]+/gu, "").toLowerCase();
  return letters(text.textContent).includes(letters(words));
}

export function hideBox() {
  box.hidden = true;
  goOn.classList.remove("ready");
}

// Shows a line, none of it seen yet; its beats are played by `reveal`.
export function line(step, variables) {
  const who = step.who ? given(`cast/${step.who}`) : null;
  name.textContent = who?.name ?? "";
  styled(name, { color: who?.color ?? "inherit" });
  const set = typeset(step.text, variables);
  text.replaceChildren(set.element);
  text.classList.toggle("thought", !who);
  box.hidden = false;
  goOn.classList.remove("ready");
  if (document.activeElement === document.body) goOn.focus({ preventScroll: true });
  const words = plain(step.text, variables);
  tell(who ? `${who.name}: ${words}` : words);
  return { beats: set.beats, words, name: who?.name ?? "", color: who?.color };
}

// Plays the beats; `turn` waits (see controls.js), and says when the player did not want to. True: go on at once ({nw}).
export async function reveal(beats, turn) {
  let speed = settings.speed, isHurried = beats.some((beat) => beat.do === "fast");
  for (const beat of beats) {
    if (beat.do === "letters") isHurried = (await spell(beat, isHurried ? 0 : speed, turn)) || isHurried;
    else if (beat.do === "speed") speed = faster(beat.value);
    else if (beat.do === "fast") isHurried = false;
    else if (beat.do === "nw") return (await turn.rest(beat.seconds ?? 0), true);
    else {
      goOn.classList.add("ready");
      await (beat.seconds === null ? turn.press() : turn.rest(beat.seconds));
      goOn.classList.remove("ready");
      isHurried = false;
    }
  }
  goOn.classList.add("ready");
  return false;
}

function faster(value) {
  if (value === "") return settings.speed;
  return value.startsWith("*") ? settings.speed * Number(value.slice(1)) : Number(value);
}

async function spell(beat, speed, turn) {
  let at = 0;
  const began = performance.now();
  while (speed > 0 && at < beat.letters.length) {
    if (await turn.frame()) {
      showAll(beat);
      return true;
    }
    at = Math.max(at + 1, Math.floor(((performance.now() - began) / 1000) * speed));
    beat.seen.data = beat.letters.slice(0, at).join("");
    beat.rest.data = beat.letters.slice(at).join("");
  }
  showAll(beat);
  return false;
}

// Buttons for what may be chosen; the promise gives the choice.
export function ask(offered, variables, signal) {
  return new Promise((done, fail) => {
    signal.addEventListener("abort", () => { clearChoices(); fail(signal.reason); }, { once: true });
    choices.replaceChildren(...offered.map((one) => {
      const taken = () => { clearChoices(); done(one); };
      return make("button", { type: "button", class: "choice", dir: "auto", "data-id": one.id, click: taken }, inline(one.text, variables));
    }));
    document.body.classList.add("asking");
    choices.firstElementChild.focus({ preventScroll: true });
  });
}

function clearChoices() {
  choices.replaceChildren();
  document.body.classList.remove("asking");
}

export function question(step, variables, signal) {
  return new Promise((done, fail) => {
    signal.addEventListener("abort", () => { clearChoices(); fail(signal.reason); }, { once: true });
    const field = make("input", { id: "answer", type: "text", maxlength: step.length, value: step.default, autocomplete: "off", dir: "auto" });
    const sent = (event) => { event.preventDefault(); const { value } = field; clearChoices(); done(value); };
    const label = make("label", { for: "answer", dir: "auto" }, step.text.length ? inline(step.text, variables) : "Your answer");
    choices.replaceChildren(make("form", { class: "question", submit: sent }, label, field, make("button", {}, "OK")));
    document.body.classList.add("asking");
    field.focus({ preventScroll: true });
    field.select();
  });
}
