// The script-tag bundle takes TensorFlow.js from the page: `tf`, as tfjs's own bundles define it.
if (globalThis.tf?.layers === undefined) {
  throw new Error(
    'tfjs-weldon.min.js wants TensorFlow.js before it, which defines tf: put the script tag of tf.min.js (package ' +
      '@tensorflow/tfjs) above that of tfjs-weldon.min.js',
  );
}
module.exports = globalThis.tf;
