using System.Buffers.Binary;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Tests.Wire;

public sealed class FramingTests
{
    [Fact]
    public void Records_elsewhere_are_inserted_where_they_belong()
    {
        var first = new Source(300);
        var second = new Source(70_000);
        FetchResponse Response(Func<Source, RecordsData> records) => new()
        {
            Responses =
            [
                new()
                {
                    TopicId = Guid.NewGuid(),
                    Partitions = [new() { Records = records(first) }, new() { PartitionIndex = 1, Records = records(second) }, new() { Records = RecordsData.Empty }],
                },
            ],
            NodeEndpoints = [new() { Host = new string('h', 200) }],
        };

        var elsewhere = Response(source => new RecordsData(source));
        var inMemory = Response(source => new RecordsData(source.Bytes));
        inMemory.Responses[0].TopicId = elsewhere.Responses[0].TopicId;
        var frame = ResponseFrame.Create(16, 42, elsewhere);
        using var whole = ResponseFrame.Create(16, 42, inMemory);
        Assert.Equal(2, frame.Inserts.Count);
        Assert.Empty(whole.Inserts);
        Assert.Equal(whole.Memory.Length, frame.TotalLength);
        Assert.Equal(whole.Memory.Length, frame.Memory.Length + 70_300);
        Assert.Equal(whole.ToArray(), frame.ToArray());
        Assert.Equal(frame.TotalLength - 4, BinaryPrimitives.ReadInt32BigEndian(frame.Memory.Span));
        Assert.Equal(WireWriter.ToArray(inMemory, 16), WireWriter.ToArray(elsewhere, 16));
        Assert.Equal(inMemory.Size(16), elsewhere.Size(16));
        frame.Dispose();
        Assert.True(first.IsDisposed && second.IsDisposed);
    }

    [Fact]
    public void A_request_of_an_unknown_API_still_has_a_header()
    {
        var reader = new WireReader(new byte[] { 0x7f, 0, 0, 0, 0, 0, 0, 9, 255, 255, 0 });
        var header = FrameHeaders.ReadRequestHeader(ref reader);
        Assert.Equal((0x7f00, 9, null), (header.RequestApiKey, header.CorrelationId, header.ClientId));
        Assert.Null(ApiKeys.Find(header.RequestApiKey));
    }

    [Fact]
    public void A_newer_version_of_ApiVersions_still_has_a_header()
    {
        var reader = new WireReader(new byte[] { 0, 18, 0, 99, 0, 0, 0, 9, 0, 1, (byte)'c', 0, 1, 2, 3 });
        var header = FrameHeaders.ReadRequestHeader(ref reader);
        Assert.Equal((99, "c"), (header.RequestApiVersion, header.ClientId));
        Assert.Equal(3, reader.Remaining);
    }

    private sealed class Source : RecordsSource, IDisposable
    {
        public Source(int length)
        {
            Bytes = new byte[length];
            new Random(length).NextBytes(Bytes);
        }

        public byte[] Bytes { get; }

        public bool IsDisposed { get; private set; }

        public override int Length => Bytes.Length;

        public override void CopyTo(int position, Span<byte> destination) => Bytes.AsSpan(position, destination.Length).CopyTo(destination);

        public void Dispose() => IsDisposed = true;
    }
}
