// The story itself: goes from step to step (see web_script.py) until something is to be shown, heard or asked. It draws
// nothing, and its whole state is a JSON value: that is what is saved, and what going back restores.
import { given, own } from "./data.js";
import { add, evaluate, isTrue } from "./values.js";

const MOST_STEPS = 100000; // without anything shown: a story that runs in a circle

export function begin() {
  const novel = given("novel");
  return {
    scene: novel.start, at: 0, title: "", variables: { ...novel.variables }, picture: null, people: [],
    music: null, ambience: null,
  };
}

export const copy = (state) => JSON.parse(JSON.stringify(state));

// The next step that somebody must show, play or answer; `state` is what holds when it does.
export function next(state) {
  for (let count = 0; count < MOST_STEPS; count += 1) {
    const step = given(`scenes/${state.scene}`).steps[state.at];
    state.at += 1;
    const event = own(DO, step.do)(state, step);
    if (event) return { ...event, index: state.at - 1 };
  }
  throw new Error(`scene ${state.scene}: the story runs in a circle`);
}

export function choose(state, choice) {
  state.at = choice.to;
}

export function answer(state, step, text) {
  state.variables[step.variable] = text.trim() || step.default;
}

const DO = {
  enter(state, step) {
    state.title = step.title;
    state.people = step.people.map((one) => ({ ...one }));
    state.picture = { place: step.picture, alt: step.alt };
    return { ...step, do: "change", with: "dissolve" };
  },
  scene(state, step) {
    state.people = [];
    state.picture = { place: step.picture, alt: step.alt };
    return { ...step, do: "change" };
  },
  show(state, step) {
    const before = person(state, step.who);
    const now = before ?? { who: step.who, at: 0.5 };
    now.sprite = sprite(step.who, step.sprite, before?.sprite);
    now.at = step.at ?? now.at;
    if (!before) state.people.push(now);
    return { ...step, do: "change", arrives: !before };
  },
  hide(state, step) {
    state.people = state.people.filter((one) => one.who !== step.who);
    return { ...step, do: "change", with: ["move", "ease"].includes(step.with) ? "dissolve" : step.with };
  },
  with: (state, step) => ({ ...step, do: "change" }),
  say: (state, step) => spoken(state, step),
  menu(state, step) {
    const offered = step.choices.filter((one) => !one.if || isTrue(evaluate(one.if, state.variables)));
    if (offered.length) return { ...spoken(state, step), choices: offered };
    state.at = step.after;
    return null;
  },
  jump(state, step) {
    state.scene = step.scene;
    state.at = step.label ? own(given(`scenes/${step.scene}`).labels, step.label) : 0;
  },
  go(state, step) {
    state.at = step.to;
  },
  unless(state, step) {
    if (!isTrue(evaluate(step.if, state.variables))) state.at = step.to;
  },
  set(state, step) {
    state.variables[step.variable] = step.value;
  },
  add(state, step) {
    state.variables[step.variable] = add(own(state.variables, step.variable), step.value);
  },
  play(state, step) {
    if (step.channel !== "sound") state[step.channel] = { asset: step.asset, volume: step.volume };
    return step;
  },
  stop(state, step) {
    if (step.channel !== "sound") state[step.channel] = null;
    return step;
  },
  movie(state, step) {
    Object.assign(state, { picture: null, people: [] });
    return step;
  },
  pause: (state, step) => step,
  input: (state, step) => step,
  end(state, step) {
    Object.assign(state, { picture: null, people: [], music: null, ambience: null });
    return step;
  },
  finish: (state, step) => step,
  skip: (state, step) => step,
};

function person(state, who) {
  return state.people.find((one) => one.who === who);
}

// Whoever speaks changes with the line, if they can be seen.
function spoken(state, step) {
  const one = step.sprite && person(state, step.who);
  if (one) one.sprite = sprite(step.who, step.sprite, one.sprite);
  return { ...step, changes: Boolean(one) };
}

// The sprite that is meant when parts of it are named: the others stay as they are, else are the defaults; if there is
// no such sprite, the one that is most like it. The same rule as in the Ren'Py export (`cvn.whole`).
export function sprite(who, asked, now) {
  const { sprites, default: usual } = given(`cast/${who}`);
  const meant = [0, 1, 2].map((part) => asked[part] ?? now?.[part] ?? usual[part]);
  const likeness = (other) => [
    [0, 1, 2].filter((part) => asked[part] && other[part] === asked[part]).length,
    ...[0, 1, 2].map((part) => Number(other[part] === meant[part])),
  ];
  const isMore = (one, than) => {
    const at = one.findIndex((value, index) => value !== than[index]);
    return at >= 0 && one[at] > than[at];
  };
  const exact = sprites.find((other) => other.every((part, index) => part === meant[index]));
  return exact ?? sprites.reduce((best, other) => (isMore(likeness(other), likeness(best)) ? other : best), sprites[0] ?? meant);
}

// Where a saved state goes on: at the line it was saved at, wherever that is by now, else where its scene begins.
export function resumed(saved) {
  const state = copy(saved);
  const novel = given("novel");
  const scene = given(`scenes/${state.scene}`);
  state.variables = { ...novel.variables, ...state.variables };
  if (!scene) return { ...begin(), variables: state.variables };
  const found = state.line ? scene.steps.findIndex((step) => step.id === state.line) : state.at;
  state.at = found >= 0 && found < scene.steps.length ? found : 0;
  state.people = state.people.filter((one) => given(`cast/${one.who}`));
  return state;
}
