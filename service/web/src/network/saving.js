// What is seen, as a file to keep.
import { token } from "./drawing.js";

const xml = (text) => String(text).replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");

function svg({ graph, renderer }) {
  const { width, height } = renderer.getDimensions();
  const at = (id) => renderer.framedGraphToViewport(renderer.getNodeDisplayData(id));
  const lines = [`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`, `<rect width="100%" height="100%" fill="${token("--paper")}"/>`];
  graph.forEachEdge((id, _, source, target) => {
    const edge = renderer.getEdgeDisplayData(id);
    if (edge.hidden || renderer.getNodeDisplayData(source).hidden || renderer.getNodeDisplayData(target).hidden) return;
    const [a, b] = [at(source), at(target)];
    lines.push(`<path d="M${a.x.toFixed(1)} ${a.y.toFixed(1)}L${b.x.toFixed(1)} ${b.y.toFixed(1)}" stroke="${xml(edge.color)}" stroke-width="${renderer.scaleSize(edge.size).toFixed(2)}" stroke-opacity=".6"/>`);
  });
  const labels = renderer.getNodeDisplayedLabels();
  const texts = [];
  graph.forEachNode((id, { name }) => {
    const node = renderer.getNodeDisplayData(id);
    if (node.hidden) return;
    const { x, y } = at(id);
    const size = renderer.scaleSize(node.size);
    lines.push(`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${size.toFixed(2)}" fill="${xml(node.color)}"><title>${xml(name)}</title></circle>`);
    if (labels.has(id) && node.label) texts.push(`<text x="${(x + size + 3).toFixed(1)}" y="${(y + 4).toFixed(1)}" font-family="sans-serif" font-size="13" fill="${token.ink}">${xml(node.label)}</text>`);
  });
  return [...lines, ...texts, `<text x="8" y="${height - 8}" font-family="sans-serif" font-size="11" fill="${token.ink}">Strategraph, CC BY 4.0</text>`, "</svg>"].join("\n");
}

export async function save(app, kind) {
  const text = svg(app);
  if (kind === "svg") return download(new Blob([text], { type: "image/svg+xml" }), "strategraph-network.svg");
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const { width, height } = app.renderer.getDimensions();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * 2, height: height * 2 });
  canvas.getContext("2d").drawImage(image, 0, 0, width * 2, height * 2);
  canvas.toBlob((blob) => download(blob, "strategraph-network.png"), "image/png");
}

function download(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

