using System.Text.Json;
using StreamActors.Broker.Coordinators.Groups;

namespace StreamActors.Broker.Tests.Coordinators;

public class GroupPartitionTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("my-consumer-group", 13)]
    [InlineData("größe", 7)]
    [InlineData("😀🚀", 16)]
    [InlineData("polygenelubricants", 0)]
    public void Of_fifty_partitions_it_chooses_the_one_that_clients_expect(string group, int partition) =>
        Assert.Equal(partition, GroupPartition.For(group, 50));

    [ReferenceFact]
    public void It_agrees_with_kafka()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ReferenceData.Folder!, "misc.json")));
        var checkedCount = 0;
        foreach (var each in document.RootElement.GetProperty("coordinatorPartition").EnumerateArray())
        {
            var id = each.GetProperty("id").GetString()!;
            Assert.Equal(each.GetProperty("hash").GetInt32(), GroupPartition.Hash(id));
            foreach (var count in each.GetProperty("partitions").EnumerateObject())
            {
                Assert.Equal(count.Value.GetInt32(), GroupPartition.For(id, int.Parse(count.Name)));
                checkedCount++;
            }
        }

        Assert.True(checkedCount > 10);
    }
}
