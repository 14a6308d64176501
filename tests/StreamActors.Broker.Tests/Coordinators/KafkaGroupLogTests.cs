using System.IO.Compression;
using System.Text.Json;
using StreamActors.Broker.Coordinators;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;

namespace StreamActors.Broker.Tests.Coordinators;

public class KafkaGroupLogTests
{
    [ReferenceFact]
    public void Classic_groups_and_offsets_in_a_log_that_kafka_wrote_are_as_kafka_tells_them()
    {
        var root = Path.Combine(ReferenceData.Folder!, "logdir");
        var folders = Directory.GetDirectories(Path.Combine(root, "data"), "__consumer_offsets-*");
        var shards = new GroupShard[folders.Length];
        foreach (var folder in folders)
        {
            var shard = new GroupShard(new GroupSettings(), () => Guid.Empty, new GroupTopics());
            var replay = new CoordinatorReplay<GroupCommand, GroupRecord>(shard, GroupRecordCodec.Instance);
            foreach (var segment in Directory.GetFiles(folder, "*.log").Order(StringComparer.Ordinal)) replay.Apply(File.ReadAllBytes(segment));
            Assert.True(replay.Applied > 0);
            shard.Loaded(new TimestampMs(0));
            shards[int.Parse(folder[(folder.LastIndexOf('-') + 1)..])] = shard;
        }

        using var listing = JsonDocument.Parse(Unzipped(Path.Combine(root, "listing.json.gz")));
        var classic = listing.RootElement.GetProperty("groups").EnumerateObject().Where(each => each.Value.GetProperty("type").GetString() == "Classic").ToList();
        Assert.True(classic.Count >= 4);
        foreach (var expected in classic)
        {
            var group = shards[GroupPartition.For(expected.Name, shards.Length)].Find(expected.Name);
            Assert.NotNull(group);
            Assert.Equal(expected.Value.GetProperty("state").GetString(), group.Members.State.ToString());
            Assert.Equal(expected.Value.GetProperty("protocol").GetString(), group.Members.ProtocolType ?? "");
            var offsets = expected.Value.GetProperty("offsets").EnumerateArray().Select(each =>
                $"{each.GetProperty("topic").GetString()}-{each.GetProperty("partition").GetInt32()} {each.GetProperty("offset").GetInt64()} "
                + $"{(each.GetProperty("leaderEpoch") is { ValueKind: JsonValueKind.Number } epoch ? epoch.GetInt32() : -1)} {each.GetProperty("metadata").GetString()}");
            Assert.Equal(
                offsets.Order(StringComparer.Ordinal),
                group.Offsets.All.Select(each => $"{each.Partition} {each.Offset.Offset} {each.Offset.LeaderEpoch} {each.Offset.Metadata}").Order(StringComparer.Ordinal));
        }
    }

    private static byte[] Unzipped(string path)
    {
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }
}
