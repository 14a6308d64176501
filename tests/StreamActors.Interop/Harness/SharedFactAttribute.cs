namespace StreamActors.Interop.Harness;

/// <summary>A test that uses a folder of <c>../shared</c> and is skipped, visibly, where that folder is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string folder) => Skip = SharedFolder.ReasonToSkip(folder);
}

/// <summary>As <see cref="SharedFactAttribute"/>, for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute(string folder) => Skip = SharedFolder.ReasonToSkip(folder);
}

static file class SharedFolder
{
    public static string? ReasonToSkip(string folder) => Places.Shared(folder) is null ? $"no ../shared/{folder}" : null;
}
