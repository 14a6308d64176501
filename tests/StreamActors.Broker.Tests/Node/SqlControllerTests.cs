using StreamActors.Protocol;

namespace StreamActors.Broker.Tests.Node;

public class SqlControllerTests
{
    [Fact]
    public async Task The_same_controller_keeps_its_events_in_a_database_by_configuration_alone()
    {
        using var folder = new TempFolder();
        var connection = $"Data Source={Path.Combine(folder.Path, "controller.sqlite")}";
        var sql = $$"""
            akka.persistence.journal {
              plugin = "akka.persistence.journal.sql"
              sql { class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql", connection-string = "{{connection}}", provider-name = "SQLite.MS", auto-initialize = true }
            }
            akka.persistence.snapshot-store {
              plugin = "akka.persistence.snapshot-store.sql"
              sql { class = "Akka.Persistence.Sql.Snapshot.SqlSnapshotStore, Akka.Persistence.Sql", connection-string = "{{connection}}", provider-name = "SQLite.MS", auto-initialize = true }
            }
            """;
        TopicId topic;
        await using (var node = await TestNode.StartAsync(folder.Path, extraConfig: sql))
        {
            topic = await node.CreateTopicAsync("orders", 3);
            await TestNode.AppendAsync(await node.WakeAsync(topic), "first");
        }

        Assert.False(Directory.Exists(Path.Combine(folder.Path, "__cluster_metadata-0")));
        await using var again = await TestNode.StartAsync(folder.Path, extraConfig: sql);
        Assert.Equal(3, again.Runtime.Metadata.Current.Topic(topic)!.Partitions.Count);
        Assert.Equal(["first"], TestNode.ReadAll(await again.WakeAsync(topic)));
    }
}
