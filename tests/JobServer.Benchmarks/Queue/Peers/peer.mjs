// A queue of another kind as a contender: one command a line of standard input, one answer in JSON a line of standard
// output, until the input ends. `node peer.mjs NAME CONNECTION`.
import { createInterface } from "node:readline";
import { graphile } from "./graphile.mjs";
import { pgboss } from "./pgboss.mjs";

const [name, connection] = process.argv.slice(2);
const kinds = {
  graphile: () => graphile(connection, {}),
  // As in its documentation's own benchmark.
  graphileBatch: () =>
    graphile(connection, { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }),
  pgboss: () => pgboss(connection, { loops: 20, batchSize: 1 }),
  pgbossBatch: () => pgboss(connection, { loops: 4, batchSize: 100 }),
};

const callers = 8;
const now = () => performance.timeOrigin + performance.now();
const peer = await kinds[name]();
let waits = [];
let left = 0;
let drained;

function onJob(at) {
  if (at > 0) waits.push(now() - at);
  else if (--left === 0) drained();
}

async function timed(items, run) {
  const cpu = process.cpuUsage();
  const clock = performance.now();
  await run();
  const seconds = (performance.now() - clock) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6, items };
}

async function enqueue(count) {
  let next = 0;
  const caller = async () => {
    while (next++ < count) await peer.add(0);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

async function drain(count) {
  left = count;
  const all = new Promise((resolve) => (drained = resolve));
  await peer.start(onJob);
  await all;
  await peer.empty();
}

// Jobs at an even pace, whatever the answers take.
async function produce(count, perSecond) {
  const start = performance.now();
  const sent = [];
  for (let n = 0; n < count; n++) {
    const rest = start + (n * 1000) / perSecond - performance.now();
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    sent.push(peer.add(now()));
  }
  await Promise.all(sent);
}

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

async function answer(verb, count, perSecond) {
  switch (verb) {
    case "prepare":
      return timed(0, () => peer.prepare());
    case "enqueue":
      return timed(count, () => enqueue(count));
    case "bulk":
      return timed(count, () => peer.addAll(count));
    case "drain": {
      const run = await timed(count, () => drain(count));
      await peer.stop();
      return run;
    }
    case "work":
      return timed(0, () => peer.work(onJob));
    case "busy":
      return timed(0, () => peer.busy(onJob));
    case "produce":
      return timed(count, () => produce(count, perSecond));
    case "report": {
      while (waits.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
      const sorted = waits.sort((a, b) => a - b);
      waits = [];
      return {
        items: sorted.length,
        p50Ms: percentile(sorted, 0.5),
        p99Ms: percentile(sorted, 0.99),
      };
    }
    default:
      throw new Error(`no command '${verb}'`);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...numbers] = line.split(" ");
  try {
    console.log(JSON.stringify(await answer(verb, ...numbers.map(Number))));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.stack ?? error) }));
  }
}

await peer.end();
process.exit(0);
