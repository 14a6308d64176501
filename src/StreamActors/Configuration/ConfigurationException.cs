namespace StreamActors.Configuration;

/// <summary>What is wrong with the configuration; each problem names its setting and the place where it was given.</summary>
public sealed class ConfigurationException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
