export { diskCheckpoints } from './diskCheckpoints.js';
