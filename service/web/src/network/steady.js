// A picture that takes long to draw is moved and stretched as it was drawn while a reader zooms or pans, and drawn anew at rest.

// Milliseconds of a drawing above which moving would stutter, and of stillness that are a rest.
const SLOW = 40;
const REST = 160;

/** Watch how long the picture takes here: with a graphics processor it is drawn anew for every frame. */
export function steady(renderer) {
  const camera = renderer.getCamera();
  // The topmost layer takes the pointer, whose place must not move.
  const layers = Object.entries(renderer.getCanvases()).filter(([name]) => name !== "mouse").map(([, canvas]) => canvas);
  const draw = renderer.scheduleRender.bind(renderer);
  let drawn = null;
  let took = 0;
  let waiting = 0;
  renderer.on("afterRender", () => {
    clearTimeout(waiting);
    drawn = camera.getState();
    for (const layer of layers) layer.style.transform = "";
    const began = performance.now();
    // A browser takes a next frame in hand before the last is shown, but not two.
    requestAnimationFrame(() => requestAnimationFrame(() => { took = (performance.now() - began) / 2; }));
  });
  renderer.scheduleRender = () => {
    const now = camera.getState();
    if (took < SLOW || !drawn || same(drawn, now)) return draw();
    const transform = between(renderer, drawn, now);
    for (const layer of layers) layer.style.transform = transform;
    clearTimeout(waiting);
    waiting = setTimeout(draw, REST);
    return renderer;
  };
}

const same = (one, other) => one.x === other.x && one.y === other.y && one.ratio === other.ratio && one.angle === other.angle;

/** What puts a picture drawn from one state of the camera where another state would draw it; the camera never turns here. */
function between(renderer, from, to) {
  const corner = { x: 0, y: 0 };
  const [before, after] = [from, to].map((cameraState) => renderer.framedGraphToViewport(corner, { cameraState }));
  const scale = from.ratio / to.ratio;
  return `translate(${after.x - before.x * scale}px, ${after.y - before.y * scale}px) scale(${scale})`;
}
