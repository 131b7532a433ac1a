import { makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const silent = { debug() {}, info() {}, warn: console.error, error: console.error };

/** graphile-worker with the worker settings of its documentation's benchmark, and what is added to them. */
export async function graphile(connection, batching) {
  const pool = new pg.Pool({ connectionString: connection, max: 25 });
  pool.on("error", console.error);
  pool.on("connect", (client) => client.on("error", console.error));
  const utils = await makeWorkerUtils({ pgPool: pool, logger: quiet() });
  let runner;
  const start = async (onJob) => {
    runner = await run({
      pgPool: pool,
      noHandleSignals: true,
      logger: quiet(),
      taskList: { job: ({ at }) => onJob(at) },
      preset: { worker: { concurrentJobs: 24, maxPoolSize: 25, ...batching } },
    });
  };
  return {
    prepare: () => utils.migrate(),
    add: (at) => utils.addJob("job", { n: 1, at }),
    addAll: (count) =>
      pool.query(
        `select count(*) from graphile_worker.add_jobs(array(
          select row('job', json_build_object('n', n, 'at', 0), null, null, null, null, null, null)
            ::graphile_worker.job_spec
          from generate_series(1, $1::int) n))`,
        [count],
      ),
    start,
    work: start,
    busy: async () => {},
    async empty() {
      while ((await pool.query("select exists (select from graphile_worker._private_jobs) as any")).rows[0].any)
        await new Promise((resolve) => setTimeout(resolve, 2));
    },
    stop: () => runner.stop(),
    async end() {
      await runner?.stop().catch(() => {});
      await utils.release();
      await pool.end();
    },
  };
}

function quiet() {
  const scoped = { scope: () => scoped, ...silent };
  return scoped;
}
