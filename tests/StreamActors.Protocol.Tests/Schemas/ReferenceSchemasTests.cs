using System.Globalization;
using System.Text.Json;
using StreamActors.Protocol.Generator.Schema;
using Xunit.Abstractions;

namespace StreamActors.Protocol.Tests.Schemas;

/// <summary>Holds our schemas against Kafka's, field by field.</summary>
public sealed class ReferenceSchemasTests(ITestOutputHelper output)
{
    // Of no use to a broker that is not that very implementation: its quorum's file, its streams library's user data, its remote log's topic.
    private static readonly string[] LeftOut =
    [
        "QuorumStateData", "SubscriptionInfoData", "RemoteLogSegmentMetadataRecord", "RemoteLogSegmentMetadataUpdateRecord",
        "RemotePartitionDeleteMetadataRecord", "RemoteLogSegmentMetadataSnapshotRecord",
    ];

    // Records of our own controller and APIs of our own, which Kafka does not have.
    private static readonly string[] OurOwn = ["ClusterRecord", "DescribeGroupProgressRequest", "DescribeGroupProgressResponse"];

    [ReferenceFact]
    public void Our_schemas_say_what_Kafkas_say()
    {
        var ours = SchemaSources.Messages.ToDictionary(message => message.Name, StringComparer.Ordinal);
        var differences = new List<string>();
        var compared = 0;
        foreach (var reference in References())
        {
            var name = reference.GetProperty("name").GetString()!;
            if (LeftOut.Contains(name, StringComparer.Ordinal)) continue;
            if (!ours.Remove(name, out var message)) differences.Add($"{name}: we have no such message");
            else differences.AddRange(new Comparison(message, reference).Differences().Select(difference => $"{name}: {difference}"));
            compared++;
        }

        output.WriteLine($"{compared} schemas compared");
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Empty(ours.Keys.Except(OurOwn, StringComparer.Ordinal));
        Assert.True(compared >= 267, $"{compared} schemas");
    }

    private static IEnumerable<JsonElement> References()
    {
        var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
        foreach (var folder in new[] { "clients", "records", "metadata" })
        {
            foreach (var path in Directory.EnumerateFiles(Path.Combine(ReferenceFactAttribute.Folder!, folder), "*.json"))
            {
                using var document = JsonDocument.Parse(File.ReadAllText(path), options);
                if (Text(document.RootElement, "validVersions") != "none") yield return document.RootElement.Clone();
            }
        }
    }

    private static string? Text(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();

    private sealed class Comparison(MessageSchema message, JsonElement reference)
    {
        private readonly Dictionary<string, JsonElement> structs = new(StringComparer.Ordinal);
        private readonly List<string> found = [];

        public List<string> Differences()
        {
            var versions = Range(Text(reference, "validVersions"), new VersionRange(0, VersionRange.Unbounded))!.Value;
            Same("versions", versions, message.Versions);
            Same("flexible", Range(Text(reference, "flexibleVersions"), versions)?.Lowest, message.FlexibleSince);
            Same("unstable", Text(reference, "latestVersionUnstable") == "true" ? versions.Highest : (int?)null, message.Role == Role.Response ? null : message.UnstableSince);
            if (reference.TryGetProperty("commonStructs", out var common))
            {
                foreach (var each in common.EnumerateArray()) structs[Text(each, "name")!] = each;
            }

            Compare(reference, message.Root, versions, message.Name);
            return found;
        }

        private void Compare(JsonElement owner, StructSchema ours, VersionRange outer, string path)
        {
            var fields = owner.GetProperty("fields").EnumerateArray().ToList();
            foreach (var field in fields.Where(field => field.TryGetProperty("fields", out _))) structs[Text(field, "type")!.Replace("[]", "", StringComparison.Ordinal)] = field;
            var living = fields.Where(field => Versions(field, outer) is not null).ToList();
            Same($"{path}'s fields", string.Join(",", living.Select(field => Pascal(Text(field, "name")!))), string.Join(",", ours.Fields.Select(field => field.Name)));
            foreach (var (theirs, mine) in living.Zip(ours.Fields)) Compare(theirs, mine, outer, $"{path}.{mine.Name}");
        }

        private void Compare(JsonElement theirs, FieldSchema ours, VersionRange outer, string path)
        {
            var versions = Versions(theirs, outer)!.Value;
            var type = Text(theirs, "type")!;
            var isList = type.StartsWith("[]", StringComparison.Ordinal);
            if (isList) type = type[2..];
            Same($"{path}: list", isList, ours.IsList);
            Same($"{path}: type", type, ours.TypeName == type + "Data" ? type : ours.TypeName);
            Same($"{path}: versions", versions, ours.Versions);
            Same($"{path}: nullable", Range(Text(theirs, "nullableVersions") ?? "none", versions), ours.Nullable);
            Same($"{path}: tag", Text(theirs, "tag"), ours.Tag?.ToString(CultureInfo.InvariantCulture));
            Same($"{path}: tagged", Range(Text(theirs, "taggedVersions") ?? "none", versions), ours.Tagged);
            Same($"{path}: default", Normal(Text(theirs, "default"), type, isList), Normal(ours.Default, type, isList));
            Same($"{path}: ignorable", Text(theirs, "ignorable") == "true", ours.Ignorable);
            Same($"{path}: classic", Text(theirs, "flexibleVersions") == "none", ours.Classic);
            Same($"{path}: entity", Entity(Text(theirs, "entityType")), ours.Entity);
            if (!structs.TryGetValue(type, out var nested)) return;
            var keys = nested.GetProperty("fields").EnumerateArray().Where(field => Text(field, "mapKey") == "true").Select(field => Pascal(Text(field, "name")!));
            if (isList) Same($"{path}: keys", string.Join(",", keys), string.Join(",", ours.Keys));
            Compare(nested, ours.Struct!, nested.TryGetProperty("type", out _) ? versions : Range(Text(nested, "versions"), message.Versions)!.Value, path);
        }

        private void Same<T>(string what, T theirs, T ours)
        {
            if (!EqualityComparer<T>.Default.Equals(theirs, ours)) found.Add($"{what}: '{theirs}' there, '{ours}' here");
        }
    }

    private static VersionRange? Versions(JsonElement field, VersionRange outer) => Range(Text(field, "versions") ?? Text(field, "taggedVersions"), outer);

    private static VersionRange? Range(string? text, VersionRange outer)
    {
        if (text == "none" || text is null || !VersionRange.TryParse(text, out var range)) return null;
        range = range.Clip(outer);
        return range.Lowest <= range.Highest ? range : null;
    }

    private static string? Entity(string? type) => type switch
    {
        "topicName" => "topic",
        "groupId" => "group",
        "brokerId" => "broker",
        "producerId" => "producer",
        "transactionalId" => "transaction",
        _ => type,
    };

    private static string Normal(string? value, string type, bool isList)
    {
        if (value == "null" || isList) return value == "null" ? "null" : "";
        if (type == "bool") return value ?? "false";
        if (type.StartsWith("int", StringComparison.Ordinal) || type.StartsWith("uint", StringComparison.Ordinal))
        {
            if (value is null) return "0";
            return value.StartsWith("0x", StringComparison.Ordinal) ? Convert.ToInt64(value, 16).ToString(CultureInfo.InvariantCulture) : value;
        }

        return type == "float64" ? double.Parse(value ?? "0").ToString(CultureInfo.InvariantCulture) : value ?? "";
    }

    private static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
