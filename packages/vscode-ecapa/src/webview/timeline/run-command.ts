import type { Controller } from './controller.js';
import type { Command } from './keyboard.js';
import type { Model } from './model.js';

const ZOOM_STEP = 1.5;

/** Does what a key or a button stands for. */
export function runCommand(command: Command, controller: Controller, model: Model): void {
  switch (command.do) {
    case 'togglePlay':
      controller.togglePlay();
      return;
    case 'playSegment':
      controller.playSegment();
      return;
    case 'toggleLoop':
      controller.toggleLoop();
      return;
    case 'toggleHelp':
      controller.toggleHelp();
      return;
    case 'escape':
      controller.toggleHelp(false);
      controller.editing.setRange(undefined);
      return;
    case 'seekBy':
      controller.seek(model.positionSeconds + command.seconds);
      return;
    case 'seekToStart':
      controller.seek(0);
      return;
    case 'seekToEnd':
      controller.seek(model.durationSeconds);
      return;
    case 'segmentInTime':
      controller.stepInTime(command.by);
      return;
    case 'segmentInList':
      controller.stepInList(command.by);
      return;
    case 'firstInList':
      controller.select(model.listed[0] ?? -1);
      return;
    case 'lastInList':
      controller.select(model.listed.at(-1) ?? -1);
      return;
    case 'zoomIn':
      controller.zoomBy(ZOOM_STEP);
      return;
    case 'zoomOut':
      controller.zoomBy(1 / ZOOM_STEP);
      return;
    case 'zoomFit':
      controller.zoomFit();
      return;
    case 'zoomSegment':
      controller.zoomSegment();
      return;
    case 'correct':
      controller.focusCorrection();
      return;
    case 'label':
      controller.editing.correctByIndex(command.index);
      return;
    case 'confirm':
      controller.editing.confirm();
      return;
    case 'nextLeastSure':
      controller.editing.nextLeastSure();
      return;
    case 'toggleReview':
      controller.editing.toggleReview();
      return;
    case 'split':
    case 'merge':
    case 'delete':
      controller.editing.editSelected(command.do);
      return;
    case 'rangeStart':
      controller.editing.setRangeEnd('start');
      return;
    case 'rangeEnd':
      controller.editing.setRangeEnd('end');
      return;
    case 'moveBoundary':
      controller.editing.moveBoundaryBy(command.side, command.bySeconds);
      return;
    case 'toggleSpectrogram':
      controller.toggleSpectrogram();
      return;
    case 'toggleFrequencyScale':
      if (model.hasSpectrogram) controller.toggleFrequencyScale();
      return;
    case 'toggleLanes':
      controller.toggleLanes();
      return;
    case 'stepLane':
      controller.stepLane(command.by);
      return;
  }
}
