// What the browser keeps for this novel: settings, saves, lines that were read. Where it keeps nothing (private windows,
// full disks), it is kept until the page is closed.
import { given } from "./data.js";

const memory = new Map();
const key = (name) => `comfyvn/${given("novel").id}/${name}`;

export function stored(name, otherwise) {
  try {
    const text = memory.get(key(name)) ?? localStorage.getItem(key(name));
    return text === null || text === undefined ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

// Whether it is kept for good.
export function store(name, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key(name), text);
    memory.delete(key(name));
    return true;
  } catch {
    memory.set(key(name), text);
    return false;
  }
}

const DEFAULTS = {
  speed: 45, auto: 15, voice: 1, music: 0.8, sound: 0.9, captions: "auto", unread: false, still: null, size: 1,
  contrast: false,
};

export const settings = { ...DEFAULTS };

export function loadSettings() {
  const kept = stored("settings", {});
  for (const name of Object.keys(DEFAULTS)) {
    if (typeof kept?.[name] === typeof DEFAULTS[name] || DEFAULTS[name] === null) settings[name] = kept?.[name] ?? DEFAULTS[name];
  }
}

export function changeSetting(name, value) {
  settings[name] = value;
  store("settings", settings);
}

// Whether nothing shall move: the player's word, else what the system is set to.
export function isStill() {
  return settings.still ?? matchMedia("(prefers-reduced-motion: reduce)").matches;
}
