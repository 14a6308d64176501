using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Validation;

/// <summary>Stores a batch with another codec, where the topic's <c>compression.type</c> says so. All else stays.</summary>
internal static class Rewriting
{
    public static PooledBuffer Rewrite(OpenedBatch opened, CompressionCodec codec, int? level)
    {
        var header = opened.Batch.Header;
        using var builder = new RecordBatchBuilder
        {
            Codec = codec,
            CompressionLevel = level,
            PartitionLeaderEpoch = header.PartitionLeaderEpoch,
            ProducerId = header.ProducerId,
            ProducerEpoch = header.ProducerEpoch,
            BaseSequence = header.BaseSequence,
            IsTransactional = header.IsTransactional,
        };
        var records = opened.Read();
        // Offsets count up anew: in an uncompressed batch they need not have been in order.
        while (records.MoveNext()) builder.Append(records.Current.Timestamp, records.Current.Key, records.Current.Value, records.Current.Headers.ToArray());
        var buffer = new PooledBuffer(header.SizeInBytes);
        builder.BuildInto(buffer);
        return buffer;
    }
}
