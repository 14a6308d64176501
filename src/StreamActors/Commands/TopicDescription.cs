using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using StreamActors.Client.Admin;
using StreamActors.Client.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Commands;

/// <summary>A topic as <c>topic describe</c> shows it.</summary>
internal sealed record TopicDescription(TopicMetadata Topic, IReadOnlyList<ConfigEntry> Configs)
{
    private static readonly string[] PartitionColumns = ["partition", "leader", "leaderEpoch", "replicas", "inSyncReplicas", "offlineReplicas"];

    public void WriteTable(TextWriter output)
    {
        output.WriteLine($"{Topic.Name}  id={Topic.TopicId}  partitions={Topic.Partitions.Length}{(Topic.IsInternal ? "  internal" : "")}");
        ListOutput.Write(output, OutputFormat.Table, PartitionColumns, Topic.Partitions.Select(p => new object?[]
        {
            p.Index, p.Leader.Value < 0 ? null : p.Leader.Value, p.LeaderEpoch.Value, Texts(p.Replicas), Texts(p.InSyncReplicas), Texts(p.OfflineReplicas),
        }));
        if (Configs.Count > 0)
            ListOutput.Write(output, OutputFormat.Table, ["setting", "value", "source"], Configs.Select(c => new object?[] { c.Name, Value(c), Source(c) }));
        output.WriteLine();
    }

    /// <summary>An array of topics, each with its partitions and settings.</summary>
    public static void WriteJson(TextWriter output, IReadOnlyList<TopicDescription> topics)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (var topic in topics) topic.WriteTo(json);
            json.WriteEndArray();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", Topic.Name);
        json.WriteString("topicId", Topic.TopicId.ToString());
        json.WriteBoolean("internal", Topic.IsInternal);
        json.WriteStartArray("partitions");
        foreach (var partition in Topic.Partitions)
        {
            json.WriteStartObject();
            json.WriteNumber("partition", partition.Index);
            json.WriteNumber("leader", partition.Leader.Value);
            json.WriteNumber("leaderEpoch", partition.LeaderEpoch.Value);
            WriteBrokers(json, "replicas", partition.Replicas);
            WriteBrokers(json, "inSyncReplicas", partition.InSyncReplicas);
            WriteBrokers(json, "offlineReplicas", partition.OfflineReplicas);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("configs");
        foreach (var config in Configs)
        {
            json.WriteStartObject();
            json.WriteString("name", config.Name);
            json.WriteString("value", config.Value);
            json.WriteString("source", Source(config));
            json.WriteBoolean("readOnly", config.IsReadOnly);
            json.WriteBoolean("sensitive", config.IsSensitive);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBrokers(Utf8JsonWriter json, string name, ImmutableArray<BrokerId> brokers)
    {
        json.WriteStartArray(name);
        foreach (var broker in brokers) json.WriteNumberValue(broker.Value);
        json.WriteEndArray();
    }

    private static string[] Texts(ImmutableArray<BrokerId> brokers) => [.. brokers.Select(b => b.ToString())];

    private static string? Value(ConfigEntry config) => config.IsSensitive ? "(sensitive)" : config.Value;

    private static string Source(ConfigEntry config) => config.Source switch
    {
        ConfigSource.DynamicTopic => "topic",
        ConfigSource.DynamicBroker or ConfigSource.DynamicDefaultBroker => "broker, dynamic",
        ConfigSource.StaticBroker => "broker",
        ConfigSource.Default => "default",
        _ => config.Source.ToString().ToLowerInvariant(),
    };
}
