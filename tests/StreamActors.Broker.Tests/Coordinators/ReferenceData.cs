namespace StreamActors.Broker.Tests.Coordinators;

/// <summary>The optional folder <c>../shared</c>: data made by Kafka itself.</summary>
internal static class ReferenceData
{
    public static string? Folder { get; } = Find();

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "shared", "vectors");
            if (Directory.Exists(shared)) return shared;
        }

        return null;
    }
}

/// <summary>A test that needs <c>../shared</c>, and says so where that is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ReferenceFactAttribute : FactAttribute
{
    public ReferenceFactAttribute()
    {
        if (ReferenceData.Folder is null) Skip = "skipped: no ../shared/vectors";
    }
}
