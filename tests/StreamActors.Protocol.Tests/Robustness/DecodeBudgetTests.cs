using System.Buffers.Binary;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Tests.Robustness;

/// <summary>What a frame may cost in memory (docs/design/limits.md).</summary>
public sealed class DecodeBudgetTests
{
    private const int Large = 50 << 20;

    [Fact]
    public void Millions_of_small_structs_are_refused_before_anything_is_allocated()
    {
        // DescribeLogDirs: a topic with an empty name and no partitions takes three bytes.
        var frame = new byte[Large];
        Varint.Write(frame, (uint)((Large - 8) / 3));
        frame.AsSpan(4).Fill(1);
        AssertRefused(frame, 1 << 20, static (ref WireReader reader) => DescribeLogDirsRequest.Read(ref reader, 4));
    }

    [Fact]
    public void Millions_of_empty_strings_are_refused_before_anything_is_allocated()
    {
        var frame = new byte[Large];
        BinaryPrimitives.WriteInt32BigEndian(frame, (Large - 8) / 2);
        AssertRefused(frame, 1 << 20, static (ref WireReader reader) => DescribeGroupsRequest.Read(ref reader, 0));
    }

    [Fact]
    public void Millions_of_unknown_tagged_fields_are_refused_within_the_ceiling()
    {
        var frame = new byte[Large];
        var at = Varint.Write(frame, (uint)((Large - 8) / 2));
        frame.AsSpan(at).Clear();
        AssertRefused(frame, DecodeBudget.Ceiling, static (ref WireReader reader) =>
        {
            reader.Begin(0, 0, 0, flexibleSince: 0);
            reader.ReadUnknownTags();
        });
    }

    [Fact]
    public void Many_small_lists_in_many_structs_are_refused_within_twice_the_ceiling()
    {
        // CreatePartitions: each of many topics names one broker, over and over.
        var request = new CreatePartitionsRequest();
        for (var i = 0; i < 50_000; i++) request.Topics.Add(new() { Name = "t", Assignments = [] });
        foreach (var topic in request.Topics)
        {
            for (var i = 0; i < 100; i++) topic.Assignments!.Add(new() { BrokerIds = [1] });
        }

        var frame = WireWriter.ToArray(request, 2);
        AssertRefused(frame, 2 * DecodeBudget.Ceiling, static (ref WireReader reader) => CreatePartitionsRequest.Read(ref reader, 2));
    }

    [Fact]
    public void Small_frames_cost_no_more_than_the_floor()
    {
        var frame = new byte[30_000];
        Varint.Write(frame, (uint)(frame.Length - 8) / 3);
        frame.AsSpan(2).Fill(1);
        frame[1] = 0x4E;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reader = new WireReader(frame);
        Assert.ThrowsAny<FormatException>(() => DescribeLogDirs(frame));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2 * DecodeBudget.For(frame.Length));
        Assert.Equal(0, reader.Position);
    }

    [Fact]
    public void A_hundred_thousand_partitions_are_a_request_like_any_other()
    {
        var fetch = new FetchRequest { Topics = [new() { TopicId = Guid.NewGuid() }] };
        var produce = new ProduceRequest { TopicData = [new() { Name = "t" }] };
        var metadata = new MetadataResponse { Topics = [new() { Name = "t" }] };
        var create = new CreatePartitionsRequest { Topics = [new() { Name = "t", Assignments = [] }] };
        var records = new RecordsData(new byte[61]);
        for (var i = 0; i < 100_000; i++)
        {
            fetch.Topics[0].Partitions.Add(new() { Partition = i });
            produce.TopicData[0].PartitionData.Add(new() { Index = i, Records = records });
            metadata.Topics[0].Partitions.Add(new() { PartitionIndex = i, ReplicaNodes = [1], IsrNodes = [1] });
            create.Topics[0].Assignments!.Add(new() { BrokerIds = [1] });
        }

        Assert.Equal(100_000, Again(fetch, 17).Topics[0].Partitions.Count);
        Assert.Equal(100_000, Again(produce, 12).TopicData[0].PartitionData.Count);
        Assert.Equal(100_000, Again(metadata, 13).Topics[0].Partitions.Count);
        Assert.Equal(100_000, Again(create, 3).Topics[0].Assignments!.Count);
    }

    [Fact]
    public void A_hundred_thousand_topics_of_one_partition_are_a_request_like_any_other()
    {
        var fetch = new FetchRequest();
        var metadata = new MetadataRequest { Topics = [] };
        for (var i = 0; i < 100_000; i++)
        {
            fetch.Topics.Add(new() { TopicId = Guid.NewGuid(), Partitions = [new() { Partition = 0 }] });
            metadata.Topics.Add(new() { Name = $"t{i}" });
        }

        Assert.Equal(100_000, Again(fetch, 18).Topics.Count);
        Assert.Equal(100_000, Again(metadata, 1).Topics!.Count);
    }

    [Fact]
    public void Offsets_of_thousands_of_groups_are_a_request_like_any_other()
    {
        var request = new OffsetFetchRequest();
        for (var i = 0; i < 5_000; i++)
        {
            request.Groups.Add(new() { GroupId = $"g{i}", Topics = [new() { Name = "t", PartitionIndexes = [.. Enumerable.Range(0, 20)] }] });
        }

        Assert.Equal(5_000, Again(request, 9).Groups.Count);
    }

    private static T Again<T>(T message, short version)
        where T : IApiMessage<T>
    {
        var reader = new WireReader(WireWriter.ToArray(message, version));
        var read = T.Read(ref reader, version);
        reader.ExpectEnd();
        return read;
    }

    private delegate void Read(ref WireReader reader);

    private static void DescribeLogDirs(byte[] frame)
    {
        var reader = new WireReader(frame);
        DescribeLogDirsRequest.Read(ref reader, 4);
        reader.ExpectEnd();
    }

    private static void AssertRefused(byte[] frame, long allocated, Read read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        WireError? error = null;
        try
        {
            var reader = new WireReader(frame);
            read(ref reader);
        }
        catch (WireFormatException refused)
        {
            error = refused.Error;
        }

        Assert.Equal(WireError.TooManyElements, error);
        var spent = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(spent <= allocated, $"{spent} bytes were allocated");
    }
}
