// A thread that shares a set with the one that started it (engine/team.js); started by start_peer.js alone.
import { parentPort } from 'node:worker_threads';

import { servePeer } from '../engine/peer.js';

parentPort.on('message', servePeer((message, transfer) => parentPort.postMessage(message, transfer)));
