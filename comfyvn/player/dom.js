// Elements are built of values alone: text becomes text nodes, never markup. The pages' policy allows nothing else.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat());
  return element;
}

export function button(label, click, attributes = {}) {
  return make("button", { type: "button", click, ...attributes }, label);
}

// CSS properties set one by one: a style attribute would be refused.
export function styled(element, properties) {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, value);
  return element;
}

// One sprite cut from its atlas page, in parts of the box that holds the whole canvas. `sheet`: see web_made.frames_json.
export function cutOut(sheet, who, name, folder) {
  const frame = sheet?.frames && Object.hasOwn(sheet.frames, name) ? sheet.frames[name] : null;
  const canvas = make("div", { class: "canvas" });
  if (!frame) return canvas;
  const [page, x, y, width, height, left, top, fullWidth, fullHeight] = frame;
  const [file, pageWidth, pageHeight] = sheet.pages[page];
  const share = (part, whole) => `${(part / whole) * 100}%`;
  const picture = make("img", { src: `${folder}atlas/${who}/${file}`, alt: "", draggable: "false" });
  styled(picture, {
    width: share(pageWidth, width), height: share(pageHeight, height), left: share(-x, width), top: share(-y, height),
  });
  const cut = styled(make("div", { class: "cut" }, picture), {
    left: share(left, fullWidth), top: share(top, fullHeight),
    width: share(width, fullWidth), height: share(height, fullHeight),
  });
  canvas.append(cut);
  return styled(canvas, { "aspect-ratio": `${fullWidth} / ${fullHeight}` });
}
