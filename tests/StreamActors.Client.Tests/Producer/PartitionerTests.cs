using System.Collections.Immutable;
using System.Text.Json;
using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Client.Metadata;
using StreamActors.Client.Producer;
using StreamActors.Protocol;

namespace StreamActors.Client.Tests.Producer;

public sealed class PartitionerTests
{
    [Fact]
    public void Keys_fall_into_the_partitions_that_the_Java_client_chooses()
    {
        using var stream = typeof(PartitionerTests).Assembly.GetManifestResourceStream("murmur2.json")!;
        using var vectors = JsonDocument.Parse(stream);
        var count = 0;
        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var key = vector.GetProperty("key").GetBytesFromBase64();
            Assert.Equal(vector.GetProperty("hash").GetInt32(), Murmur2.Hash(key));
            foreach (var partition in vector.GetProperty("partitions").EnumerateObject())
                Assert.Equal(partition.Value.GetInt32(), Murmur2.Partition(key, int.Parse(partition.Name)));
            count++;
        }

        Assert.Equal(94, count);
    }

    [Fact]
    public void Records_without_a_key_stay_for_a_batch_and_then_move_to_a_partition_that_has_a_leader()
    {
        var options = new KafkaClientOptions { BootstrapServers = [new BrokerAddress("none", 1)], Random = new Random(3) };
        var sticky = new StickyPartitioner(new Backoff(options), stickyBytes: 1000);
        var topic = new TopicMetadata("t", TopicId.Zero, ErrorCode.None, false, [.. Enumerable.Range(0, 6).Select(i => Partition(i, leader: i == 4 ? -1 : 1))]);

        var chosen = Enumerable.Range(0, 500).Select(_ => sticky.Choose(topic, recordBytes: 100)).ToArray();

        Assert.All(chosen.Chunk(10), chunk => Assert.Single(chunk.Distinct()));
        Assert.Equal([0, 1, 2, 3, 5], chosen.Distinct().Order());
    }

    private static PartitionMetadata Partition(int index, int leader) => new(
        index, ErrorCode.None, new BrokerId(leader), new LeaderEpoch(0), ImmutableArray<BrokerId>.Empty, ImmutableArray<BrokerId>.Empty, ImmutableArray<BrokerId>.Empty);
}
