namespace StreamActors.Protocol.Tests.Schemas;

/// <summary>A test that needs Kafka's own schemas beside this repository, in ../shared/kafka; skipped, and said so, where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReferenceFactAttribute : FactAttribute
{
    public ReferenceFactAttribute()
    {
        if (Folder is null) Skip = "skipped: no ../shared/kafka";
    }

    public static string? Folder { get; } = Find();

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var folder = Path.Combine(at.FullName, "shared", "kafka", "message");
            if (Directory.Exists(folder)) return folder;
        }

        return null;
    }
}
