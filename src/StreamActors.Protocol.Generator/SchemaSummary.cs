using StreamActors.Protocol.Generator.Schema;

namespace StreamActors.Protocol.Generator;

/// <summary>What the tables need to know of a schema.</summary>
internal sealed record SchemaSummary(
    string Path,
    string Name,
    int Number,
    bool IsApi,
    bool HasKey,
    string Log,
    string Listeners,
    int Lowest,
    int LatestStable,
    int Highest,
    string FlexibleSince,
    Place Place)
{
    public static SchemaSummary Of(string path, SchemaFile file)
    {
        var message = file.Messages[0];
        return new SchemaSummary(
            path,
            file.Name,
            file.Number ?? -1,
            file.Kind == SchemaKind.Api,
            file.Kind == SchemaKind.Record,
            file.Log ?? "",
            string.Join(",", file.Listeners),
            message.Versions.Lowest,
            message.UnstableSince is { } unstable ? unstable - 1 : message.Versions.Highest,
            message.Versions.Highest,
            message.FlexibleSince?.ToString() ?? "short.MaxValue",
            file.Place);
    }
}
