// Values and conditions as Python has them, so that a story goes the same way in the browser as in Ren'Py. Integers are
// numbers, floats are {f: number} ("2.0" is not "2"). Conditions come as lists, an operator first; nothing is evaluated
// as code.
import { own } from "./data.js";

const isFloat = (value) => typeof value === "object" && value !== null;
const number = (value) => (isFloat(value) ? value.f : Number(value));

export function isTrue(value) {
  return isFloat(value) ? value.f !== 0 : Boolean(value);
}

function reckon(left, right, work) {
  const result = work(number(left), number(right));
  return isFloat(left) || isFloat(right) ? { f: result } : result;
}

export function add(left, right) {
  if (typeof left === "string" && typeof right === "string") return left + right;
  return reckon(left, right, (a, b) => a + b);
}

// Below zero, zero, above zero; texts by code point, as Python compares them.
function order(left, right) {
  if (typeof left !== "string" || typeof right !== "string") return number(left) - number(right);
  const [one, other] = [[...left], [...right]];
  const at = one.findIndex((letter, index) => letter !== other[index]);
  if (at < 0) return one.length - other.length;
  return at >= other.length ? 1 : one[at].codePointAt(0) - other[at].codePointAt(0);
}

function isEqual(left, right) {
  if ((typeof left === "string") !== (typeof right === "string")) return false;
  return typeof left === "string" ? left === right : number(left) === number(right);
}

const COMPARE = {
  "==": isEqual,
  "!=": (left, right) => !isEqual(left, right),
  "<": (left, right) => order(left, right) < 0,
  "<=": (left, right) => order(left, right) <= 0,
  ">": (left, right) => order(left, right) > 0,
  ">=": (left, right) => order(left, right) >= 0,
};

export function evaluate([operator, ...parts], variables) {
  const value = (part) => evaluate(part, variables);
  switch (operator) {
    case "value": return parts[0];
    case "var": return own(variables, parts[0]);
    case "not": return !isTrue(value(parts[0]));
    case "neg": return reckon(0, value(parts[0]), (zero, it) => zero - it);
    case "+": return add(value(parts[0]), value(parts[1]));
    case "-": return reckon(value(parts[0]), value(parts[1]), (a, b) => a - b);
    case "*": return reckon(value(parts[0]), value(parts[1]), (a, b) => a * b);
    case "and": case "or": return first(parts, value, operator === "or");
    case "compare": return chain(parts, value);
    default: throw new Error(`a condition with the unknown operator ${operator}`);
  }
}

// `and` and `or` give the operand that decides, as in Python.
function first(parts, value, wanted) {
  let found;
  for (const part of parts) {
    found = value(part);
    if (isTrue(found) === wanted) break;
  }
  return found;
}

function chain([head, ...links], value) {
  let left = value(head);
  for (const [operator, side] of links) {
    const right = value(side);
    if (!COMPARE[operator](left, right)) return false;
    left = right;
  }
  return true;
}

// As a text shows it: Python's str().
export function shown(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  return isFloat(value) ? shownFloat(value.f) : String(value);
}

function shownFloat(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const [digits, power] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const plain = exponent < 0 ? value.toFixed(Math.max(0, digits.replace(/[-.]/g, "").length - 1 - exponent)) : String(value);
  const sign = Object.is(value, -0) ? "-" : "";
  return sign + (plain.includes(".") ? plain : `${plain}.0`);
}
