import type { DrawOptions, HeatmapFormat, HeatmapPicture, ReportOptions } from '../pictures/index.js';

/** What the drawing thread is asked to do; it answers each request once, in order. */
export type DrawingRequest =
  | { kind: 'openReport'; path: string; options: ReportOptions }
  | { kind: 'draw'; picture: HeatmapPicture; files: { path: string; format: HeatmapFormat }[]; options: DrawOptions; report: boolean }
  | { kind: 'refused'; path: string; message: string }
  | { kind: 'close' };

/** `error` is a sentence for the user; `stack` is there for what should not have happened. */
export type DrawingAnswer =
  | { id: number; seconds: number; error?: undefined }
  | { id: number; error: string; stack?: string };

/** A request with the number that its answer carries. */
export interface NumberedRequest {
  id: number;
  request: DrawingRequest;
}
