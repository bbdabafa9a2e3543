// Transitions, named as in the contracts: from the layer that was shown to the one that is. With motion off, or while
// skipping, every change is at once.
import { make } from "./dom.js";
import { figureOf, loaded, place, stage } from "./stage.js";
import { isStill } from "./storage.js";

const running = new Set();

// The player did not want to wait.
export function finish() {
  for (const animation of running) animation.finish();
}

async function animate(element, frames, ms, options = {}) {
  const animation = element.animate(frames, { duration: ms, fill: "both", easing: "ease-in-out", ...options });
  running.add(animation);
  await animation.finished.catch(() => {});
  running.delete(animation);
  animation.cancel();
}

const fadeOut = (element, ms) => animate(element, [{ opacity: 1 }, { opacity: 0 }], ms);

async function through(colour, into, hold, out, old) {
  const veil = make("div", { class: `veil ${colour}` });
  stage.append(veil);
  await animate(veil, [{ opacity: 0 }, { opacity: 1 }], into);
  old.remove();
  if (hold) await animate(veil, [{ opacity: 1 }, { opacity: 1 }], hold);
  await animate(veil, [{ opacity: 1 }, { opacity: 0 }], out);
  veil.remove();
}

function shake(now, axis) {
  const shift = (part) => ({ transform: `translate${axis}(${part}%)` });
  return animate(now, [0, 1.6, -1.6, 1.2, -1.2, 0.6, 0].map(shift), 400);
}

// Those who were there glide; who comes in does so from the nearer side.
async function move(old, now, linear) {
  old.remove();
  await Promise.all(Array.from(now.querySelectorAll(".figure"), (figure) => {
    const before = figureOf(old, figure.dataset.who);
    const from = before ? place(before) : place(figure) < 50 ? -30 : 130;
    return animate(figure, [{ left: `${from}%` }, { left: `${place(figure)}%` }], 500, linear ? { easing: "linear" } : {});
  }));
}

const wipe = (old, edge) => animate(old, [{ clipPath: "inset(0 0 0 0)" }, { clipPath: edge }], 600);

const TRANSITIONS = {
  dissolve: ({ old }) => fadeOut(old, 500),
  quick: ({ old }) => fadeOut(old, 150),
  fade: ({ old }) => through("black", 500, 0, 500, old),
  flash: ({ old }) => through("white", 100, 0, 500, old),
  move: ({ old, now }) => move(old, now, true),
  ease: ({ old, now }) => move(old, now, false),
  wipe_left: ({ old }) => wipe(old, "inset(0 100% 0 0)"),
  wipe_right: ({ old }) => wipe(old, "inset(0 0 0 100%)"),
  pixellate: ({ old }) => animate(old, [{ filter: "blur(0)", opacity: 1 }, { filter: "blur(24px)", opacity: 0 }], 700),
  vpunch: ({ old, now }) => { old.remove(); return shake(now, "Y"); },
  hpunch: ({ old, now }) => { old.remove(); return shake(now, "X"); },
};

export async function change(layers, name, isQuick) {
  await loaded(layers.now);
  const run = isQuick || isStill() ? null : TRANSITIONS[name];
  if (run) await run(layers);
  layers.old.remove();
}
