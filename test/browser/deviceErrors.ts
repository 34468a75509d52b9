import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Watches the active webgpu backend's device: a program that does not compile or bind is no exception there, only
 * a line on the console and a tensor of zeros.
 *
 * @returns what the device complained of since the last call, or null
 */
export function watchDevice(): () => string | null {
  let complaints: string[] = [];
  (tf.backend() as WebGPUBackend).device.addEventListener('uncapturederror', (event) => {
    complaints.push(event.error.message);
  });
  return () => {
    const heard = complaints;
    complaints = [];
    return heard.length === 0 ? null : heard.join('\n');
  };
}
