// How the player goes on: a press, a key, a touch; auto and skip press by themselves. A turn is one line's waiting.
import * as effects from "./effects.js";
import { settings } from "./storage.js";

const SKIP_MS = 40; // a line, while skipping

export const mode = { auto: false, skip: false, isHeld: false };
let waiting = null; // {done, fail} of whoever waits for a press
let isHurried = false;
let showMode = () => {};

export function modesTo(show) {
  showMode = show;
}

export function advance() {
  effects.finish();
  if (waiting) waiting.done();
  else isHurried = true;
}

export const isSkipping = () => mode.skip || mode.isHeld;

export function setMode(name, value) {
  mode[name] = value;
  if (value && name === "auto") mode.skip = false;
  if (value && name === "skip") mode.auto = false;
  if (value) advance();
  showMode(mode);
}

export function stopModes() {
  Object.assign(mode, { auto: false, skip: false, isHeld: false });
  showMode(mode);
}

function pause(ms, signal, mayPress) {
  return new Promise((done, fail) => {
    const end = (how, value) => { clearTimeout(timer); signal.removeEventListener("abort", cut); if (waiting === own) waiting = null; how(value); };
    const cut = () => end(fail, signal.reason);
    const own = { done: () => end(done, true) };
    const timer = ms === null ? null : setTimeout(() => end(done, false), ms);
    signal.addEventListener("abort", cut);
    if (signal.aborted) cut();
    else if (mayPress) waiting = own;
  });
}

// `whenHeard`: a promise of the voice's end; `letters`: how long the line is, for auto.
export function turnOf(signal, { whenHeard = Promise.resolve(), letters = 0 } = {}) {
  isHurried = false;
  const press = async () => {
    if (isSkipping()) return pause(SKIP_MS, signal, true);
    if (!mode.auto) return pause(null, signal, true);
    const done = pause(null, signal, true);
    const waiter = waiting;
    const read = pause(900 + (letters / settings.auto) * 1000, signal, false).catch(() => {});
    Promise.all([whenHeard, read]).then(() => mode.auto && waiting === waiter && waiter.done());
    return done;
  };
  return {
    press,
    rest: (seconds) => pause(isSkipping() ? SKIP_MS : seconds * 1000, signal, true),
    frame: async () => {
      await pause(16, signal, false);
      const was = isHurried || isSkipping();
      isHurried = false;
      return was;
    },
  };
}
