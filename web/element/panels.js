// Everything of the element but its drop zone.
import { App } from '../page/app.js';
import { engine } from '../page/engine.js';
import { sample } from '../page/samples.js';

export const makeApp = (place, options) => new App(place, { engine, sample, ...options });
