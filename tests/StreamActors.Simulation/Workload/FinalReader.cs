using StreamActors.Client;
using StreamActors.Client.Consumer;
using StreamActors.Client.Errors;
using StreamActors.Protocol;

namespace StreamActors.Simulation.Workload;

/// <summary>Reads every partition from its beginning to its end: the logs as they are when all is over.</summary>
internal static class FinalReader
{
    private const string Name = "final reader";

    public static async Task ReadAsync(
        KafkaClientOptions client, IEnumerable<WorkloadTopic> topics, History history, Dictionary<TopicPartition, List<string>> logs)
    {
        await using var consumer = new KafkaConsumer(client, new ConsumerOptions { OffsetReset = OffsetReset.None });
        foreach (var partition in topics.SelectMany(topic => topic.All)) await ReadAsync(consumer, partition, history, logs[partition] = []);
    }

    private static async Task ReadAsync(KafkaConsumer consumer, TopicPartition partition, History history, List<string> log)
    {
        consumer.Assign(partition, StartPosition.At(Offset.Zero));
        while (true)
        {
            try
            {
                var records = await consumer.PollAsync(TimeSpan.FromSeconds(5));
                // The high watermark alone does not tell the end: after a start it is behind until what was recovered is synced.
                if (records.Count == 0 && consumer.HighWatermark(partition) is { } end && log.Count >= end.Value) return;
                foreach (var record in records)
                {
                    history.Consumes(Name, record);
                    if (history.Violation is not null) return;
                    if (record.Offset.Value != log.Count) history.Violates($"{partition} has no offset {log.Count}: {record.Offset} follows");
                    log.Add(Payload.NameOf(record.Value.GetValueOrDefault().Span)!);
                }
            }
            catch (KafkaException e) when (e.Kind != ErrorKind.Retriable || e.Code == ErrorCode.CorruptMessage)
            {
                history.Violates($"{partition} cannot be read at {log.Count}: {e.Message}");
                return;
            }
        }
    }
}
