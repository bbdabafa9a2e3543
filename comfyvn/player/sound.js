// Music, ambience, sounds and voices, each an audio element; a page from a disk may not read sound data, only play it.
import { address, given, own } from "./data.js";
import { settings } from "./storage.js";

const channels = new Map(); // music, ambience, sound, voice → {audio, asset, level, loop}
const share = { music: "music", ambience: "sound", sound: "sound", voice: "voice" };
let onCaption = () => {};
let ended = Promise.resolve();

export function captionsTo(show) {
  onCaption = show;
}

function volume(channel, level) {
  return Math.min(1, Math.max(0, level * settings[share[channel]]));
}

function start(channel, place, level, seconds) {
  const audio = new Audio(address(place));
  const one = { audio, level, gain: seconds ? 0 : 1 };
  channels.set(channel, one);
  audio.volume = volume(channel, level * one.gain);
  if (seconds) fade(channel, one, 1, seconds);
  // Refused before the player's first click, or a file that is gone: the story goes on without it.
  one.started = audio.play().catch(() => {});
  return one;
}

function fade(channel, one, goal, seconds) {
  const [from, began] = [one.gain, performance.now()];
  clearInterval(one.timer);
  one.timer = setInterval(() => {
    const part = Math.min(1, (performance.now() - began) / (seconds * 1000));
    one.gain = from + (goal - from) * part;
    one.audio.volume = volume(channel, one.level * one.gain);
    if (part < 1) return;
    clearInterval(one.timer);
    if (!goal) one.audio.pause();
  }, 40);
}

export function stop(channel, seconds = 0) {
  const one = channels.get(channel);
  channels.delete(channel);
  if (!one) return;
  clearInterval(one.timer);
  if (seconds && !one.audio.paused) fade(channel, one, 0, seconds);
  else one.audio.pause();
}

export function play({ channel, asset, volume: level, fade: seconds }) {
  const sound = own(given("novel").sounds, asset);
  const now = channels.get(channel);
  if (!sound) return;
  if (channel !== "sound" && now?.asset === asset) { // the same piece plays on
    now.level = level;
    now.audio.volume = volume(channel, level * now.gain);
    return;
  }
  stop(channel, seconds);
  const one = start(channel, sound.place, level, seconds);
  one.asset = asset;
  if (channel !== "sound") repeat(one.audio, sound.loop);
}

function repeat(audio, loop) {
  audio.loop = true;
  if (!loop || (!loop.from && !loop.to)) return;
  audio.loop = false;
  const again = () => {
    audio.currentTime = loop.from;
    audio.play().catch(() => {});
  };
  audio.addEventListener("ended", again);
  if (loop.to) audio.addEventListener("timeupdate", () => audio.currentTime >= loop.to && again());
}

// What a loaded game hears: the same pieces as when it was saved.
export function restore(state) {
  stop("voice");
  stop("sound");
  for (const channel of ["music", "ambience"]) {
    if (state[channel]) play({ channel, fade: 0, ...state[channel] });
    else stop(channel);
  }
}

export function silence(seconds = 0) {
  for (const channel of ["music", "ambience", "sound", "voice"]) stop(channel, seconds);
}

// A clip with its captions; the promise is kept when it has been heard, or cannot be.
export function speak(clip, scene) {
  hush();
  if (!clip) return;
  const one = start("voice", `voice/${clip}.ogg`, 1, 0);
  const cues = own(given(`heard/${scene}`) ?? {}, clip)?.cues ?? [];
  ended = new Promise((done) => {
    for (const event of ["ended", "error", "pause"]) one.audio.addEventListener(event, done, { once: true });
    one.started.then(() => one.audio.paused && done());
  }).then(() => one === channels.get("voice") && onCaption(""));
  follow(one, cues);
}

function follow(one, cues) {
  if (one !== channels.get("voice") || one.audio.ended || one.audio.error) return;
  onCaption(cueAt(cues, one.audio.currentTime * 1000));
  requestAnimationFrame(() => follow(one, cues));
}

export function cueAt(cues, ms) {
  return cues.find(([from, to]) => from <= ms && ms < to)?.[2] ?? "";
}

export function hush() {
  stop("voice");
  onCaption("");
}

export const heard = () => ended;

export function setVolumes() {
  for (const [channel, one] of channels) one.audio.volume = volume(channel, one.level * one.gain);
}
