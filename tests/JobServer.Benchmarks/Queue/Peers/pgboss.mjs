import { PgBoss } from "pg-boss";

const queue = "jobs";

/**
 * pg-boss. Drained by loops of fetch and complete, since its own workers rest for half a second between fetches of one;
 * for latencies while idle its workers, woken by NOTIFY.
 */
export async function pgboss(connection, { loops, batchSize }) {
  const boss = new PgBoss({
    connectionString: connection,
    max: 25,
    useListenNotify: true,
    supervise: false,
    schedule: false,
  });
  boss.on("error", (error) => console.error(error));
  let running = false;
  let all = [];

  async function loop(onJob) {
    while (running) {
      const jobs = await boss.fetch(queue, { batchSize });
      if (jobs.length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      const ids = jobs.map((job) => job.id);
      await boss.complete(queue, ids);
      jobs.forEach((job) => onJob(job.data.at));
    }
  }

  function start(onJob) {
    running = true;
    all = Array.from({ length: loops }, () => loop(onJob));
  }

  return {
    async prepare() {
      await boss.start();
      if (!(await boss.getQueue(queue))) await boss.createQueue(queue, { notify: true });
    },
    add: (at) => boss.send(queue, { n: 1, at }),
    async addAll(count) {
      for (let sent = 0; sent < count; sent += 1000)
        await boss.insert(
          queue,
          Array.from({ length: Math.min(1000, count - sent) }, (_, n) => ({ data: { n: sent + n, at: 0 } })),
        );
    },
    start: async (onJob) => start(onJob),
    work: (onJob) =>
      boss.work(queue, { batchSize, localConcurrency: loops, pollingIntervalSeconds: 0.5 }, async (jobs) =>
        jobs.forEach((job) => onJob(job.data.at)),
      ),
    async busy(onJob) {
      await boss.offWork(queue);
      start(onJob);
    },
    // A job counts once it is completed.
    empty: async () => {},
    async stop() {
      running = false;
      await Promise.all(all);
    },
    async end() {
      await this.stop();
      await boss.stop({ graceful: false });
    },
  };
}
