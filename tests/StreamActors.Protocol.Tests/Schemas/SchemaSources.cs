using StreamActors.Protocol.Generator.Schema;

namespace StreamActors.Protocol.Tests.Schemas;

/// <summary>The schemas of the product, read as the generator reads them.</summary>
internal static class SchemaSources
{
    public static IReadOnlyList<MessageSchema> Messages { get; } = [.. Files().SelectMany(file => file.Messages)];

    private static IEnumerable<SchemaFile> Files()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Data", "schemas");
        foreach (var path in Directory.EnumerateFiles(folder, "*.api", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var faults = new List<SchemaFault>();
            yield return SchemaParser.Parse(File.ReadAllText(path), faults) ?? throw new InvalidOperationException($"{path}: {faults[0].Message}");
        }
    }
}
