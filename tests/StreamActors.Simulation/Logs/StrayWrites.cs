using System.Text;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Producers;

namespace StreamActors.Simulation.Logs;

/// <summary>
/// Tells which writes that went astray a reader could notice. Kafka's batches and files do not say of which partition they are: where a whole one lands in the place of
/// another, or only those few bytes change that no CRC covers, it is as good as what was there.
/// </summary>
internal static class StrayWrites
{
    public static bool CanBeNoticed(string path, byte[] before, byte[] after)
    {
        if (path.Contains(".log", StringComparison.Ordinal)) return !HasOtherBatch(before, after);
        if (path.Contains(".snapshot", StringComparison.Ordinal)) return ProducerSnapshot.Parse(after) is null;
        return path.Contains("index", StringComparison.Ordinal) || !IsSealed(after);
    }

    /// <summary>Whether there is a batch now, whole and with a good CRC, that is not the one that was there.</summary>
    private static bool HasOtherBatch(byte[] before, byte[] after)
    {
        for (var at = 0; at + RecordBatchHeader.Size <= after.Length; at++)
        {
            if (RecordBatchReader.Check(after.AsSpan(at), out var size) == BatchError.None && new RecordBatch(after.AsMemory(at, size)).IsCrcValid
                && !before.AsSpan(at).StartsWith(after.AsSpan(at, size)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSealed(byte[] text)
    {
        var lines = Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length > 2 && lines.Skip(2).All(line => LineSeal.Open(line) is { } open && open.Length < line.Length);
    }
}
