/** The graph of tags that stand together, drawn: the same graph gives the same lines. */
import type { Cooccurrence } from '../../tagging/cooccurrence.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { lineColors } from './style.js';

/** A page shows no more without lines crossing all names. */
const mostTags = 60;
const pairsOfTag = 3;
const [width, height] = [960, 640];
const rounds = 300;

interface Node {
  tag: string;
  images: number;
  community: number;
  x: number;
  y: number;
}

/** Begins with a circle of communities, then lets nodes push each other away and edges pull (Fruchterman and Reingold 1991). */
function layOut(nodes: Node[], edges: readonly (readonly [number, number, number])[]): void {
  const ideal = 0.8 * Math.sqrt((width * height) / Math.max(1, nodes.length));
  for (let round = 0; round < rounds; round++) {
    const heat = 40 * (1 - round / rounds);
    const moves = nodes.map((a, i) => {
      // A pull to the middle keeps parts that do not hang together on the page.
      let [dx, dy] = [0.6 * (width / 2 - a.x), 0.6 * (height / 2 - a.y)];
      nodes.forEach((b, j) => {
        if (i !== j) {
          const [x, y] = [a.x - b.x, a.y - b.y];
          const far = Math.max(1, x * x + y * y);
          dx += (x * ideal * ideal) / far;
          dy += (y * ideal * ideal) / far;
        }
      });
      return [dx, dy];
    });
    edges.forEach(([i, j, weight]) => {
      const [x, y] = [nodes[j].x - nodes[i].x, nodes[j].y - nodes[i].y];
      const pull = ((0.5 + weight) * Math.sqrt(x * x + y * y)) / ideal;
      moves[i][0] += x * pull;
      moves[i][1] += y * pull;
      moves[j][0] -= x * pull;
      moves[j][1] -= y * pull;
    });
    nodes.forEach((node, i) => {
      const [dx, dy] = moves[i];
      const length = Math.max(1e-9, Math.sqrt(dx * dx + dy * dy));
      const step = Math.min(heat, length) / length;
      node.x = Math.min(width - 70, Math.max(70, node.x + dx * step));
      node.y = Math.min(height - 24, Math.max(24, node.y + dy * step));
    });
  }
}

/** The tags of most images, each joined with those that it goes with most; colours are communities. */
export function tagGraph({ tags, pairs }: Cooccurrence): { svg: Html; shown: number } {
  const most = [...tags].sort((a, b) => b.images - a.images || (a.tag < b.tag ? -1 : 1)).slice(0, mostTags);
  const communities = [...new Set(most.map(({ community }) => community))];
  const ordered = [...most].sort((a, b) => a.community - b.community || (a.tag < b.tag ? -1 : 1));
  const nodes = ordered.map(({ tag, images, community }, i): Node => {
    const angle = (2 * Math.PI * i) / ordered.length;
    return {
      tag,
      images,
      community,
      x: width * (0.5 + 0.4 * Math.cos(angle)),
      y: height * (0.5 + 0.4 * Math.sin(angle)),
    };
  });
  const place = new Map(nodes.map(({ tag }, i) => [tag, i]));
  const counts = new Int32Array(nodes.length);
  const edges = pairs
    .filter(({ a, b, npmi }) => npmi > 0 && place.has(a) && place.has(b))
    .sort((one, other) => other.npmi * other.images - one.npmi * one.images || (one.a < other.a ? -1 : 1))
    .flatMap(({ a, b, npmi }): [number, number, number][] => {
      const [i, j] = [place.get(a)!, place.get(b)!];
      if (counts[i] >= pairsOfTag && counts[j] >= pairsOfTag) {
        return [];
      }
      counts[i]++;
      counts[j]++;
      return [[i, j, npmi]];
    });
  layOut(nodes, edges);
  const largest = Math.max(1, ...nodes.map(({ images }) => images));
  const colour = (community: number) => `c${communities.indexOf(community) % lineColors.length}`;
  const lines = edges.map(
    ([i, j, npmi]) =>
      html`<line x1="${nodes[i].x.toFixed(1)}" y1="${nodes[i].y.toFixed(1)}" x2="${nodes[j].x.toFixed(1)}" y2="${nodes[j].y.toFixed(1)}" stroke-width="${(0.5 + 2.5 * npmi).toFixed(2)}"/>`,
  );
  const dots = nodes.map(({ tag, images, community, x, y }) => {
    const radius = 3 + 7 * Math.sqrt(images / largest);
    return html`<g class="${colour(community)}"><title>${tag}: ${images} images</title><circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(1)}"/><text x="${x.toFixed(1)}" y="${(y - radius - 3).toFixed(1)}">${tag}</text></g>
`;
  });
  return {
    svg: html`<svg class="graph" viewBox="0 0 ${width} ${height}" role="img" aria-label="Tags that stand together in images">${lines}${dots}</svg>`,
    shown: nodes.length,
  };
}
