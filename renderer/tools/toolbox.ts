import type { ToolId } from '../state/tool-settings.svelte';
import { AcceptLassoTool } from './accept-lasso';
import { BallThresholdTool } from './ball-threshold';
import { ContourTool } from './contour';
import { LivewireTool } from './livewire';
import { panTool, pointerTool, windowTool, zoomTool } from './navigate';
import { MendTool } from './mend';
import { NudgeTool } from './nudge';
import { PaintTool } from './paint';
import { ScissorsTool } from './scissors';
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
  nudge: new NudgeTool(),
  mend: new MendTool(),
  freehand: new ContourTool('freehand'),
  polygon: new ContourTool('polygon'),
  spline: new ContourTool('spline'),
  livewire: new LivewireTool(),
  scissors: new ScissorsTool(),
  'ball-threshold': new BallThresholdTool(),
  'accept-lasso': new AcceptLassoTool(),
};
