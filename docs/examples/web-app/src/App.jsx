import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { useEffect, useRef, useState } from 'react';
import {
  classHeatmaps,
  convolutionalize,
  loadEfficientNetLite0,
  mapGeometry,
  overlayMap,
  percentText,
} from 'tfjs-weldon';

/** The network, loaded once for the whole page. */
async function loadModel() {
  setWasmPaths('./');
  await tf.setBackend('wasm');
  return convolutionalize(await loadEfficientNetLite0('./efficientnet-lite0/model.json'));
}
const loading = loadModel();

/** An image's pixels: upright, at most 800 wide or high. */
async function readPixels(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, 800 / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

export function App() {
  const [file, setFile] = useState(null);
  const [result, setResult] = useState(null);
  const [shown, setShown] = useState(0);
  const [message, setMessage] = useState('Choose a photo.');
  const canvas = useRef(null);

  // An image goes through the network once. Another one that is chosen meanwhile takes its place.
  useEffect(() => {
    if (file === null) {
      return undefined;
    }
    let stale = false;
    setMessage('Looking …');
    (async () => {
      const [model, pixels] = [await loading, await readPixels(file)];
      const { classes, maps, probabilities } = await classHeatmaps(model, pixels, { top: 3 });
      const named = classes[0].map(({ name, index }) => ({ name, share: percentText(probabilities[0][index]) }));
      if (!stale) {
        setShown(0);
        setResult({ pixels, classes: named, maps: maps[0], geometry: mapGeometry(model, pixels) });
        setMessage('');
      }
    })().catch((error) => setMessage(error.message));
    return () => {
      stale = true;
    };
  }, [file]);

  // Showing another class needs no network: its map is there.
  useEffect(() => {
    if (result !== null) {
      const { pixels, maps, geometry } = result;
      const drawn = overlayMap(pixels, maps[shown], { geometry });
      [canvas.current.width, canvas.current.height] = [drawn.width, drawn.height];
      canvas.current.getContext('2d').putImageData(new ImageData(drawn.data, drawn.width), 0, 0);
    }
  }, [result, shown]);

  return (
    <>
      <h1>Where in the photo is it?</h1>
      <input type="file" accept="image/*" aria-label="photo" onChange={(event) => setFile(event.target.files[0])} />
      <p role="status">{message}</p>
      <canvas ref={canvas} />
      <p>
        {result?.classes.map(({ name, share }, i) => (
          <button key={name} aria-pressed={i === shown} onClick={() => setShown(i)}>
            {name}, {share}
          </button>
        ))}
      </p>
    </>
  );
}
