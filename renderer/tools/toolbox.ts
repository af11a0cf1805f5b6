import type { ToolId } from '../state/tool-settings.svelte';
import { panTool, pointerTool, windowTool, zoomTool } from './navigate';
import { PaintTool } from './paint';
import type { Tool } from './tool';

/** The tools of the rail, each made once. */
export const toolbox: Readonly<Record<ToolId, Tool>> = {
  pointer: pointerTool,
  window: windowTool(),
  pan: panTool(),
  zoom: zoomTool(),
  brush: new PaintTool('brush'),
  eraser: new PaintTool('eraser'),
  'threshold-brush': new PaintTool('threshold'),
  'smart-brush': new PaintTool('smart'),
};
