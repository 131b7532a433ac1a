"""Fetches the URLs of a manifest with asyncio and aiohttp, keeps the parsed bodies in a list, and times itself.

asyncio_fetch.py MANIFEST CONCURRENCY prints one line of JSON. A line of the manifest is URL, length and id, tabs between.
"""

import asyncio
import json
import resource
import sys
import time

import aiohttp


async def fetch_all(urls, concurrency):
    semaphore = asyncio.Semaphore(concurrency)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:

        async def fetch(url):
            async with semaphore:
                async with session.get(url) as response:
                    response.raise_for_status()
                    return await response.json()

        return await asyncio.gather(*(fetch(url) for url in urls))


def main(manifest, concurrency):
    with open(manifest, encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    urls = [row[0] for row in rows]

    cpu_before = time.process_time()
    started = time.perf_counter()
    error = None
    results = []
    try:
        results = asyncio.run(fetch_all(urls, concurrency))
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as fault:
        error = repr(fault)
    seconds = time.perf_counter() - started
    cpu_seconds = time.process_time() - cpu_before

    expected = [int(row[2]) for row in rows]
    if error is None and [result["id"] for result in results] != expected:
        error = "a body is not that of its URL"
    # ru_maxrss is in KiB, on macOS in bytes.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpuSeconds": cpu_seconds,
                "peakRssMib": peak,
                "items": len(results),
                "error": error,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
