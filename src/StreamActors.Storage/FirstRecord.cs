using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage;

/// <summary>The first record that a reader would see, and of which producer's batch it is.</summary>
/// <param name="Timestamp">Of the record; <see cref="TimestampMs.None"/> where it has none.</param>
/// <param name="ProducerId">-1 for a producer that is neither idempotent nor in a transaction.</param>
public readonly record struct FirstRecord(Offset Offset, TimestampMs Timestamp, long ProducerId);

/// <summary>Looks for the first record at or behind an offset.</summary>
public static class FirstRecords
{
    /// <summary>Batches without records for readers (markers of transactions, what compaction has emptied) that are looked at before it gives up.</summary>
    private const int MaxBatches = 100;

    /// <summary>
    /// The first record at or behind an offset and below the high watermark. Null where there is none: markers of transactions are no records;
    /// and where what lies there cannot be read.
    /// </summary>
    /// <exception cref="IOException">The segment has just been deleted, or its disk fails.</exception>
    public static FirstRecord? FirstRecord(this LogView view, Offset from)
    {
        var offset = Offset.Max(from, view.LogStartOffset).Value;
        var left = MaxBatches;
        for (var index = view.IndexOf(offset); index <= view.SealedSegments.Length && offset < view.HighWatermark.Value; index++)
        {
            var segment = view.ViewOf(index);
            if (segment.Find(offset) is not { } first) continue;
            using var reader = new BatchFileReader(segment.Segment.File, first.Position, segment.Size);
            while (reader.MoveNext())
            {
                var header = reader.Current.Header;
                if (header.BaseOffset >= view.HighWatermark.Value || --left < 0) return null;
                if (header.Attributes.IsControl || header.Count == 0) continue;
                if (InBatch(reader.Current, offset) is { } found) return found;
            }
        }

        return null;
    }

    private static FirstRecord? InBatch(RecordBatch batch, long from)
    {
        if (!batch.IsCrcValid || batch.Open(LogView.LargestDecompressedBatch, out var opened) != BatchError.None) return null;
        using (opened)
        {
            var records = opened.Read();
            while (records.MoveNext())
            {
                if (records.Current.Offset.Value >= from) return new FirstRecord(records.Current.Offset, records.Current.Timestamp, batch.Header.ProducerId);
            }
        }

        return null;
    }
}
