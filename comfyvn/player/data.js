// What data files bring: each is a script that calls `comfyvn.put` with a name and JSON in a string.

const data = new Map();

globalThis.comfyvn = { put: (name, json) => data.set(name, JSON.parse(json)) };

export function given(name) {
  return data.get(name);
}

// All that begins with a folder's name: [rest of the name, value].
export function givenIn(folder) {
  return [...data].filter(([name]) => name.startsWith(folder)).map(([name, value]) => [name.slice(folder.length), value]);
}

// The address of a file of the novel, whatever letters its name has.
export function address(place) {
  return `assets/${place.split("/").map(encodeURIComponent).join("/")}`;
}

// An own member of an object that came as JSON: "constructor" is a name like any other.
export function own(object, name) {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
