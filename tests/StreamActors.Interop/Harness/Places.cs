namespace StreamActors.Interop.Harness;

/// <summary>Where the parts of the repository are that these tests use.</summary>
internal static class Places
{
    /// <summary>The top of the repository: the folder of the solution, above the tests' output.</summary>
    public static string Repository { get; } = Above("StreamActors.sln") ?? throw new InvalidOperationException("The tests run outside their repository.");

    public static string Clients { get; } = Path.Combine(Repository, "tests", "StreamActors.Interop", "Clients");

    public static string Artifacts { get; } = Path.Combine(Repository, "artifacts");

    /// <summary>A folder of optional test equipment beside the repository, or null where it is absent.</summary>
    public static string? Shared(string name) => Above(Path.Combine("shared", name)) is { } top ? Path.Combine(top, "shared", name) : null;

    static string? Above(string entry)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Exists(Path.Combine(folder.FullName, entry)))
                return folder.FullName;
        return null;
    }
}
