/** The narrow door for threads that read files: see the one of telemetry. */
export { decodeText } from './import/decode.ts';
