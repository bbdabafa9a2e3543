// Waveforms as drawings: one shape for all bars, because a novel has thousands of clips.
const SVG = "http://www.w3.org/2000/svg";

export function waveform(bars) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${bars.length * 3} 66`);
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", bars.map((height, index) => `M${index * 3} ${33 - (height + 1) / 2}h2v${height + 1}h-2z`).join(""));
  drawing.append(shape);
  return drawing;
}
