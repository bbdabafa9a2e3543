// Waveforms as drawings of bars.
const SVG = "http://www.w3.org/2000/svg";

export function waveform(bars) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${bars.length * 3} 66`);
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("aria-hidden", "true");
  bars.forEach((height, index) => {
    const bar = document.createElementNS(SVG, "rect");
    const values = { x: index * 3, y: 33 - (height + 1) / 2, width: 2, height: height + 1 };
    for (const [name, value] of Object.entries(values)) bar.setAttribute(name, value);
    drawing.append(bar);
  });
  return drawing;
}
