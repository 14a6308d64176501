namespace StreamActors.Benchmarks.Measuring;

internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("streamactors-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
