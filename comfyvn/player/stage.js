// The picture and the people on it, drawn from the story's state. Everything is measured in parts of the stage, so that
// nothing is computed again when a window changes its size.
import { given } from "./data.js";
import { cutOut, make, styled } from "./dom.js";

const SPRITE_HEIGHT = 1.08; // of the stage, for somebody of height 1; both as in the Ren'Py export
const SPRITE_DROP = 0.11; // of the sprite: below the stage

export const stage = make("div", { class: "stage", role: "img" });
let layer = make("div", { class: "layer" });
stage.append(layer);

function backdrop(picture) {
  return picture ? make("img", { class: "backdrop", src: `assets/${picture.place}`, alt: "", draggable: "false" }) : "";
}

function standing({ who, sprite, at }) {
  const { height, baseline } = given(`cast/${who}`);
  const tall = SPRITE_HEIGHT * height;
  const figure = cutOut(given(`frames/${who}`), who, sprite.join("/"), "assets/");
  figure.classList.add("figure");
  figure.dataset.who = who;
  figure.dataset.sprite = sprite.join("/");
  return styled(figure, {
    left: `${at * 100}%`, height: `${tall * 100}%`, bottom: `${-tall * (SPRITE_DROP + baseline) * 100}%`,
  });
}

function described(state) {
  const names = state.people.map((one) => given(`cast/${one.who}`).name);
  return [state.picture?.alt, names.join(", ")].filter(Boolean).join(": ") || "an empty stage";
}

// Draws a state; the layer that was there until now is returned, for whoever fades it out.
export function draw(state) {
  const old = layer;
  layer = make("div", { class: "layer" }, backdrop(state.picture), state.people.map(standing));
  stage.setAttribute("aria-label", described(state));
  old.before(layer);
  return { old, now: layer };
}

// Pictures are decoded before they are shown; one that cannot be is shown as it is.
export async function loaded(element) {
  await Promise.race([
    Promise.all([...element.querySelectorAll("img")].map((one) => one.decode().catch(() => {}))),
    new Promise((done) => setTimeout(done, 3000)),
  ]);
}

export function place(figure) {
  return Number.parseFloat(figure.style.getPropertyValue("left"));
}

export function figureOf(element, who) {
  return [...element.querySelectorAll(".figure")].find((one) => one.dataset.who === who);
}

// Pictures that the next steps of a scene show, asked for before they are needed.
export function foresee(scene, index) {
  const steps = given(`scenes/${scene}`).steps.slice(index, index + 30);
  for (const { picture } of steps) if (picture) new Image().src = `assets/${picture}`;
}
