using System.Text.Json;
using Hangfire.Storage;

namespace JobServer.IntegrationTests.BatchedStorage.Monitoring;

/// <summary>All that the dashboard asks a storage for, each answer as text.</summary>
internal static class DashboardPages
{
    private const int Page = 7;

    public static SortedDictionary<string, string> Of(IMonitoringApi monitor, IReadOnlyCollection<string> jobs)
    {
        var pages = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["statistics"] = Text(monitor.GetStatistics()),
            ["servers"] = Text(monitor.Servers()),
            ["queues"] = Text(monitor.Queues()),
            ["scheduled"] = Text(monitor.ScheduledCount()),
            ["failed"] = Text(monitor.FailedCount()),
            ["processing"] = Text(monitor.ProcessingCount()),
            ["succeeded"] = Text(monitor.SucceededListCount()),
            ["deleted"] = Text(monitor.DeletedListCount()),
            // Their keys are times of now.
            ["succeeded by date"] = Text(monitor.SucceededByDatesCount().Values),
            ["failed by date"] = Text(monitor.FailedByDatesCount().Values),
            ["succeeded by hour"] = Text(monitor.HourlySucceededJobs().Values),
            ["failed by hour"] = Text(monitor.HourlyFailedJobs().Values),
        };
        for (var from = 0; from < 3 * Page; from += Page)
        {
            pages[$"scheduled {from}"] = Text(monitor.ScheduledJobs(from, Page));
            pages[$"failed {from}"] = Text(monitor.FailedJobs(from, Page));
            pages[$"processing {from}"] = Text(monitor.ProcessingJobs(from, Page));
            pages[$"succeeded {from}"] = Text(monitor.SucceededJobs(from, Page));
            pages[$"deleted {from}"] = Text(monitor.DeletedJobs(from, Page));
            foreach (var queue in MonitoringActions.Queues.Append("none"))
            {
                pages[$"{queue} enqueued {from}"] = Text(monitor.EnqueuedJobs(queue, from, Page));
                pages[$"{queue} fetched {from}"] = Text(monitor.FetchedJobs(queue, from, Page));
            }
        }

        foreach (var queue in MonitoringActions.Queues.Append("none"))
            pages[$"{queue} counts"] = $"{monitor.EnqueuedCount(queue)} {monitor.FetchedCount(queue)}";
        foreach (var job in jobs)
            pages[$"job {job}"] = Text(monitor.JobDetails(job));
        return pages;
    }

    // Types and methods of jobs are no data; their text is.
    private static string Text(object? value) =>
        Newtonsoft.Json.JsonConvert.SerializeObject(
            value,
            new Newtonsoft.Json.JsonSerializerSettings { Converters = { new JobText() } }
        );

    private sealed class JobText : Newtonsoft.Json.JsonConverter<Hangfire.Common.Job>
    {
        public override void WriteJson(
            Newtonsoft.Json.JsonWriter writer,
            Hangfire.Common.Job? value,
            Newtonsoft.Json.JsonSerializer serializer
        ) => writer.WriteValue($"{value} {JsonSerializer.Serialize(value?.Args)}");

        public override Hangfire.Common.Job ReadJson(
            Newtonsoft.Json.JsonReader reader,
            Type objectType,
            Hangfire.Common.Job? existingValue,
            bool hasExistingValue,
            Newtonsoft.Json.JsonSerializer serializer
        ) => throw new NotSupportedException();
    }
}
