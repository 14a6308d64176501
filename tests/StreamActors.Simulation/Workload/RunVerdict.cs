using StreamActors.Protocol;

namespace StreamActors.Simulation.Workload;

/// <summary>Holds what clients saw in a run against the logs as they are in the end.</summary>
internal static class RunVerdict
{
    /// <param name="logs">For each partition the names of its records, by offset from 0.</param>
    /// <returns>What is wrong; null where nothing is.</returns>
    public static string? Of(History history, IReadOnlyDictionary<TopicPartition, List<string>> logs, int powerLosses) =>
        history.Violation ?? Losses(history, logs, powerLosses) ?? logs.Select(log => Repeats(history, log.Key, log.Value)).FirstOrDefault(wrong => wrong is not null);

    /// <summary>What was acknowledged as flushed is there, where it was said to be; of the rest what was acknowledged since the power was last lost.</summary>
    private static string? Losses(History history, IReadOnlyDictionary<TopicPartition, List<string>> logs, int powerLosses)
    {
        foreach (var record in history.Sent)
        {
            if (record.AckedAt is not { } offset) continue;
            if (!history.IsFlushed(record.Partition) && record.AckedAfterLosses != powerLosses) continue;
            var log = logs[record.Partition];
            if (offset.Value >= log.Count) return $"{record.Name} was acknowledged at {record.Partition} offset {offset}, but the log ends at {log.Count}";
            if (log[(int)offset.Value] != record.Name)
                return $"{record.Name} was acknowledged at {record.Partition} offset {offset}, where {log[(int)offset.Value]} is now";
        }

        return null;
    }

    /// <summary>A producer's records are in the order in which it sent them, and once only where it is idempotent and the log keeps what it acknowledges.</summary>
    private static string? Repeats(History history, TopicPartition partition, List<string> log)
    {
        var sent = history.Sent.Where(record => record.Partition == partition).ToDictionary(record => record.Name, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var offset = 0; offset < log.Count; offset++)
        {
            var record = sent[log[offset]];
            if (!seen.Add(record.Name))
            {
                if (record.IsIdempotent && history.IsFlushed(partition)) return $"{record.Name} is in {partition} twice, again at offset {offset}";
                continue;
            }

            if (last.TryGetValue(record.Producer, out var before) && before > record.Number)
                return $"{record.Name} is in {partition} at offset {offset}, behind number {before} of its producer";
            last[record.Producer] = record.Number;
        }

        return null;
    }
}
