// The script-tag bundle takes TensorFlow.js from the page: `tf`, as tfjs's own bundles define it.
module.exports = globalThis.tf;
