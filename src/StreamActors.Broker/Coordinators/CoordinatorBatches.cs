using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

namespace StreamActors.Broker.Coordinators;

/// <summary>A decision's records as bytes for the log.</summary>
internal static class CoordinatorBatches
{
    /// <summary>As many batches as it takes for none to be above <paramref name="maxBatchBytes"/>; a single record may be.</summary>
    public static byte[] Build<TRecord>(IReadOnlyList<TRecord> records, ICoordinatorCodec<TRecord> codec, TimestampMs now, int maxBatchBytes)
    {
        // Of a record's framing no more is known than that it is smaller than this.
        const int framing = 32;
        using var builder = new RecordBatchBuilder();
        using var bytes = new PooledBuffer(512);
        foreach (var record in records)
        {
            var (key, value) = codec.Encode(record);
            if (builder.Count > 0 && builder.UncompressedSize + key.Length + (value?.Length ?? 0) + framing > maxBatchBytes)
            {
                builder.BuildInto(bytes);
                builder.Clear();
            }

            builder.Append(now, key, value is null ? default(ReadOnlyMemory<byte>?) : value);
        }

        builder.BuildInto(bytes);
        return bytes.Memory.ToArray();
    }
}
