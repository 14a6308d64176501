using System.Security.Cryptography;
using System.Text.Json;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;
using Record = StreamActors.Protocol.Records.Record;

namespace StreamActors.Protocol.Tests.Records;

public sealed class GoldenBatchReadingTests
{
    private const int Plenty = 64 << 20;

    public static TheoryData<string> Readable => GoldenBatches.Names(b => b.Error is null && !b.Name.Contains("old-format", StringComparison.Ordinal));

    public static TheoryData<string> Wrong => GoldenBatches.Names(b => b.Error is not null);

    public static TheoryData<string> OldFormats => GoldenBatches.Names(b => b.Name.Contains("old-format", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Readable))]
    public void Reads_what_the_reference_reads(string name)
    {
        var golden = GoldenBatches.Get(name);
        var reader = new RecordBatchReader(golden.Bytes);
        foreach (var expected in golden.Batches)
        {
            Assert.True(reader.MoveNext(), $"{reader.Error}");
            AssertHeader(expected, reader.Current.Header);
            Assert.True(reader.Current.IsCrcValid);
            Assert.Equal(BatchError.None, reader.Current.Open(Plenty, out var opened));
            using (opened) AssertRecords(expected, opened.Read());
        }

        Assert.False(reader.MoveNext());
        var notRead = golden.Description.TryGetProperty("bytesNotRead", out var bytes) ? bytes.GetInt32() : 0;
        Assert.Equal(notRead, reader.Remaining);
        Assert.Equal(notRead == 0 ? BatchError.None : BatchError.Incomplete, reader.Error);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Refuses_what_the_reference_refuses(string name)
    {
        var golden = GoldenBatches.Get(name);
        var error = ReadAll(golden.Bytes);
        var expected = golden.Error switch
        {
            "CorruptRecordException" => error is BatchError.LengthTooSmall or BatchError.UnknownMagic or BatchError.OldMagic or BatchError.CrcMismatch,
            "InvalidRecordException" => error is BatchError.NegativeCount or BatchError.TooFewRecords or BatchError.TooManyRecords
                or BatchError.BadRecordFraming or BatchError.NullHeaderKey or BatchError.BadCompression,
            _ => error is not (BatchError.None or BatchError.CrcMismatch or BatchError.LengthTooSmall),
        };
        Assert.True(expected, $"{golden.Error} is read as {error}");
    }

    [Theory]
    [MemberData(nameof(OldFormats))]
    public void Knows_the_old_formats_but_does_not_read_them(string name) =>
        Assert.Equal(BatchError.OldMagic, ReadAll(GoldenBatches.Get(name).Bytes));

    [Theory]
    [MemberData(nameof(Readable))]
    public void Writes_what_it_has_read_so_that_it_reads_the_same(string name)
    {
        foreach (var expected in GoldenBatches.Get(name).Batches)
        {
            var reader = new RecordBatchReader(GoldenBatches.Get(name).Bytes.AsMemory(expected.GetProperty("position").GetInt32()));
            Assert.True(reader.MoveNext());
            var rebuilt = Rebuild(reader.Current);
            if (rebuilt is null) continue;
            var again = new RecordBatchReader(rebuilt);
            Assert.True(again.MoveNext());
            Assert.True(again.Current.IsCrcValid);
            Assert.Equal(BatchError.None, again.Current.Open(Plenty, out var opened));
            using (opened) AssertRecords(expected, opened.Read());
            if (again.Current.Header.Codec == CompressionCodec.None && IsCanonical(name)) Assert.Equal(reader.Current.Memory.ToArray(), rebuilt);
        }
    }

    [Theory]
    [InlineData("bad/bomb-gzip")]
    [InlineData("bad/bomb-lz4")]
    [InlineData("bad/bomb-zstd")]
    public void Stops_at_the_cap_where_a_small_batch_becomes_a_large_one(string name)
    {
        var reader = new RecordBatchReader(GoldenBatches.Get(name).Bytes);
        Assert.True(reader.MoveNext());
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(BatchError.TooLargeDecompressed, reader.Current.Open(1 << 20, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    private static bool IsCanonical(string name) => !name.StartsWith("bad/", StringComparison.Ordinal);

    private static BatchError ReadAll(byte[] bytes)
    {
        var reader = new RecordBatchReader(bytes);
        while (reader.MoveNext())
        {
            if (!reader.Current.IsCrcValid) return BatchError.CrcMismatch;
            var error = reader.Current.Open(Plenty, out var opened);
            if (error != BatchError.None) return error;
            using (opened)
            {
                var records = opened.Read();
                while (records.MoveNext())
                {
                }

                if (records.Error != BatchError.None) return records.Error;
            }
        }

        return reader.Error;
    }

    private static byte[]? Rebuild(RecordBatch batch)
    {
        var header = batch.Header;
        using var builder = new RecordBatchBuilder
        {
            BaseOffset = header.BaseOffset,
            PartitionLeaderEpoch = header.PartitionLeaderEpoch,
            ProducerId = header.ProducerId,
            ProducerEpoch = header.ProducerEpoch,
            BaseSequence = header.BaseSequence,
            IsTransactional = header.IsTransactional,
            IsControl = header.IsControl,
            Codec = header.Codec,
            TimestampType = header.Attributes.TimestampType,
            LogAppendTime = header.MaxTimestamp,
            DeleteHorizonMs = header.DeleteHorizonMs,
            LastOffsetDelta = header.LastOffsetDelta,
        };
        // Every record of such a batch has the same time; what their deltas were is gone.
        if (header.Attributes.TimestampType == TimestampType.LogAppendTime) return null;
        Assert.Equal(BatchError.None, batch.Open(Plenty, out var opened));
        using (opened)
        {
            var last = -1L;
            foreach (var record in All(opened.Read()))
            {
                if (record.Offset.Value <= last) return null;
                last = record.Offset.Value;
                if (record.Offset.Value < header.BaseOffset) return null;
                builder.AppendAt(record.Offset, record.Timestamp, record.Key, record.Value, record.Headers.ToArray());
            }
        }

        return header.Count == 0 ? null : builder.Build();
    }

    private static IEnumerable<Record> All(RecordReader reader)
    {
        while (reader.MoveNext()) yield return reader.Current;
        Assert.Equal(BatchError.None, reader.Error);
    }

    private static void AssertHeader(JsonElement expected, RecordBatchHeader header)
    {
        Assert.Equal(expected.GetProperty("size").GetInt32(), header.SizeInBytes);
        Assert.Equal(expected.GetProperty("magic").GetInt32(), header.Magic);
        Assert.Equal(expected.GetProperty("baseOffset").GetInt64(), header.BaseOffset);
        Assert.Equal(expected.GetProperty("lastOffset").GetInt64(), header.LastOffset);
        Assert.Equal(expected.GetProperty("nextOffset").GetInt64(), header.NextOffset);
        Assert.Equal(expected.GetProperty("partitionLeaderEpoch").GetInt32(), header.PartitionLeaderEpoch);
        Assert.Equal(expected.GetProperty("crc").GetUInt32(), header.Crc);
        Assert.Equal(expected.GetProperty("baseTimestamp").GetInt64(), header.BaseTimestamp);
        Assert.Equal(expected.GetProperty("maxTimestamp").GetInt64(), header.MaxTimestamp);
        Assert.Equal(expected.GetProperty("timestampType").GetString(), header.Attributes.TimestampType.ToString());
        Assert.Equal(expected.GetProperty("compression").GetString(), header.Codec.ToString().ToLowerInvariant());
        Assert.Equal(expected.GetProperty("producerId").GetInt64(), header.ProducerId);
        Assert.Equal(expected.GetProperty("producerEpoch").GetInt16(), header.ProducerEpoch);
        Assert.Equal(expected.GetProperty("baseSequence").GetInt32(), header.BaseSequence);
        Assert.Equal(expected.GetProperty("lastSequence").GetInt32(), header.LastSequence);
        Assert.Equal(expected.GetProperty("transactional").GetBoolean(), header.IsTransactional);
        Assert.Equal(expected.GetProperty("control").GetBoolean(), header.IsControl);
        Assert.Equal(expected.GetProperty("count").GetInt32(), header.Count);
        Assert.Equal(expected.TryGetProperty("deleteHorizonMs", out var horizon) ? horizon.GetInt64() : null, header.DeleteHorizonMs);
    }

    private static void AssertRecords(JsonElement batch, RecordReader reader)
    {
        foreach (var expected in batch.GetProperty("records").EnumerateArray())
        {
            Assert.True(reader.MoveNext(), $"{reader.Error}");
            var record = reader.Current;
            Assert.Equal(expected.GetProperty("offset").GetInt64(), record.Offset.Value);
            Assert.Equal(expected.GetProperty("timestamp").GetInt64(), record.Timestamp.Value);
            AssertBytes(expected.GetProperty("key"), record.Key);
            AssertBytes(expected.GetProperty("value"), record.Value);
            var headers = record.Headers.ToArray();
            Assert.Equal(expected.GetProperty("headers").GetArrayLength(), headers.Length);
            foreach (var (header, pair) in headers.Zip(expected.GetProperty("headers").EnumerateArray()))
            {
                Assert.Equal(pair[0].GetString(), header.Name);
                AssertBytes(pair[1], header.Value);
            }
        }

        Assert.False(reader.MoveNext());
        Assert.Equal(BatchError.None, reader.Error);
    }

    private static void AssertBytes(JsonElement expected, ReadOnlyMemory<byte>? actual)
    {
        if (expected.ValueKind == JsonValueKind.Null)
        {
            Assert.Null(actual);
            return;
        }

        Assert.NotNull(actual);
        if (expected.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal(expected.GetProperty("length").GetInt32(), actual.Value.Length);
            Assert.Equal(expected.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(actual.Value.Span)));
            return;
        }

        Assert.Equal(expected.GetBytesFromBase64(), actual.Value.ToArray());
    }
}
