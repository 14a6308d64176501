using System.Text;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Tests;

/// <summary>Batches for tests.</summary>
public static class Batches
{
    public static byte[] Of(int count, long timestamp = 1000, int valueBytes = 10, CompressionCodec codec = CompressionCodec.None)
    {
        using var builder = new RecordBatchBuilder { Codec = codec };
        Fill(builder, count, timestamp, valueBytes);
        return builder.Build();
    }

    public static byte[] OfProducer(long id, short epoch, int sequence, int count = 1, bool transactional = false, long timestamp = 1000)
    {
        using var builder = new RecordBatchBuilder { ProducerId = id, ProducerEpoch = epoch, BaseSequence = sequence, IsTransactional = transactional };
        Fill(builder, count, timestamp, 10);
        return builder.Build();
    }

    public static byte[] Marker(long id, short epoch, ControlRecordType type, int coordinatorEpoch = 0) =>
        ControlRecords.BuildMarker(new EndTransactionMarker(type, coordinatorEpoch), id, epoch, new TimestampMs(1000));

    private static void Fill(RecordBatchBuilder builder, int count, long timestamp, int valueBytes)
    {
        for (var i = 0; i < count; i++)
            builder.Append(new TimestampMs(timestamp + i), Encoding.UTF8.GetBytes($"k{i}"), Encoding.UTF8.GetBytes(new string('v', valueBytes)));
    }
}
