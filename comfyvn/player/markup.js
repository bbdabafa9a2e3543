// Text with our markup as elements, and the beats in which it appears: letters, waits, changes of speed.
import { given, own } from "./data.js";
import { make, styled } from "./dom.js";
import { shown } from "./values.js";

const ELEMENTS = { i: "i", b: "b", u: "u", s: "s", rb: "ruby", rt: "rt" };
const segmenter = globalThis.Intl?.Segmenter ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

function letters(text) {
  return segmenter ? Array.from(segmenter.segment(text), (one) => one.segment) : [...text];
}

// The characters that a reader gets; ruby and markup are left out.
export function plain(pieces, variables) {
  let text = "", ruby = 0;
  for (const piece of pieces) {
    const [kind, name] = typeof piece === "string" ? ["text"] : piece;
    if (name === "rt" && kind !== "variable") ruby += kind === "open" ? 1 : -1;
    else if (ruby) continue;
    else if (kind === "text") text += piece;
    else if (kind === "variable") text += shown(own(variables, name));
    else if (kind === "single" && "pw".includes(name) && /\S$/.test(text)) text += " ";
  }
  return text;
}

// Text in which nothing waits: names of choices and endings.
export function inline(pieces, variables) {
  const { element, beats } = typeset(pieces, variables);
  beats.filter((beat) => beat.do === "letters").forEach(showAll);
  return element;
}

export function showAll(beat) {
  beat.seen.data = beat.letters.join("");
  beat.rest.data = "";
}

// `element` holds all of the text at once, so that nothing moves while it appears; `beats` tell how it does.
export function typeset(pieces, variables) {
  const element = make("span", { class: "typeset" });
  const beats = [];
  const open = [element];
  const write = (text) => {
    const run = { do: "letters", letters: letters(text), seen: document.createTextNode(""), rest: document.createTextNode(text) };
    open.at(-1).append(run.seen, make("span", { class: "unseen" }, run.rest));
    beats.push(run);
  };
  for (const piece of pieces) {
    const [kind, name, value] = typeof piece === "string" ? ["text"] : piece;
    if (kind === "text") write(piece);
    else if (kind === "variable") write(shown(own(variables, name)));
    else if (kind === "open") opened(name, value, open, beats);
    else if (kind === "close") closed(name, open, beats);
    else single(name, value, open, beats);
  }
  return { element, beats };
}

function opened(name, value, open, beats) {
  if (name === "cps") {
    beats.push({ do: "speed", value });
    return;
  }
  const inner = make(own(ELEMENTS, name) ?? "span");
  if (name === "size") styled(inner, { "font-size": size(value) });
  if (name === "color") styled(inner, { color: value });
  if (name === "alpha") styled(inner, { opacity: Math.min(1, Number(value)) });
  // A reading stands over the words before it: both belong to one ruby.
  const before = open.at(-1).lastElementChild;
  (name === "rt" && before?.tagName === "RUBY" ? before : open.at(-1)).append(inner);
  open.push(inner);
}

function closed(name, open, beats) {
  if (name === "cps") beats.push({ do: "speed", value: "" });
  else open.pop();
}

function single(name, value, open, beats) {
  if (name === "p") open.at(-1).append(make("br"));
  beats.push({ do: name === "p" ? "w" : name, seconds: value === "" ? null : Number(value) });
}

// A size in the game's pixels, or a difference, as a part of the text's own size; what nobody could read is not shown so.
function size(value) {
  const usual = given("novel").text_size;
  const wanted = /^[+-]/.test(value) ? usual + Number(value) : Number(value);
  return `${Math.min(4, Math.max(0.4, wanted / usual)).toFixed(3)}em`;
}
