/** All tests in one process: they share one demo. */
import { after } from 'node:test';
import { demo } from './world.js';
import './app.js';
import './human.js';
import './readme.js';
import './transport.js';
import './verify.js';

after(() => demo.stop());
